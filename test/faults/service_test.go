//go:build linux

package faults

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestAKilledServiceCostsTheRequestsInFlightAndNothingElse(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, "restart = { limit = 0, max_delay = \"500ms\" }", "serve"))
	r.up()
	was := r.reaches("web", api.Ready)
	l := startLoad(port, 4, time.Millisecond)
	var deaths []death
	for range rounds(3, 20) {
		deaths = append(deaths, r.kills(was.PID))
		was = r.replaced("web", was.PID)
	}
	answered, failures := l.end()
	if left := unexplained(failures, deaths); len(left) > 0 || answered == 0 {
		t.Errorf("%d answered; failed although no process was killed: %v", answered, left)
	}
	if was.Restarts != len(deaths) || was.LastExit == nil || was.LastExit.Signal != "killed" {
		t.Errorf("after %d kills: restarts %d, last exit %+v", len(deaths), was.Restarts, was.LastExit)
	}
}

func TestAllServicesKilledAtOnceAreAllBack(t *testing.T) {
	t.Parallel()
	const n = 8
	config := ""
	for i, port := range porttest.Free(t, n) {
		config += service(fmt.Sprintf("s%d", i), port, "", "serve")
	}
	r := newRig(t, config)
	r.up()
	var pids []int
	for i := range n {
		pids = append(pids, r.reaches(fmt.Sprintf("s%d", i), api.Ready).PID)
	}
	for _, pid := range pids {
		r.kill(pid)
	}
	for i, pid := range pids {
		r.replaced(fmt.Sprintf("s%d", i), pid)
	}
	eventually(t, patience, "each service has one process", func() error { return r.agrees(1) })
}

func TestACrashIsNoticedWithin100MillisecondsWhileAGrandchildHoldsItsOutput(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, "restart = { limit = 0, max_delay = \"500ms\" }", "linger", "serve"))
	r.up()
	was := r.reaches("web", api.Ready)
	var took []time.Duration
	for range 5 {
		at := time.Now()
		r.kill(was.PID)
		now := r.replaced("web", was.PID)
		took = append(took, now.LastExit.Time.Sub(at))
		was = now
	}
	slices.Sort(took)
	if median := took[len(took)/2]; median > 100*time.Millisecond {
		t.Errorf("the crash was noticed after %s (of %v); 100ms are promised", median, took)
	}
	// The grandchildren of the dead were in sessions of their own.
	eventually(t, patience, "one service with one grandchild lives", func() error {
		if got := r.of("web"); len(got) != 2 {
			return fmt.Errorf("%v live", got)
		}
		return nil
	})
}

func TestAStoppedServiceLosesItsDaemonsToo(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("d", -1, "", "daemon", "linger", "ready"))
	r.up()
	r.reaches("d", api.Ready)
	eventually(t, patience, "the daemons run", func() error {
		if got := r.of("d"); len(got) != 3 {
			return fmt.Errorf("%v live", got)
		}
		return nil
	})
	r.must(0, "stop", "d")
	if left := r.of("d"); len(left) != 0 {
		t.Errorf("left over after stop: %v", left)
	}
	r.must(0, "start", "d")
	r.must(0, "down")
	r.gone()
}

func TestAServiceThatIgnoresSIGTERMIsKilledAndStopSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("deaf", -1, `stop_timeout = "700ms"`, "ignore-term", "ready", "sleep=10m"))
	r.up()
	was := r.reaches("deaf", api.Ready)
	began := time.Now()
	r.must(0, "stop", "deaf")
	took := time.Since(began)
	if alive(was.PID) || len(r.of("deaf")) != 0 {
		t.Errorf("stop has returned, and pid %d lives", was.PID)
	}
	if took < 600*time.Millisecond {
		t.Errorf("killed after %s; it had 700ms", took)
	}
	s, err := r.get("deaf")
	if err != nil || s.LastExit == nil || s.LastExit.Signal != "killed" || s.State != api.Stopped {
		t.Errorf("shown as %+v, last exit %+v (%v)", s.State, s.LastExit, err)
	}
}

func TestAServiceUnderSIGSTOPIsShownDegradedAndCanBeStopped(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, `probe = { http = "/", every = "100ms", timeout = "200ms", failures = 2 }`,
		"serve"))
	r.up()
	was := r.reaches("web", api.Ready)
	r.signal(was.PID, syscall.SIGSTOP)
	r.reaches("web", api.Degraded)
	r.signal(was.PID, syscall.SIGCONT)
	if now := r.reaches("web", api.Ready); now.PID != was.PID {
		t.Errorf("a service that hung for a moment was restarted: %d, then %d", was.PID, now.PID)
	}
	r.signal(was.PID, syscall.SIGSTOP)
	began := time.Now()
	r.must(0, "stop", "web")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stop took %s: a halted process is to be woken, not waited for", took)
	}
	if left := r.of("web"); len(left) != 0 {
		t.Errorf("left over after stop: %v", left)
	}
}

