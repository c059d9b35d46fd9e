package configs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/internal/shellwords"
)

// Table is a service to write into a configuration file.
type Table struct {
	Name  string
	Exec  []string
	Shell string // instead of Exec
	Dir   string // absolute
	Port  int    // a number, FreePort or NoPort
}

// TOML is the table as a person would write it into the file at path.
func (t Table) TOML(path string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]\n", tableName([]string{"service", t.Name}))
	if t.Shell != "" {
		fmt.Fprintf(&b, "shell = %s\n", asTOML(t.Shell))
	} else {
		fmt.Fprintf(&b, "exec = %s\n", commandTOML(t.Exec))
	}
	if folder := filepath.Dir(path); t.Dir != folder {
		dir := t.Dir
		if below, err := filepath.Rel(folder, dir); err == nil && filepath.IsLocal(below) {
			dir = below
		}
		fmt.Fprintf(&b, "dir = %s\n", asTOML(dir))
	}
	switch t.Port {
	case NoPort:
	case FreePort:
		b.WriteString("port = \"auto\"\n")
	default:
		fmt.Fprintf(&b, "port = %d\n", t.Port)
	}
	return b.String()
}

// commandTOML writes a command as text where that is read back as the same
// words, and else as a list.
func commandTOML(words []string) string {
	line := strings.Join(words, " ")
	simple := !strings.ContainsAny(line, "~'\"\\$")
	if again, err := shellwords.Split(line); simple && err == nil && slices.Equal(again, words) {
		return asTOML(line)
	}
	list := make([]any, len(words))
	for i, word := range words {
		list[i] = strings.ReplaceAll(word, "${", "$${") // no variable of the configuration
	}
	return asTOML(list)
}

// Append writes the table to the end of the file at path. The text before it stays
// as it is. A file that does not exist is created. The configuration that comes of it
// is checked first: an error changes nothing. It returns the lines it wrote.
func Append(path string, t Table, getenv func(string) string) (string, error) {
	text, err := os.ReadFile(path)
	created := os.IsNotExist(err)
	if err != nil && !created {
		return "", fmt.Errorf("cannot read the configuration: %w", err)
	}
	table := t.TOML(path)
	added := table
	switch {
	case len(bytes.TrimSpace(text)) == 0:
	case bytes.HasSuffix(text, []byte("\n")):
		added = "\n" + added
	default:
		added = "\n\n" + added
	}
	if bytes.Contains(text, []byte("\r\n")) {
		added = strings.ReplaceAll(added, "\n", "\r\n")
	}
	whole := append(bytes.Clone(text), added...)
	config, err := decode(whole, path, getenv("HOME"), thisMachine(getenv))
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(config.Services, func(s Service) bool { return s.Name == t.Name }) {
		return "", fmt.Errorf("cannot add [service.%s] to %s: it would not be read back", t.Name, path)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return "", fmt.Errorf("cannot write the configuration: %w", err)
	}
	if _, err = f.WriteString(added); err == nil {
		err = f.Sync()
	}
	if err != nil {
		_ = f.Truncate(int64(len(text))) // no half a table
		_ = f.Close()
		return "", fmt.Errorf("cannot write the configuration: %w", err)
	}
	return table, f.Close()
}

// WriteEmbedded writes the embedded default to a file, unless that exists.
func WriteEmbedded(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if os.IsExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot write the configuration: %w", err)
	}
	_, err = f.Write(defaultText)
	return errors.Join(err, f.Close())
}
