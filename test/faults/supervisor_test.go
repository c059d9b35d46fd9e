//go:build linux

package faults

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// pair is a web service and one without a port, for what happens to those
// above them.
func pair(t *testing.T) (*rig, int) {
	t.Helper()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, "", "serve")+service("worker", -1, "", "daemon", "ready"))
	r.up()
	return r, port
}

// taken waits for a supervisor that is not the one before.
func (r *rig) taken(before int) api.Info {
	r.t.Helper()
	var info api.Info
	eventually(r.t, patience, "another supervisor answers", func() error {
		ctx, cancel := timeout(2 * time.Second)
		defer cancel()
		var err error
		if info, err = r.client().Info(ctx); err == nil && info.SupervisorPID == before {
			err = fmt.Errorf("still pid %d", before)
		}
		return err
	})
	return info
}

// kept checks that a service goes on in its process.
func (r *rig) kept(was api.Service) {
	r.t.Helper()
	now := r.reaches(was.Name, api.Ready)
	if now.PID != was.PID || now.Restarts != was.Restarts {
		r.t.Errorf("%s was pid %d with %d restarts, and is pid %d with %d", was.Name, was.PID, was.Restarts, now.PID,
			now.Restarts)
	}
}

func TestAKilledSupervisorIsBackWithinASecondAndItsServicesNeverStopped(t *testing.T) {
	t.Parallel()
	r, port := pair(t)
	web, worker := r.reaches("web", api.Ready), r.reaches("worker", api.Ready)
	keeper := r.info().KeeperPID
	l := startLoad(port, 2, 2*time.Millisecond)
	slow := 0
	n := rounds(10, 100)
	for range n {
		pid := r.info().SupervisorPID
		at := time.Now()
		r.kill(pid)
		r.taken(pid)
		r.kept(web)
		r.kept(worker)
		if time.Since(at) > time.Second {
			slow++
		}
	}
	answered, failures := l.end()
	if len(failures) > 0 || answered == 0 {
		t.Errorf("%d answered, %d failed: %v", answered, len(failures), failures)
	}
	if slow > n/5 {
		t.Errorf("%d of %d times it took more than a second", slow, n)
	}
	if now := r.info().KeeperPID; now != keeper {
		t.Errorf("the keeper is another one: %d, then %d", keeper, now)
	}
	eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
	// It is supervised, not only seen.
	r.kill(web.PID)
	if s := r.replaced("web", web.PID); s.LastExit == nil || s.LastExit.Signal != "killed" {
		t.Errorf("the end of an adopted process is shown as %+v", s.LastExit)
	}
	r.must(0, "down")
	r.gone()
}

// daemonless is agrees where worker has its one daemon beside it.
func (r *rig) daemonless(keepers int) error {
	s, err := r.get("worker")
	if err != nil {
		return err
	}
	if got := r.of("worker"); len(got) != 2 || got[0] != s.PID && got[1] != s.PID {
		return fmt.Errorf("worker is pid %d, and %v live", s.PID, got)
	}
	err = r.agrees(keepers)
	if err != nil && strings.HasPrefix(err.Error(), "worker is") && !strings.Contains(err.Error(), "\n") {
		err = nil
	}
	return err
}

func TestAKilledKeeperIsReplacedAndTheServicesGoOn(t *testing.T) {
	t.Parallel()
	r, port := pair(t)
	web, worker := r.reaches("web", api.Ready), r.reaches("worker", api.Ready)
	l := startLoad(port, 2, 2*time.Millisecond)
	for range rounds(3, 20) {
		info := r.info()
		r.kill(info.KeeperPID)
		eventually(t, patience, "there is another keeper", func() error {
			ctx, cancel := timeout(2 * time.Second)
			defer cancel()
			now, err := r.client().Info(ctx)
			if err == nil && (now.KeeperPID == info.KeeperPID || now.KeeperPID == 0 || !alive(now.KeeperPID)) {
				err = fmt.Errorf("keeper %d, supervisor %d", now.KeeperPID, now.SupervisorPID)
			}
			return err
		})
		r.kept(web)
		r.kept(worker)
	}
	if answered, failures := l.end(); len(failures) > 0 || answered == 0 {
		t.Errorf("%d answered, %d failed: %v", answered, len(failures), failures)
	}
	eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
	pid := r.info().SupervisorPID
	r.kill(pid)
	r.taken(pid)
	r.kept(web)
}

