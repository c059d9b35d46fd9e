//go:build unix

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestAFailedServiceThatIsStartedWaitsForWhatItComesAfter(t *testing.T) {
	second := exe("second", "serve")
	second.After = []string{"first"}
	r := newRig(t, exe("first", "serve"), second)
	r.waitState("second", api.Ready)
	if err := r.Stop(r.ctx(), "first"); err != nil {
		t.Fatal(err)
	}
	r.wait("second", "killed to its start limit", func(s api.Service) bool {
		if s.PID > 0 {
			_ = syscall.Kill(s.PID, syscall.SIGKILL)
		}
		return s.State == api.Failed
	})
	if err := r.Start(r.ctx(), "second"); err == nil ||
		!strings.Contains(err.Error(), "waits for first, which is stopped") {
		t.Errorf("its start is answered: %v", err)
	}
	if err := r.Start(r.ctx(), "first"); err != nil {
		t.Fatal(err)
	}
	r.waitState("second", api.Ready) // it was wanted all the while
}

func TestWaitingInVainIsSaidThroughTheWholeChain(t *testing.T) {
	b, c := exe("b", "serve"), exe("c", "serve")
	b.After, c.After = []string{"a"}, []string{"b"}
	a := exe("a", "exit 1")
	a.Oneshot = true // it is never ready, however slowly it ends
	r := newRig(t, a, b, c)
	r.waitState("a", api.Failed)
	if err := r.Start(r.ctx(), "c"); err == nil || !strings.Contains(err.Error(),
		"waits for b, which itself waits for a, which has failed") {
		t.Errorf("got %v", err)
	}
}

func TestAServiceThatEndedWellHoldsNobodyBack(t *testing.T) {
	web := exe("web", "serve")
	web.After = []string{"once"}
	r := newRig(t, exe("once", "exit 0"), web)
	r.waitState("web", api.Ready)
}

func TestNoServicesNameIsInTheSupervisorsWay(t *testing.T) {
	r := newRig(t, exe("control", "serve"), exe("lock", "serve"))
	socket := r.opts.Dirs.Socket()
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.waitState("control", api.Ready)
	r.waitState("lock", api.Ready)
	if err := r.Restart(r.ctx(), "control"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(socket); err != nil {
		t.Errorf("the control socket's path: %v", err)
	}
}

func TestAProbeThatFailedBeforeReadinessIsStillReported(t *testing.T) {
	late := exe("late", "late")
	late.Probe = &configs.Probe{HTTP: "/", Every: 20 * time.Millisecond, Timeout: 20 * time.Millisecond, Failures: 1}
	r := newRig(t, late)
	r.waitState("late", api.Degraded)
}

func TestAStartBehindAFailedServiceIsAnswered(t *testing.T) {
	second := exe("second", "serve")
	second.After = []string{"first"}
	first := exe("first", "exit 1")
	first.Oneshot = true // it is never ready, however slowly it ends
	r := newRig(t, first, second)
	r.waitState("first", api.Failed)
	err := r.Start(r.ctx(), "second")
	var refused *api.Error
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "first, which has failed") {
		t.Errorf("got %v", err)
	}
}

func TestAProbeDecidesBetweenReadyAndDegraded(t *testing.T) {
	web := exe("web", "serve") // it speaks no HTTP: the probe never succeeds
	web.Probe = &configs.Probe{HTTP: "/", Every: 20 * time.Millisecond, Timeout: 200 * time.Millisecond, Failures: 2}
	http := exe("http", "http") // it does, until it is told otherwise
	http.Probe = &configs.Probe{HTTP: "/", Every: 20 * time.Millisecond, Timeout: 200 * time.Millisecond, Failures: 2}
	r := newRig(t, web, http)
	if s := r.waitState("web", api.Degraded); !strings.Contains(s.Reason, "times in a row") {
		t.Errorf("reason %q", s.Reason)
	}
	s := r.waitState("http", api.Ready)
	_ = syscall.Kill(s.PID, syscall.SIGUSR1) // answers 500 from now on
	r.waitState("http", api.Degraded)
	_ = syscall.Kill(s.PID, syscall.SIGUSR1)
	if again := r.waitState("http", api.Ready); again.PID != s.PID {
		t.Error("it was restarted; a probe only tells")
	}
}

func TestTheLastLineOfAQuickExitIsKept(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs sh")
	}
	for range 20 {
		s := exe("quick", "")
		s.Exec = []string{"sh", "-c", "echo boom; exit 3"}
		s.Restart.Limit = 1
		r := newRig(t, s)
		got := r.waitState("quick", api.Failed)
		if got.LastExit == nil || strings.Join(got.LastExit.Lines, "") != "boom" {
			t.Errorf("last exit %+v", got.LastExit)
		}
		r.end()
	}
}

