//go:build unix

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func TestAKilledServiceIsStartedAgainAtOnceAndItsClientIsAnswered(t *testing.T) {
	r := newRig(t, exe("web", "serve"))
	before := r.waitState("web", api.Ready)
	killed := time.Now()
	kill(t, before.PID)
	pid, err := ask(before.Addr)
	if err != nil || pid == before.PID {
		t.Fatalf("the client that came meanwhile: pid %d, %v", pid, err)
	}
	t.Logf("kill -9 to the next answer: %s", time.Since(killed).Round(100*time.Microsecond))
	after := r.wait("web", "restarted", func(s api.Service) bool { return s.State == api.Ready && s.Restarts == 1 })
	if after.PID != pid || after.Addr != before.Addr {
		t.Errorf("pid %d, address %s; want %d, %s", after.PID, after.Addr, pid, before.Addr)
	}
	if after.LastExit == nil || after.LastExit.Text != "signal: killed" || after.LastExit.Code != -1 {
		t.Errorf("last exit %+v", after.LastExit)
	}
}

func TestAServiceThatEndsAgainAndAgainFailsAndSaysWhy(t *testing.T) {
	r := newRig(t, announced(exe("broken", "exit 3")))
	s := r.waitState("broken", api.Failed)
	if s.Restarts != 2 || s.PID != 0 {
		t.Errorf("restarts %d, pid %d; want 2 after 3 starts, and no process", s.Restarts, s.PID)
	}
	if s.LastExit.Code != 3 || strings.Join(s.LastExit.Lines, "") != "exiting with 3" {
		t.Errorf("last exit %+v; want code 3 and its last line, though that has no newline", s.LastExit)
	}
	if !strings.Contains(s.Reason, "3 times") || !strings.Contains(s.Reason, "exit status 3") {
		t.Errorf("reason %q", s.Reason)
	}
	err := r.Start(r.ctx(), "broken")
	var refused *api.Error
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "exiting with 3") {
		t.Errorf("start says %v; want the last lines", err)
	}
}

func TestExitStatusZeroIsNoFailure(t *testing.T) {
	always := exe("always", "exit 0")
	always.Restart.Policy = configs.RestartAlways
	never := exe("never", "exit 4")
	never.Restart.Policy = configs.RestartNever
	r := newRig(t, exe("once", "exit 0"), always, never)
	once := r.wait("once", "done", func(s api.Service) bool { return s.State == api.Done && s.LastExit != nil })
	if once.Restarts != 0 {
		t.Errorf("once was restarted %d times", once.Restarts)
	}
	r.waitState("always", api.Failed) // the start limit holds for it as well
	if s := r.waitState("never", api.Failed); s.Restarts != 0 {
		t.Errorf("never was restarted %d times", s.Restarts)
	}
}

func TestAServiceThatIgnoresSIGTERMIsKilledAfterItsTimeout(t *testing.T) {
	stubborn := announced(exe("stubborn", "stubborn"))
	stubborn.StopTimeout = 50 * time.Millisecond
	r := newRig(t, stubborn)
	before := r.waitState("stubborn", api.Ready)
	if err := r.Stop(r.ctx(), "stubborn"); err != nil {
		t.Fatal(err)
	}
	s := r.service("stubborn")
	if alive(before.PID) || s.State != api.Stopped || s.LastExit.Signal != "killed" {
		t.Errorf("alive %v, %s, last exit %+v", alive(before.PID), s.State, s.LastExit)
	}
}

func TestWhatAServiceLeavesBehindIsEndedWithIt(t *testing.T) {
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("needs Linux: orphans come to the sub-reaper there")
	}
	r := newRig(t, exe("daemon", "daemon"))
	s := r.waitState("daemon", api.Ready)
	r.waitLogged("daemon", "behind")
	left := 0
	if _, err := fmt.Sscanf(r.logged("daemon"), "left %d behind", &left); err != nil {
		t.Fatal(err)
	}
	if !alive(left) {
		t.Fatalf("the test's daemon %d does not run", left)
	}
	// It holds the log open; the crash is noticed all the same.
	kill(t, s.PID)
	r.wait("daemon", "restarted", func(s api.Service) bool { return s.Restarts == 1 && s.State == api.Ready })
	for deadline := time.Now().Add(5 * time.Second); alive(left); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the daemon %d survived its service", left)
		}
	}
}

func TestAServiceOfAnyPortKeepsItsOwnAndTakesAnotherWhenThatIsGone(t *testing.T) {
	r := newRig(t, exe("web", "serve"))
	first := r.waitState("web", api.Ready).Addr
	for _, taken := range []bool{false, true} {
		if err := r.Stop(r.ctx(), "web"); err != nil {
			t.Fatal(err)
		}
		if taken {
			ln, err := net.Listen("tcp", first)
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
		}
		if err := r.Start(r.ctx(), "web"); err != nil {
			t.Fatal(err)
		}
		now := r.waitState("web", api.Ready).Addr
		if (now != first) != taken {
			t.Errorf("it was at %s, and is at %s", first, now)
		}
		if _, err := ask(now); err != nil {
			t.Error(err)
		}
	}
}

func TestATakenPortIsExplainedAndTriedAgain(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := exe("web", "serve")
	web.Port = ln.Addr().(*net.TCPAddr).Port
	r := newRig(t, web, exe("other", "serve"))
	r.waitState("other", api.Ready)
	s := r.wait("web", "in backoff", func(s api.Service) bool {
		return s.State == api.Backoff || s.State == api.Failing // after many tries
	})
	if !strings.Contains(s.Reason, fmt.Sprintf("port %d is in use", web.Port)) || s.PID != 0 {
		t.Errorf("reason %q, pid %d", s.Reason, s.PID)
	}
	if err := r.Start(r.ctx(), "web"); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("start says %v", err)
	}
	ln.Close()
	r.waitState("web", api.Ready)
}