func TestWithoutSupervisorAndKeeperTheServicesGoOnAndTheNextUpAdoptsThem(t *testing.T) {
	t.Parallel()
	r, port := pair(t)
	web, worker := r.reaches("web", api.Ready), r.reaches("worker", api.Ready)
	l := startLoad(port, 2, 2*time.Millisecond)
	for range rounds(3, 20) {
		r.beheaded()
		if !alive(web.PID) || !alive(worker.PID) {
			t.Fatal("a service ended with those above it")
		}
		r.up()
		r.kept(web)
		r.kept(worker)
	}
	if answered, failures := l.end(); len(failures) > 0 || answered == 0 {
		t.Errorf("%d answered, %d failed: %v", answered, len(failures), failures)
	}
	eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
	r.kill(web.PID)
	r.replaced("web", web.PID)
	r.must(0, "down")
	r.gone()
}

// beheaded kills the keeper and the supervisor, and returns when they are gone.
func (r *rig) beheaded() {
	r.t.Helper()
	info := r.info()
	// Stopped first, neither sees the other's end.
	r.signal(info.KeeperPID, syscall.SIGSTOP)
	r.signal(info.SupervisorPID, syscall.SIGSTOP)
	r.kill(info.KeeperPID)
	r.kill(info.SupervisorPID)
	eventually(r.t, patience, "both are gone", func() (err error) {
		for _, p := range r.processes() {
			if p.service == "" { // also one that they have just started
				_ = syscall.Kill(p.pid, syscall.SIGKILL)
				err = fmt.Errorf("%+v", p)
			}
		}
		return err
	})
}

func TestWhatEndedWhileThereWasNobodyIsStartedAgainOnce(t *testing.T) {
	t.Parallel()
	r, port := pair(t)
	web := r.reaches("web", api.Ready)
	r.beheaded()
	r.kill(web.PID)
	r.up()
	now := r.replaced("web", web.PID)
	if now.Restarts != 1 || now.LastExit == nil {
		t.Errorf("restarts %d, last exit %+v; one process has ended", now.Restarts, now.LastExit)
	}
	if _, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/", port)); err != nil {
		t.Error(err)
	}
	eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
}

func TestAfterEverythingWasKilledAtOnceUpBeginsAnew(t *testing.T) {
	t.Parallel()
	r, port := pair(t)
	r.reaches("web", api.Ready)
	for range rounds(2, 20) {
		r.massacre()
		r.up()
		r.reaches("web", api.Ready)
		r.reaches("worker", api.Ready)
		if _, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/", port)); err != nil {
			t.Error(err)
		}
		eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
	}
}

// massacre kills all that bears the rig's mark; stopped first, none sees
// another's end.
func (r *rig) massacre() {
	r.t.Helper()
	for _, p := range r.processes() {
		_ = syscall.Kill(p.pid, syscall.SIGSTOP)
	}
	eventually(r.t, patience, "nothing is left", func() error {
		left := r.processes()
		for _, p := range left { // also what they have just started
			_ = syscall.Kill(p.pid, syscall.SIGKILL)
		}
		if len(left) > 0 {
			return fmt.Errorf("%+v", left)
		}
		return nil
	})
}

func TestASecondSupervisorNamesTheFirstAndTouchesNothing(t *testing.T) {
	t.Parallel()
	r, _ := pair(t)
	web, info := r.reaches("web", api.Ready), r.info()
	res := r.must(1, "up")
	if !strings.Contains(res.stderr, fmt.Sprint(info.SupervisorPID)) {
		t.Errorf("it does not name pid %d: %s", info.SupervisorPID, res.stderr)
	}
	r.kept(web)
	eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
}

