//go:build unix

package launch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/ammarctl/ammarctl/internal/dotenv"
	"github.com/ammarctl/ammarctl/internal/explain"
)

// settingsVariable passes the settings to the launcher, which removes it.
const settingsVariable = "AMMAR_SETTINGS"

// Settings are properties of a process that only the process itself can set,
// before it becomes the service. The zero value with a Umask of -1 changes
// nothing.
type Settings struct {
	Defaults  []string          `json:",omitempty"` // NAME=value; EnvFiles, Env and Secrets win over them
	Env       []string          `json:",omitempty"` // NAME=value; they win over those of EnvFiles
	EnvFiles  []string          `json:",omitempty"` // paths; a later one wins
	Secrets   map[string]string `json:",omitempty"` // variable to file; without a slash: a credential
	Umask     int               // -1: unchanged
	User      *User             `json:",omitempty"` // nil: unchanged
	Nice      int               `json:",omitempty"`
	CPUs      []int             `json:",omitempty"`
	OpenFiles int               `json:",omitempty"`
	Processes int               `json:",omitempty"`
	Cgroup    string            `json:",omitempty"` // folder of a control group to enter
}

// Variable is the entry of a Command's Env that passes the settings to the
// launcher.
func (s Settings) Variable() string {
	text, _ := json.Marshal(s) // of these types, it always can
	return settingsVariable + "=" + string(text)
}

// applySettings applies the settings in this process's environment, and returns
// them. The calling thread must be locked: it becomes the service.
func applySettings() (s Settings, err error) {
	s.Umask = -1
	text, ok := os.LookupEnv(settingsVariable)
	if !ok {
		return s, nil
	}
	if err := os.Unsetenv(settingsVariable); err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("cannot read the launcher's settings: %w", err)
	}
	if err := s.environment(); err != nil {
		return s, err
	}
	if err := s.limit(); err != nil {
		return s, err
	}
	if s.Umask >= 0 {
		syscall.Umask(s.Umask)
	}
	return s, s.User.become()
}

// environment sets the variables. Their files are read again for every process.
// Errors name files and lines, never a value.
func (s Settings) environment() error {
	for _, kv := range s.Defaults {
		name, value, _ := strings.Cut(kv, "=")
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("cannot set %s: %w", name, err)
		}
	}
	for _, path := range s.EnvFiles {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("cannot read env_file: %w", err)
		}
		variables, err := dotenv.Parse(string(text))
		if err != nil {
			return explain.Errorf("env-file", "cannot read env_file %s: %w", path, err)
		}
		for _, v := range variables {
			if err := os.Setenv(v.Name, v.Value); err != nil {
				return explain.Errorf("env-file", "cannot set %s of env_file %s: %w", v.Name, path, err)
			}
		}
	}
	for _, kv := range s.Env {
		name, value, _ := strings.Cut(kv, "=")
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("cannot set %s: %w", name, err)
		}
	}
	for name, path := range s.Secrets {
		value, err := secret(path)
		if err != nil {
			return explain.Errorf("secret-unreadable", "cannot read the secret %s: %w", name, err)
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("cannot set the secret %s: %w", name, err)
		}
	}
	return nil
}

// maxSecret bounds the file of a secret, in bytes.
const maxSecret = 64 << 10

// secret reads a file. A name without a slash is one of systemd's credentials,
// see systemd.exec(5).
func secret(path string) (string, error) {
	if !strings.Contains(path, "/") {
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return "", fmt.Errorf("%s would be in $CREDENTIALS_DIRECTORY, which is not set; "+
				"systemd sets it for a unit with LoadCredential=, and a path with a slash needs none", path)
		}
		path = dir + "/" + path
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Type() == fs.ModeDir || info.Size() > maxSecret {
		return "", fmt.Errorf("expected a file of %d bytes at most at %s", maxSecret, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if strings.ContainsRune(value, 0) {
		return "", fmt.Errorf("%s holds a zero byte, which no variable can have", path)
	}
	return value, nil
}

// User is an account of the system, for a process to run as.
type User struct {
	Name   string
	UID    int
	GID    int
	Groups []int // supplementary, GID too
	Home   string
}

// become makes this process one of the user, with its groups and home. A nil
// user changes nothing.
func (u *User) become() error {
	if u == nil {
		return nil
	}
	if err := errors.Join(syscall.Setgroups(u.Groups), syscall.Setgid(u.GID), syscall.Setuid(u.UID)); err != nil {
		return fmt.Errorf("cannot run as %s: %w", u.Name, err)
	}
	for _, kv := range [][2]string{{"HOME", u.Home}, {"USER", u.Name}, {"LOGNAME", u.Name}} {
		if err := os.Setenv(kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}
