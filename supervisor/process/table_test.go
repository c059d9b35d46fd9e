//go:build unix

package process

import (
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
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