func TestAStormOfProcessesIsEndedWithItsServiceAndDelaysNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("storm", -1, "", "storm=60", "ready")+service("calm", -1, "", "ready"))
	r.up()
	r.reaches("storm", api.Ready)
	eventually(t, patience, "the storm is there", func() error {
		if got := r.of("storm"); len(got) < 61 {
			return fmt.Errorf("%d live", len(got))
		}
		return nil
	})
	var slowest time.Duration
	ended := make(chan error, 1)
	go func() { _, err := r.try("stop", "storm"); ended <- err }()
	for range 20 {
		began := time.Now()
		if _, err := r.get("calm"); err != nil {
			t.Error(err)
		}
		slowest = max(slowest, time.Since(began))
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if left := r.of("storm"); len(left) != 0 {
		t.Errorf("left over after stop: %v", left)
	}
	if slowest > 2*time.Second {
		t.Errorf("an answer took %s meanwhile", slowest)
	}
	r.noZombies()
}

// noZombies waits until supervisor and keeper have reaped what has ended.
func (r *rig) noZombies() {
	r.t.Helper()
	info := r.info()
	eventually(r.t, patience, "no zombies", func() error {
		if n := zombies(info.SupervisorPID) + zombies(info.KeeperPID); n != 0 {
			return fmt.Errorf("%d zombies", n)
		}
		return nil
	})
}

func TestOrphansThatEndLeaveNoZombies(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("o", -1, "", fmt.Sprintf("orphans=%d", rounds(50, 1000)), "ready"))
	r.up()
	r.reaches("o", api.Ready)
	r.noZombies()
}

func TestAServiceThatEndsForEverCostsNothingMore(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("crash", -1, `restart = { limit = 0, delay = "1ms", max_delay = "10ms" }`, "linger", "exit=3"))
	r.up()
	pid := r.info().SupervisorPID
	after := func(n int) use {
		eventually(t, 3*time.Minute, fmt.Sprintf("it was restarted %d times", n), func() error {
			s, err := r.get("crash")
			if err == nil && s.Restarts < n {
				err = fmt.Errorf("%d times", s.Restarts)
			}
			return err
		})
		u, err := usage(pid)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	n := rounds(50, 300)
	before := after(n)
	now := after(3 * n)
	// One of its processes more or less may be at work at the moment.
	if now.descriptors > before.descriptors+8 {
		t.Errorf("descriptors grow: %d, then %d: %v", before.descriptors, now.descriptors, descriptors(pid))
	}
	if now.threads > before.threads+6 {
		t.Errorf("threads grow: %d, then %d", before.threads, now.threads)
	}
	if now.rss > before.rss+8<<20 {
		t.Errorf("memory grows: %d KiB, then %d KiB", before.rss>>10, now.rss>>10)
	}
	r.must(0, "stop", "crash")
	if left := r.of("crash"); len(left) != 0 {
		t.Errorf("left over after stop: %v", left)
	}
}

func TestTheStartLimitEndsARestartLoopAndAPersonCanBeginAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("crash", -1, `restart = { limit = 3, window = "1m", delay = "1ms" }`, "print=last words",
		"exit=3"))
	r.up()
	s := r.reaches("crash", api.Failed)
	if s.LastExit == nil || s.LastExit.Code != 3 || len(s.LastExit.Lines) == 0 || s.LastExit.Lines[0] != "last words" {
		t.Errorf("it does not say why: %+v", s.LastExit)
	}
	if len(r.of("crash")) != 0 {
		t.Error("a failed service has a process")
	}
	res := r.must(1, "start", "crash")
	if res.stderr == "" {
		t.Error("start says nothing")
	}
	r.reaches("crash", api.Failed)
}

func TestRestartsOfAServiceOfOursCostNoRequest(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, fmt.Sprintf("[service.files]\nport = %d\nroot = \".\"\n", port))
	r.up()
	was := r.reaches("files", api.Ready)
	loads := []*load{startLoad(port, 3, 0), startKeepAlive(port, 1, 0)}
	for range rounds(10, 60) {
		r.must(0, "restart", "files")
		was = r.replaced("files", was.PID)
	}
	for _, l := range loads {
		if answered, failures := l.end(); len(failures) > 0 || answered == 0 {
			t.Errorf("%d answered, %d failed: %v", answered, len(failures), failures)
		}
	}
}
