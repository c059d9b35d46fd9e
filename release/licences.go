package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const licencesName = "ammarctl-licences.txt"

// writeLicences puts into dir what those ask to be shown whose code is in the
// binaries: the project's own licence, Go's, and that of every module.
func writeLicences(ctx context.Context, dir string, files []string) error {
	linked := map[string]bool{} // module@version
	for _, name := range files {
		info, err := buildinfo.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("cannot read what %s consists of: %w", name, err)
		}
		for _, m := range info.Deps {
			for m.Replace != nil {
				m = m.Replace
			}
			linked[m.Path+"@"+m.Version] = true
		}
	}
	folders, err := sources(ctx, slices.Sorted(maps.Keys(linked)))
	if err != nil {
		return err
	}
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		return fmt.Errorf("cannot read the project's own licence: %w", err)
	}
	text := "ammarctl\n\n" + string(own)
	for _, f := range folders {
		found, err := licencesIn(f.Dir)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		text += fmt.Sprintf("\n%s\n\n%s %s\n\n%s", strings.Repeat("-", 80), f.Path, f.Version, found)
	}
	return os.WriteFile(filepath.Join(dir, licencesName), []byte(text), 0o644)
}

// source is where the code of a module is, or Go's own.
type source struct{ Path, Version, Dir string }

// sources asks the go command, which has them all: it has just built with them.
func sources(ctx context.Context, modules []string) ([]source, error) {
	env, err := exec.CommandContext(ctx, "go", "env", "-json", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return nil, fmt.Errorf("cannot ask go where it is: %w", err)
	}
	var own struct{ GOROOT, GOVERSION string }
	if err := json.Unmarshal(env, &own); err != nil {
		return nil, err
	}
	found := []source{{"Go", strings.TrimPrefix(own.GOVERSION, "go"), own.GOROOT}}
	if len(modules) == 0 {
		return found, nil
	}
	list := exec.CommandContext(ctx, "go", append([]string{"mod", "download", "-json"}, modules...)...)
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot ask go where the modules are: %w", err)
	}
	for stream := json.NewDecoder(strings.NewReader(string(out))); ; {
		var s source
		if err := stream.Decode(&s); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		found = append(found, s)
	}
}

// licencesIn is the text of all licences in a module's folder.
func licencesIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir) // in the order of their names
	if err != nil {
		return "", err
	}
	named := regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)`)
	var text string
	for _, e := range entries {
		if !e.Type().IsRegular() || !named.MatchString(e.Name()) {
			continue
		}
		part, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		text += strings.TrimRight(string(part), "\n") + "\n"
	}
	if text == "" {
		return "", fmt.Errorf("expected a licence in %s, found none; what has none may not be linked", dir)
	}
	return text, nil
}

// copyright is the project's licence as Debian's packages have it, see
// https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/.
func copyright(licence string) string {
	holder, rest, _ := strings.Cut(strings.TrimPrefix(licence, "MIT License\n\n"), "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: "+
		"ammarctl\n"+
		"Comment: The licences of the libraries that are linked into the program are in %s beside this file.\n\n"+
		"Files: *\n%s\nLicense: Expat\n", licencesName+".gz", strings.Replace(holder, "Copyright (c)", "Copyright:", 1))
	for line := range strings.Lines(strings.TrimSpace(rest) + "\n") {
		if line == "\n" {
			line = ".\n"
		}
		b.WriteString(" " + line)
	}
	return b.String()
}