func TestACommandThatCannotBeRunSaysWhatToDo(t *testing.T) {
	folder := t.TempDir()
	plain := folder + "/plain"
	if err := os.WriteFile(plain, []byte("no program"), 0o644); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{
		"./missing":           "cannot run ./missing: no such file, seen from " + folder,
		"no-such-program-abc": "no such program in PATH",
		plain:                 "chmod +x",
	} {
		s := exe("bad", "serve")
		s.Exec, s.Dir = []string{command}, folder
		r := newRig(t, s)
		if got := r.waitState("bad", api.Failed); !strings.Contains(got.Reason, want) {
			t.Errorf("%s: reason %q, want %q", command, got.Reason, want)
		}
		r.end()
	}
}

func TestAServiceStartsWhenWhatItComesAfterIsReady(t *testing.T) {
	second := exe("second", "serve")
	second.After = []string{"first"}
	r := newRig(t, second, exe("first", "late"))
	r.wait("second", "waiting", func(s api.Service) bool { return s.Reason == "waits for first" || s.State == api.Ready })
	r.waitState("second", api.Ready)
	if r.service("first").State != api.Ready {
		t.Error("second is ready before first")
	}
	// It is not dragged along when first is stopped later.
	if err := r.Stop(r.ctx(), "first"); err != nil {
		t.Fatal(err)
	}
	if s := r.service("second"); s.State != api.Ready {
		t.Errorf("second is %s", s.State)
	}
}

func TestAFailedServiceHoldsBackWhatComesAfterItAndSaysSo(t *testing.T) {
	second := exe("second", "serve")
	second.After = []string{"first"}
	r := newRig(t, announced(exe("first", "exit 1")), second)
	r.wait("second", "held back", func(s api.Service) bool {
		return strings.Contains(s.Reason,
			"first, which has failed")
	})
}

func TestTheEnvironmentIsTheContract(t *testing.T) {
	// A supervisor may have been started with descriptors of somebody else.
	stray, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(stray)
	s := exe("web", "env")
	s.Env["GREETING"] = "hi there"
	r := newRig(t, s)
	got := r.waitState("web", api.Ready)
	if got = r.wait("web", "speaking", func(s api.Service) bool { return s.Status != "" }); got.Status != "serving as it should" {
		t.Errorf("status %q", got.Status)
	}
	log, err := r.Log("web")
	if err != nil {
		t.Fatal(err)
	}
	log.Drain(time.Second)
	var lines []string
	for _, l := range log.Last(-1) {
		lines = append(lines, l.Raw)
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=web", "AMMAR_SERVICE=web", "AMMAR_INSTANCE=test",
		"GREETING=hi there", "own pid: true"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing from\n%s", want, text)
		}
	}
	if strings.Contains(text, "inherited: ") && !strings.Contains(text, "inherited: [0 1 2 3]") {
		t.Errorf("the service inherits other descriptors than its own:\n%s", text)
	}
}

func TestAProgramThatSaysNothingIsReadyWhenItStaysAlive(t *testing.T) {
	r := newRig(t, exe("silent", "silent"))
	started := time.Now()
	r.waitState("silent", api.Ready)
	if took := time.Since(started); took < 300*time.Millisecond {
		t.Errorf("ready after %s", took)
	}
}

func TestUnknownNamesAreAnsweredWithTheKnownOnes(t *testing.T) {
	r := newRig(t, exe("web", "serve"))
	err := r.Restart(r.ctx(), "wbe")
	var refused *api.Error
	if !errors.As(err, &refused) || refused.Code != api.CodeNoSuchService || !strings.Contains(err.Error(), "web") {
		t.Errorf("got %v", err)
	}
	if err := r.Remove(r.ctx(), "web"); err == nil {
		t.Error("a service of the configuration was removed as a share")
	}
}

func TestAnOperationGoesOnWhenNobodyWaitsForIt(t *testing.T) {
	r := newRig(t, exe("web", "late"))
	before := r.waitState("web", api.Ready)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Restart(ctx, "web"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	r.wait("web", "another process", func(s api.Service) bool { return s.State == api.Ready && s.PID != before.PID })
}

// Whatever is asked of a service in whatever order: it never has two
// processes, and what is shown is what is.
func TestRandomOperationsKeepOneProcessAndTellTheTruth(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	web := exe("web", "serve")
	web.Restart.Limit = 0
	r := newRig(t, web)
	seen := map[int]bool{}
	for range 60 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rng.IntN(20))*time.Millisecond)
		switch rng.IntN(4) {
		case 0:
			_ = r.Start(ctx, "web")
		case 1:
			_ = r.Stop(ctx, "web")
		case 2:
			_ = r.Restart(ctx, "web")
		case 3:
			if pid := r.service("web").PID; pid > 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		cancel()
		if pid := r.service("web").PID; pid > 0 {
			seen[pid] = true
		}
	}
	if err := r.Start(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	// The last kill may not have been noticed when start was answered.
	now := r.wait("web", "served by the process that is shown", func(s api.Service) bool {
		if s.State != api.Ready {
			return false
		}
		pid, err := ask(s.Addr)
		return err == nil && pid == s.PID
	})
	for pid := range seen {
		if pid != now.PID && alive(pid) {
			t.Errorf("process %d is alive beside %d", pid, now.PID)
		}
	}
	r.end()
	if alive(now.PID) {
		t.Error("a process outlived its supervisor's orderly end")
	}
}
