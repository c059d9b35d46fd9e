package cgroup

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestEverythingInAGroupEndsWithIt(t *testing.T) {
	tree, err := Find()
	var not *NotDelegatedError
	if errors.As(err, &not) {
		t.Skip(err)
	}
	path := tree.Path("test"+strconv.Itoa(os.Getpid()), "web", 1)
	kept, err := tree.Make(path, Limits{Memory: 64 << 20, CPU: 0.5, Processes: 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("in %s, kept: %+v", path, kept)
	// It leaves a child in a session of its own.
	cmd := exec.Command("sh", "-c", `echo $$ > "$0/cgroup.procs" && setsid sleep 1000 & sleep 1000`, path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	procs := filepath.Join(path, "cgroup.procs")
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(procs)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody has entered the group")
		}
	}
	if Remove(path) {
		t.Error("nothing was out of memory")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the group is still there: %v", err)
	}
}

func TestAGroupThatIsNotOursIsRefused(t *testing.T) {
	var not *NotDelegatedError
	if _, err := at(filepath.Join(t.TempDir(), "none")); !errors.As(err, &not) {
		t.Errorf("%v", err)
	}
}
