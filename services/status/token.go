package status

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// tokenPath returns the file of a status service's token: next to the
// supervisor's socket, in a folder that only its user can enter.
func tokenPath(socket, service string) string {
	return filepath.Join(filepath.Dir(socket), filepath.Base(service)+contract.TokenSuffix)
}

// loadToken reads the token, or creates one of 130 bits that lasts as long as the
// instance. It is never logged, and never on a command line.
func loadToken(path string) (string, error) {
	for {
		text, err := os.ReadFile(path)
		if token := strings.TrimSpace(string(text)); err == nil && len(token) >= 20 {
			return token, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("cannot read the token: %w", err)
		}
		if err := writeToken(path); err != nil {
			return "", fmt.Errorf("cannot write the token: %w", err)
		}
	}
}

// writeToken replaces the file in one step, so that no reader sees a part of it.
func writeToken(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".token-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(rand.Text() + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