func TestASupervisorThatHungRestartsNobody(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, `probe = { http = "/", every = "100ms", timeout = "300ms", failures = 2 }`,
		"serve"))
	r.up()
	web, info := r.reaches("web", api.Ready), r.info()
	r.signal(info.SupervisorPID, syscall.SIGSTOP)
	time.Sleep(1500 * time.Millisecond) // it is the fault itself
	if _, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/", port)); err != nil {
		t.Error(err)
	}
	r.signal(info.SupervisorPID, syscall.SIGCONT)
	r.kept(web)
	if now := r.info(); now.SupervisorPID != info.SupervisorPID {
		t.Errorf("the supervisor was replaced: %d, then %d", info.SupervisorPID, now.SupervisorPID)
	}
}

func TestWhatWasStoppedByHandStaysStoppedWhateverIsKilled(t *testing.T) {
	t.Parallel()
	r, _ := pair(t)
	web := r.reaches("web", api.Ready)
	r.must(0, "stop", "worker")
	pid := r.info().SupervisorPID
	r.kill(pid)
	r.taken(pid)
	r.reaches("worker", api.Stopped)
	r.beheaded()
	r.up()
	r.reaches("worker", api.Stopped)
	r.kept(web)
	r.massacre()
	r.up()
	r.reaches("web", api.Ready)
	r.reaches("worker", api.Stopped)
	if left := r.of("worker"); len(left) != 0 {
		t.Errorf("worker lives: %v", left)
	}
}

func TestAKeeperThatTookOverStartsTheSupervisorAgainHoweverSoonThatDies(t *testing.T) {
	t.Parallel()
	r, _ := pair(t)
	web, worker := r.reaches("web", api.Ready), r.reaches("worker", api.Ready)
	for range rounds(5, 30) {
		info := r.info()
		r.kill(info.KeeperPID)
		keeper := info.SupervisorPID // which takes its place
		var young int
		eventually(t, patience, "the new keeper has started a supervisor", func() error {
			for _, p := range r.processes() {
				if p.parent == keeper && p.service == "" {
					young = p.pid
					return nil
				}
			}
			return fmt.Errorf("%+v", r.processes())
		})
		r.kill(young)
		r.taken(info.SupervisorPID)
		r.kept(web)
		r.kept(worker)
	}
	eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
}

func TestDownAndUpAgainAtOnceIsAWholeInstance(t *testing.T) {
	t.Parallel()
	r, _ := pair(t)
	for range rounds(8, 60) {
		r.must(0, "down")
		r.up()
		web := r.reaches("web", api.Ready)
		info := r.info()
		if info.KeeperPID == 0 || !alive(info.KeeperPID) {
			t.Fatalf("there is no keeper: %d", info.KeeperPID)
		}
		r.kill(info.SupervisorPID)
		r.taken(info.SupervisorPID)
		r.kept(web)
		eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
	}
}

// gone waits until nothing is left of the instance after down.
func (r *rig) gone() {
	r.t.Helper()
	eventually(r.t, patience, "nothing is left over after down", func() error {
		if left := r.processes(); len(left) != 0 {
			return fmt.Errorf("%+v", left)
		}
		return nil
	})
}

// What never says that it is ready is taken for ready after a moment, also
// when the supervisor is another one by then.
func TestAKillDuringAStartLeavesNobodyStarting(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("quiet", -1, "", "tick=10ms"))
	r.up()
	for range rounds(2, 10) {
		was := r.reaches("quiet", api.Ready)
		r.kill(was.PID)
		next := r.becomes("quiet", "on its way again", func(s api.Service) bool { return s.PID != was.PID && s.PID > 0 }).PID
		r.kill(r.info().SupervisorPID)
		if s := r.reaches("quiet", api.Ready); s.PID != next {
			t.Errorf("pid %d is there instead of %d", s.PID, next)
		}
	}
}
