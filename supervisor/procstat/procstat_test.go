//go:build linux || darwin

package procstat

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
)

func TestWhoWasKilledIsDyingUntilNothingIsLeft(t *testing.T) {
	if Dying(os.Getpid()) {
		t.Error("this process is said to be dying")
	}
	killed := exec.Command("sleep", "60")
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	pid := killed.Process.Pid
	if Dying(pid) {
		t.Error("it is not killed yet")
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" && !Dying(pid) {
		t.Error("it is killed, and is not said to be dying")
	}
	_ = killed.Wait()
	if !Dying(pid) {
		t.Error("nothing is left of it, and it is not said to be dying")
	}
}
