package configs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// Embedded is what Config.Path says when no file was found.
const Embedded = "embedded default"

// FileName is the name of a configuration in a folder.
const FileName = "ammar.toml"

// Load finds and reads the configuration: explicit if that is not empty, else
// ./ammar.toml, else ammarctl/ammar.toml in the user's configuration folder,
// else the embedded default, whose folder is the current one. A folder that
// does not exist, and a port that this user may not listen on, are errors too.
func Load(explicit string, getenv func(string) string) (Config, error) {
	path, err := Find(explicit, getenv)
	if err != nil {
		return Config{}, err
	}
	home := getenv("HOME")
	if path == Embedded {
		return decode(defaultText, Embedded, home, thisMachine(getenv))
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, explain.Errorf("config-not-found",
			"cannot read the configuration: %w; to write one: ammarctl init %s", err, path)
	}
	if err != nil {
		return Config{}, explain.Errorf("config-not-found", "cannot read the configuration: %w", err)
	}
	return decode(text, path, home, thisMachine(getenv))
}

// Find is the first part of Load: the absolute path of the file, or Embedded.
func Find(explicit string, getenv func(string) string) (string, error) {
	if explicit != "" {
		return filepath.Abs(explicit)
	}
	candidates := []string{FileName}
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		candidates = append(candidates, filepath.Join(dir, "ammarctl", FileName))
	} else if home := getenv("HOME"); home != "" {
		candidates = append(candidates, filepath.Join(home, ".config", "ammarctl", FileName))
	}
	for _, path := range candidates {
		switch _, err := os.Stat(path); {
		case err == nil:
			return filepath.Abs(path)
		case !errors.Is(err, fs.ErrNotExist):
			return "", explain.Errorf("config-not-found", "cannot read the configuration: %w", err)
		}
	}
	return Embedded, nil
}
