//go:build linux

package process

import (
	"os/exec"
	"testing"
	"testing/synctest"
	"time"
)

// A process is looked at as its execve(2) goes on: it is known by its
// environment, or said to have none yet, at every moment.
func TestNobodyIsOverlookedWhileBeingExecuted(t *testing.T) {
	mark := []string{"OVERLOOKED=no"}
	for range 500 {
		cmd := exec.Command("/bin/sleep", "60")
		cmd.Env = mark
		if err := cmd.Start(); err != nil { // it returns in the middle
			t.Fatal(err)
		}
		seen := lookFor(cmd.Process.Pid, mark)
		for seen == executing {
			seen = lookFor(cmd.Process.Pid, mark)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if seen != marked {
			t.Fatalf("it is seen as %d", seen)
		}
	}
}

// A process without an environment is not taken for one that is just being
// executed: nobody has to wait for it.
func TestAnEmptyEnvironmentIsNotOneThatIsToCome(t *testing.T) {
	cmd := exec.Command("/bin/sleep", "60")
	cmd.Env = []string{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	until := func(want sight) {
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			got := lookFor(cmd.Process.Pid, []string{"A=b"})
			if got == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("it is seen as %d, want %d", got, want)
			}
		}
	}
	until(unmarked)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	until(ended)
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
