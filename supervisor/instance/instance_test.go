//go:build unix

package instance

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func resolve(t *testing.T, env map[string]string) Dirs {
	t.Helper()
	d, err := Resolve("default", func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ai")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestTheRuntimeFolderIsTheUsersOwn(t *testing.T) {
	own, tmp := shortTemp(t), shortTemp(t)
	if got := resolve(t, map[string]string{"XDG_RUNTIME_DIR": own, "HOME": "/h"}); got.Runtime != own+
		"/ammarctl/default" || got.State != "/h/.local/state/ammarctl/default" {
		t.Errorf("got %+v", got)
	}
	for name, dir := range map[string]string{"unset": "", "relative": "run", "missing": own + "/none"} {
		if got := resolve(t, map[string]string{"XDG_RUNTIME_DIR": dir, "TMPDIR": tmp,
			"HOME": "/h"}); !strings.HasPrefix(got.Runtime, tmp+"/ammarctl-") {
			t.Errorf("%s: %s", name, got.Runtime)
		}
	}
	if os.Geteuid() == 0 {
		foreign := shortTemp(t)
		if err := os.Chown(foreign, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if got := resolve(t, map[string]string{"XDG_RUNTIME_DIR": foreign, "TMPDIR": tmp,
			"HOME": "/h"}); strings.HasPrefix(got.Runtime, foreign) {
			t.Errorf("another user's folder is used: %s", got.Runtime)
		}
	}
}

func TestNamesAndPathsThatCannotBeAreRefusedInWords(t *testing.T) {
	env := map[string]string{"HOME": "/h", "TMPDIR": "/tmp"}
	for _, name := range []string{"", "a/b", "..", "-x", "a b", strings.Repeat("x", 33)} {
		if _, err := Resolve(name, func(k string) string { return env[k] }); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
	env["TMPDIR"] = "/tmp/" + strings.Repeat("long", 30)
	if _, err := Resolve("default", func(k string) string { return env[k] }); err == nil ||
		!strings.Contains(err.Error(), "XDG_RUNTIME_DIR") {
		t.Errorf("a path that no socket can have: %v", err)
	}
	if _, err := Resolve("default", func(string) string { return "" }); err == nil {
		t.Error("no home, and no complaint")
	}
}

func TestAFolderThatOthersMayEnterIsRefused(t *testing.T) {
	base := shortTemp(t)
	d := resolve(t, map[string]string{"XDG_RUNTIME_DIR": base, "XDG_STATE_HOME": base + "/state"})
	if err := d.Create(); err != nil {
		t.Fatal(err)
	}
	if err := d.Create(); err != nil {
		t.Errorf("the second time: %v", err)
	}
	if err := os.Chmod(d.Runtime, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := d.Create(); err == nil || !strings.Contains(err.Error(), "may be entered by others") {
		t.Errorf("open to others: %v", err)
	}
	if err := os.Remove(d.Runtime); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), d.Runtime); err != nil {
		t.Fatal(err)
	}
	if err := d.Create(); err == nil {
		t.Error("a link is taken for the folder")
	}
}

func TestOnlyOneHoldsTheLockAndTheOtherLearnsWho(t *testing.T) {
	base := shortTemp(t)
	d := resolve(t, map[string]string{"XDG_RUNTIME_DIR": base, "XDG_STATE_HOME": base + "/state"})
	if err := d.Create(); err != nil {
		t.Fatal(err)
	}
	first, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Lock()
	var held *HeldError
	if !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("the second: %v", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := d.Lock()
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	again.Release()
}

// A supervisor that is killed while it starts a process leaves the lock to
// that until its exec, and the system takes its time to close what it had.
func TestTheLockOfOneThatWasKilledIsWaitedFor(t *testing.T) {
	base := shortTemp(t)
	d := resolve(t, map[string]string{"XDG_RUNTIME_DIR": base, "XDG_STATE_HOME": base + "/state"})
	if err := d.Create(); err != nil {
		t.Fatal(err)
	}
	killed := exec.Command("sleep", "60")
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Process.Kill() // it is not reaped before the end
	defer func() { _ = killed.Wait() }()
	copied, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(copied.file.Truncate(0), write(copied.file, strconv.Itoa(killed.Process.Pid)+"\n")); err != nil {
		t.Fatal(err)
	}
	released := make(chan struct{})
	go func() {
		defer close(released)
		time.Sleep(200 * time.Millisecond) // the time that the copy is held is what this is about
		_ = copied.Release()
	}()
	next, err := d.Lock()
	<-released
	if err != nil {
		t.Fatal(err)
	}
	if pid := holder(next.file); pid != os.Getpid() {
		t.Errorf("the lock names pid %d, not this process", pid)
	}
	_ = next.Release()
}

func TestSelfIsThisProgram(t *testing.T) {
	path, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	if want, err := os.Executable(); err == nil && path != want {
		t.Errorf("got %s, want %s", path, want)
	}
	if !filepath.IsAbs(path) {
		t.Errorf("%s is not absolute", path)
	}
}
