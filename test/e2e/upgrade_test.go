package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

func (r *rig) info() api.Info {
	r.t.Helper()
	var info api.Info
	res := r.must(0, "info", "--json")
	if err := json.Unmarshal([]byte(res.stdout), &info); err != nil {
		r.t.Fatalf("info --json is no JSON: %v\n%s", err, res.stdout)
	}
	return info
}

func exeOf(pid int) string {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return err.Error()
	}
	return path
}

func TestAnUpgradeInPlaceKeepsEveryProcess(t *testing.T) {
	if _, err := os.Stat("/proc/self/exe"); err != nil {
		t.Skip("needs /proc")
	}
	port := porttest.Free(t, 1)[0]
	r := newRig(t, fmt.Sprintf("[service.files]\nport = %d\n", port))
	r.must(0, "up", "-d")
	before, files := r.info(), r.ps()["files"]
	next := filepath.Join(r.dir, "next")
	text, err := os.ReadFile(built.Path("ammarctl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(next, text, 0o755); err != nil {
		t.Fatal(err)
	}
	c := client.New(before.Socket)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := c.Upgrade(ctx, api.UpgradeRequest{Path: next, Version: "another"}); err == nil {
		t.Fatal("a binary of a version that nobody asked for is taken")
	}
	if err := c.Upgrade(ctx, api.UpgradeRequest{Path: next, Version: before.Version}); err != nil {
		t.Fatal(err)
	}
	after := before
	eventually(t, 5*time.Second, "another supervisor", func() (bool, string) {
		after = r.info()
		return after.SupervisorPID != before.SupervisorPID, fmt.Sprintf("%+v", after)
	})
	if got := exeOf(after.SupervisorPID); got != next || after.KeeperPID != before.KeeperPID {
		t.Errorf("the supervisor is %s under the keeper %d, want %s under %d", got, after.KeeperPID, next, before.KeeperPID)
	}
	if now := r.ps()["files"]; now.PID != files.PID || now.State != api.Ready || now.Restarts != 0 {
		t.Errorf("the service was %+v, is %+v", files, now)
	}

	// One that knows its version and nothing else is rolled back.
	bad := r.write("bad", "#!/bin/sh\n[ \"$1\" = version ] && echo '{\"version\":\"9\"}' && exit 0\nexit 1\n")
	if err := os.Chmod(bad, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := c.Upgrade(ctx, api.UpgradeRequest{Path: bad, Version: "9"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the supervisor from before the bad one", func() (bool, string) {
		info := r.info() // which waits, and does not fail, while there is none
		return info.SupervisorPID != after.SupervisorPID && exeOf(info.SupervisorPID) == next,
			fmt.Sprintf("%+v, %s", info, exeOf(info.SupervisorPID))
	})
	if now := r.ps()["files"]; now.PID != files.PID {
		t.Errorf("the service was %+v, is %+v", files, now)
	}
}
