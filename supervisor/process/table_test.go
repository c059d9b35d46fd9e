//go:build unix

package process

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/procstat"
)

func TestWithoutASubreaperDaemonsAreFoundByTheirVariables(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux: others do not show the environment of a process")
	}
	const mark = "AMMAR_TEST_MARK=without-subreaper"
	daemon := exec.Command("sleep", "60")
	daemon.Env = append(Environment(), mark)
	if err := daemon.Start(); err != nil {
		t.Skip(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- daemon.Wait() }()

	table := &Table{ours: map[int]struct{}{}, others: map[int]Identity{}}
	id, err := Identify(daemon.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	table.others[id.PID] = id // as if it were no child of this process
	table.KillOrphans(false, mark)
	select {
	case <-ended:
		if status := daemon.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
			t.Errorf("it ended with %v", status)
		}
	case <-time.After(20 * time.Second):
		_ = daemon.Process.Kill()
		t.Error("it goes on")
	}
}

func TestACommandThatTakesTooLongIsEndedWithItsChildren(t *testing.T) {
	table := &Table{ours: map[int]struct{}{}, others: map[int]Identity{}}
	for name, script := range map[string]string{
		"it waits for its child":        `sleep 60 & echo $! >"$OUT"; wait`,
		"its child has the output open": `sleep 60 & echo $! >"$OUT"`,
	} {
		out := filepath.Join(t.TempDir(), "pid")
		ctx, cancel := context.WithCancel(t.Context())
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script)
		cmd.Env = append(Environment(), "OUT="+out)
		cmd.WaitDelay = 50 * time.Millisecond
		go func() {
			for {
				if text, _ := os.ReadFile(out); len(text) > 0 {
					cancel()
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		_, err := table.Output(cmd)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		text, _ := os.ReadFile(out)
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
			if _, ended, err := procstat.StartTime(pid); err != nil || ended {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: the child %d lives", name, pid)
			}
		}
	}
}
