//go:build linux

package process

import (
	"os/exec"
	"testing"
	"testing/synctest"
	"time"
)

// A process without an environment is not taken for one that is just being
// executed: nobody has to wait for it.
func TestAnEmptyEnvironmentIsNotOneThatIsToCome(t *testing.T) {
	cmd := exec.Command("/bin/sleep", "60")
	cmd.Env = []string{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for deadline := time.Now().Add(20 * time.Second); beingExecuted(cmd.Process.Pid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never is executed")
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, ended := IdentifyEnded(cmd.Process.Pid); ended {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not end")
		}
	}
	if beingExecuted(cmd.Process.Pid) {
		t.Error("one that has ended is waited for")
	}
}

// On a busy machine a program may take its time to be executed, and is ended
// when it is.
func TestWhatIsBeingExecutedIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, killed := time.Now(), false
		untilNone(func() (found, young bool) {
			if time.Since(began) < time.Second {
				return false, true
			}
			found, killed = !killed, true
			return found, false
		})
		if !killed {
			t.Errorf("given up after %s", time.Since(began))
		}
		began = time.Now()
		untilNone(func() (found, young bool) { return false, true })
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("waited for %s for one that hangs", took)
		}
		rounds := 0
		untilNone(func() (found, young bool) { rounds++; return true, false })
		if rounds != killRounds {
			t.Errorf("%d rounds", rounds)
		}
	})
}
