//go:build linux

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// upOnSmallDisk starts the instance where its state folder is a tmpfs of this
// size, in a mount namespace of its own, and returns the folder as it is seen
// from here.
func (r *rig) upOnSmallDisk(size string) string {
	r.t.Helper()
	_, err := exec.LookPath("unshare")
	needs(r.t, err == nil, "unshare of util-linux")
	err = exec.Command("unshare", "-rm", "true").Run()
	needs(r.t, err == nil, "user and mount namespaces")
	state := filepath.Join(r.dir, "state")
	up := r.command(r.t.Context(), "up", "-d")
	script := fmt.Sprintf("mount -t tmpfs -o size=%s none %s && exec %s up -d", size, state, r.bin)
	cmd := exec.CommandContext(r.t.Context(), "unshare", "-rm", "sh", "-c", script)
	cmd.Env, cmd.Dir = up.Env, up.Dir
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
	return fmt.Sprintf("/proc/%d/root%s/ammarctl/default", r.info().SupervisorPID, state)
}

func TestAFullDiskStopsNoServiceAndIsSaidOnce(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("talk", -1, "", "ready", "tick=5ms")+service("web", port, "", "serve"))
	state := r.upOnSmallDisk("1m")
	talk, web := r.reaches("talk", api.Ready), r.reaches("web", api.Ready)
	big := filepath.Join(state, "big")
	if err := os.WriteFile(big, make([]byte, 2<<20), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	said := func(text string, times int) func() error {
		return func() error {
			log := r.must(0, "logs", "-n", "-1", "talk").stdout
			if n := strings.Count(log, text); n != times {
				return fmt.Errorf("%q is said %d times, expected %d", text, n, times)
			}
			return nil
		}
	}
	eventually(t, patience, "it is said", said("in memory only", 1))
	if _, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/", port)); err != nil {
		t.Error(err)
	}
	// Also that is possible without a byte of room.
	r.kill(web.PID)
	web = r.replaced("web", web.PID)
	r.must(0, "stop", "web")
	r.must(0, "start", "web")
	if err := os.Remove(big); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, "the end of it is said", said("is written again", 1))
	eventually(t, patience, "it was said once", said("in memory only", 1))
	r.kept(talk)
}

func TestALogFolderThatIsDeletedComesBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("talk", -1, "", "ready", "tick=5ms"))
	r.up()
	was := r.reaches("talk", api.Ready)
	folder := filepath.Dir(r.logFile("talk"))
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, "the log is written again", func() error {
		text, err := os.ReadFile(r.logFile("talk"))
		if err == nil && !strings.Contains(string(text), "tick") {
			err = fmt.Errorf("%q", text)
		}
		return err
	})
	r.kept(was)
}
