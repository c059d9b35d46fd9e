// Package atboot has a real systemd of a user run an instance.
package atboot

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestAUsersSystemdKeepsTheInstance(t *testing.T) {
	need(t, runtime.GOOS == "linux", "systemd is for Linux")
	need(t, os.Getuid() == 0, "making namespaces with control groups is for root")
	_, err := os.Stat("/lib/systemd/systemd")
	need(t, err == nil, "systemd is not installed")
	for _, tool := range []string{"unshare", "systemctl", "curl", "ip"} {
		_, err := exec.LookPath(tool)
		need(t, err == nil, tool+" is not installed")
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "ammarctl"), "../../cmd/ammarctl")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build ammarctl: %v\n%s", err, out)
	}
	group := fmt.Sprintf("ammarctl-test-%d", os.Getpid())
	cmd := exec.Command("unshare", "--mount", "--cgroup", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "sh",
		"inside.sh", dir, group)
	cmd.WaitDelay = 10 * time.Second
	limit := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !strings.Contains(string(out), "\nPASSED\n") {
		t.Errorf("it did not pass: %v", err)
	}
}

// need skips where something is missing, which CI has.
func need(t *testing.T, there bool, reason string) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("CI") == "true":
		t.Fatal(reason)
	default:
		t.Skip(reason)
	}
}
