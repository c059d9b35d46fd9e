//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestASecondSignalDoesNotWait(t *testing.T) {
	services := func() []api.Service { return []api.Service{{Name: "a"}, {Name: "b", PID: 7}, {Name: "c", PID: 9}} }
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		signals int
		ends    bool
		want    string
		says    bool
	}{
		"ended by down":        {signals: 0, ends: true, want: "failed"},
		"one signal, in order": {signals: 1, ends: true, want: "failed", says: true},
		"two, and it hangs": {signals: 2, want: "left at once, with these on their way to stop: b (pid 7), c (pid 9)",
			says: true},
	} {
		t.Run(name, func(t *testing.T) {
			a, printed := paper(t, nil)
			synctest.Test(t, func(t *testing.T) {
				signals := make(chan os.Signal, 2)
				stopped := make(chan error, 1)
				result := make(chan error, 1)
				go func() { result <- untilStopped(&a.console, stopped, signals, services) }()
				for range c.signals {
					signals <- syscall.SIGINT
				}
				synctest.Wait()
				if c.ends {
					stopped <- failed
				}
				if err := <-result; err == nil || !strings.HasPrefix(err.Error(), c.want) {
					t.Errorf("got the error %v, want %s", err, c.want)
				}
			})
			if got := strings.Count(printed(), "Ctrl-C"); got > 1 || c.says != (got == 1) {
				t.Errorf("printed %q", printed())
			}
		})
	}
}

func TestWhatTakesLongIsSaid(t *testing.T) {
	a, printed := paper(t, nil)
	failed := errors.New("failed")
	synctest.Test(t, func(t *testing.T) {
		if err := a.withProgress("quick things",
			func() error { time.Sleep(900 * time.Millisecond); return failed }); err != failed {
			t.Errorf("got %v", err)
		}
		if err := a.withProgress("stopping web", func() error { time.Sleep(7 * time.Second); return nil }); err != nil {
			t.Errorf("got %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		until := time.Now().Add(10 * time.Second)
		if err := a.withProgressUntil("stopping web", func() time.Time { return until },
			func() error { time.Sleep(6500 * time.Millisecond); return nil }); err != nil {
			t.Errorf("got %v", err)
		}
	})
	if got, want := printed(), "stopping web, for 1s now\nstopping web, for 6s now\n"+
		"stopping web  ##------------------ 1s of at most 10s\n"+
		"stopping web  ############-------- 6s of at most 10s\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

func TestAnEndedProcessIsGoneReapedOrNot(t *testing.T) {
	program, err := exec.LookPath("ammarctl")
	if err != nil {
		t.Fatal(err)
	}
	if gone(os.Getpid()) {
		t.Error("this process is said to have ended")
	}
	cmd := exec.Command(program, "version")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Not waited for: the process becomes a zombie.
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		deadline := time.Now().Add(10 * time.Second)
		for !gone(cmd.Process.Pid) {
			if time.Now().After(deadline) {
				t.Fatal("a zombie is not said to have ended")
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if !gone(cmd.Process.Pid) {
		t.Error("a reaped process is not said to have ended")
	}
}

func TestAddressesForThisMachine(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:80": "http://127.0.0.1:80/", "0.0.0.0:80": "http://127.0.0.1:80/", "[::]:80": "http://127.0.0.1:80/",
		"[::1]:80": "http://[::1]:80/", "localhost:80": "http://localhost:80/", "": "",
	} {
		if got := webAddress(addr, false); got != want {
			t.Errorf("webAddress(%q) is %q, want %q", addr, got, want)
		}
	}
}
