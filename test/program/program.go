// Package program builds the real binary, and others, for the tests that drive
// them as a person does, and gives each test folders of its own.
package program

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Built are programs in a folder of their own. The zero value has none.
type Built struct{ Dir string }

// Build builds packages, by the names that their programs get. It is for
// TestMain, which calls Remove afterwards, also when there is an error.
func Build(packages map[string]string) (Built, error) {
	dir, err := os.MkdirTemp("", "ammarctl-built")
	if err != nil {
		return Built{}, err
	}
	b := Built{dir}
	for name, pkg := range packages {
		build := exec.Command("go", "build", "-o", b.Path(name), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return b, fmt.Errorf("cannot build %s: %w\n%s", name, err, out)
		}
	}
	return b, nil
}

// Main is a TestMain: it builds packages into built, runs the tests, and
// returns the exit status. A hang-up does to the programs what it does in a
// terminal, also when the tests were started by nohup(1).
func Main(m *testing.M, built *Built, packages map[string]string) int {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // what is handled here is not ignored in a child
	b, err := Build(packages)
	defer b.Remove()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	*built = b
	return m.Run()
}

// Path is where a program is.
func (b Built) Path(name string) string { return filepath.Join(b.Dir, name) }

// Remove removes the programs.
func (b Built) Remove() {
	if b.Dir != "" {
		_ = os.RemoveAll(b.Dir)
	}
}

// LookAtSources opens all files below root, of which programs are built, so
// that the cache of test results knows that a test depends on them.
func LookAtSources(root string) {
	_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if err == nil && !d.IsDir() {
			_, err = os.Stat(path)
		}
		return err
	})
}
