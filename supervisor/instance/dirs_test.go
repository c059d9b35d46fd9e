//go:build unix

package instance

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/internal/names"
)

func created(t *testing.T) (Dirs, map[string]string) {
	t.Helper()
	base := shortTemp(t)
	env := map[string]string{"XDG_RUNTIME_DIR": base, "XDG_STATE_HOME": base + "/state"}
	d := resolve(t, env)
	if err := d.Create(); err != nil {
		t.Fatal(err)
	}
	return d, env
}

func touch(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever a service is called, its files are not those of the instance or of
// another service.
func TestNoServiceHasAFileOfTheInstance(t *testing.T) {
	d, _ := created(t)
	own := []string{d.Socket(), d.Exits(), d.lockFile(), d.Keeper(7)}
	for _, path := range own {
		file := strings.TrimPrefix(path, d.Runtime+"/")
		if names.Valid(file) || strings.Contains(file, "@") {
			t.Errorf("%q is the name of a file of the instance", file)
		}
	}
	for _, service := range []string{"lock", "control", "exits", "keeper", "instance", "supervisor", "x_1-2"} {
		if err := d.CreateService(service); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{d.FIFO(service), d.Control(service, 12345), d.Notify(service, 1),
			d.Record(service, 1)} {
			if filepath.Dir(path) != filepath.Join(d.Runtime, service) || slices.Contains(own, path) {
				t.Errorf("%s has the file %s", service, path)
			}
		}
		if d.LogFile(service) == d.SupervisorLog() {
			t.Errorf("the log of %s is the supervisor's", service)
		}
	}
	if err := d.CreateService(strings.Repeat("x", socketMax)); err == nil ||
		!strings.Contains(err.Error(), "XDG_RUNTIME_DIR") {
		t.Errorf("a path that no socket can have: %v", err)
	}
}

func TestRecordsAndLeftoversAreFoundInEachLayout(t *testing.T) {
	for _, layout := range []Layout{FolderPerService, Flat} {
		d, _ := created(t)
		d.Layout = layout
		if err := errors.Join(d.CreateService("web"), d.CreateService("db")); err != nil {
			t.Fatal(err)
		}
		touch(t, d.Socket(), d.Exits(), d.FIFO("web"), d.Record("web", 1), d.Control("web", 1), d.Notify("web", 1),
			d.Record("db", 3))
		touch(t, d.Control("db", 2), d.Notify("db", 2)) // without a record
		records, err := d.Records()
		slices.Sort(records)
		if want := []string{d.Record("db", 3), d.Record("web", 1)}; err != nil || !slices.Equal(records, want) {
			t.Errorf("layout %d: records %q, %v", layout, records, err)
		}
		if got, want := d.Leftovers(), []string{d.Control("db", 2), d.Notify("db", 2)}; !slices.Equal(got, want) {
			t.Errorf("layout %d: left over are %q, want %q", layout, got, want)
		}
		if pid := d.KeeperOf(d.Keeper(42)); pid != 42 {
			t.Errorf("layout %d: the keeper is pid %d", layout, pid)
		}
		if pid := d.KeeperOf("/run/systemd/notify"); pid != 0 {
			t.Errorf("layout %d: systemd is the keeper with pid %d", layout, pid)
		}
	}
}

// An instance of the previous version keeps its paths under a supervisor of
// this one, until it is stopped: its processes and its keeper know them.
func TestAnInstanceOfThePreviousVersionKeepsItsLayout(t *testing.T) {
	d, env := created(t)
	for _, name := range []string{"@control.sock", "web.1.process"} {
		path := filepath.Join(d.Runtime, name)
		touch(t, path)
		now := resolve(t, env)
		if now.Layout != Flat || now.Socket() != filepath.Join(d.Runtime, "@control.sock") ||
			now.Record("web", 1) != filepath.Join(d.Runtime, "web.1.process") ||
			now.FIFO("web") != filepath.Join(d.Runtime, "web.log") ||
			now.Exits() != filepath.Join(d.Runtime, "@exits") || now.lockFile() != filepath.Join(d.Runtime, "lock") {
			t.Errorf("with %s it is %+v", name, now)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if now := resolve(t, env); now.Layout != FolderPerService {
			t.Errorf("after %s it is %+v", name, now)
		}
	}
	touch(t, filepath.Join(d.Runtime, "lock"), filepath.Join(d.Runtime, "web.log"))
	d = resolve(t, env)
	if err := errors.Join(d.Create(), d.CreateService("lock")); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(d.Runtime + "/*"); !slices.Equal(left, []string{d.Runtime + "/lock"}) {
		t.Errorf("after it was stopped, %q are left", left)
	}
}