func TestAMissingFolderIsNamed(t *testing.T) {
	s := exe("bad", "serve")
	s.Dir = "/no/such/folder"
	r := newRig(t, s)
	if got := r.waitState("bad", api.Failed); !strings.Contains(got.Reason, "/no/such/folder") {
		t.Errorf("reason %q", got.Reason)
	}
}

func TestADaemonsOwnDaemonIsEndedToo(t *testing.T) {
	for _, program := range []string{"sh", "setsid"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s", program)
		}
	}
	for name, ending := range map[string]func(*rig){
		"stop": func(r *rig) {
			if err := r.Stop(r.ctx(), "deep"); err != nil {
				t.Error(err)
			}
		},
		"down": func(r *rig) { r.end() },
	} {
		s := exe("deep", "")
		s.Exec = []string{"sh", "-c", `setsid sh -c 'setsid sh -c "echo deep \$\$; exec sleep 61" & wait' & sleep 60`}
		r := newRig(t, s)
		r.waitState("deep", api.Ready)
		log, err := r.Log("deep")
		if err != nil {
			t.Fatal(err)
		}
		pid := 0
		r.wait("deep", "saying its daemon's pid", func(api.Service) bool {
			for _, l := range log.Last(10) {
				fmt.Sscanf(l.Raw, "deep %d", &pid)
			}
			return pid > 0
		})
		ending(r)
		if alive(pid) {
			t.Errorf("%s: the daemon's daemon %d is alive", name, pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		r.end()
	}
}

func TestDownEndsWhateverIsAskedMeanwhile(t *testing.T) {
	web, base := exe("web", "stubborn"), exe("base", "stubborn")
	web.StopTimeout, base.StopTimeout = 50*time.Millisecond, 300*time.Millisecond
	r := newRig(t, web, base)
	r.waitState("web", api.Ready)
	r.waitState("base", api.Ready)
	down := make(chan struct{})
	go func() { defer close(down); r.end() }()
	for ended := false; !ended; {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		_ = r.Start(ctx, "web")
		cancel()
		select {
		case <-down:
			ended = true
		case <-r.ctx().Done():
			t.Fatalf("the instance does not end: %+v", r.service("web"))
		case <-time.After(time.Millisecond):
		}
	}
}

func TestAShareThatExpiresStaysEndedWhoeverStartsIt(t *testing.T) {
	t.Setenv("CHILD", "serve")
	r := newRig(t, exe("web", "serve"))
	r.waitState("web", api.Ready)
	if _, err := r.Share(r.ctx(), api.ShareRequest{Path: t.TempDir(), Name: "short", Bind: "127.0.0.1",
		ExpireSeconds: 0.1}); err != nil && !strings.Contains(err.Error(), "meanwhile") {
		t.Fatal(err) // on a busy machine it may be over before it is ready
	}
	r.wait("short", "gone", func(s api.Service) bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_ = r.Start(ctx, "short")
		return s.Name == ""
	})
}

func TestAStoppedServiceRefusesItsClientsAndKeepsItsAddress(t *testing.T) {
	r := newRig(t, exe("web", "serve")) // on a port that was free
	before := r.waitState("web", api.Ready)
	if err := r.Stop(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(before.Addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a client of a stopped service gets %v; want to be refused at once", err)
	}
	if err := r.Start(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	if after := r.service("web"); after.Addr != before.Addr {
		t.Errorf("address %s, before %s", after.Addr, before.Addr)
	}
}

// A service that waits for one that is just starting is on its way too.
func TestTheServicesAreSettledWhenEachHasComeToRest(t *testing.T) {
	second, third, done, crash := exe("second", "serve"), exe("third", "serve"), exe("done", "exit 0"),
		exe("crash", "exit 1")
	second.After, third.After = []string{"first"}, []string{"crash"}
	done.Oneshot, crash.Oneshot = true, true
	crash.Restart.Delay, crash.Restart.MaxDelay, crash.Restart.Limit = time.Hour, time.Hour, 0
	r := newRig(t, exe("first", "late"), second, third, done, crash)
	select {
	case <-r.Settled():
	case <-time.After(30 * time.Second):
		t.Fatalf("they never settle: %+v", r.Services())
	}
	for name, want := range map[string]api.State{
		"first": api.Ready, "second": api.Ready, "third": api.Waiting, "done": api.Done, "crash": api.Backoff,
	} {
		if s := r.service(name); s.State != want {
			t.Errorf("%s is %s (%s), want %s", name, s.State, s.Reason, want)
		}
	}
	if !r.Info().Settled {
		t.Error("the instance does not say so")
	}
}
