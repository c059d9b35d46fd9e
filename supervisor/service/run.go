//go:build unix

package service

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/humanize"
	kinds "github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/sample"
	"github.com/ammarctl/ammarctl/supervisor/takeover"
)

const (
	// readyGrace is how long a process that has no way to report readiness must
	// stay alive to count as ready.
	readyGrace = 300 * time.Millisecond
	// persistRetry is the pause before persist is tried again.
	persistRetry = time.Second
)

// run is one process of a service. The service's goroutine owns it; follow only
// forwards what happens to it.
type run struct {
	*process.Process
	cfg    configs.Service // with which it was launched, and what was amended since
	launch int
	paths  Paths
	tree   process.Tree
	// afterStop runs after_stop; nil without it. impatience ends it early, and
	// is ended by hurry.
	afterStop  func(context.Context)
	impatience context.Context
	hurry      context.CancelFunc
	started    time.Time
	logMark    uint64    // the newest log line when it was started
	readyAt    time.Time // zero until it is ready
	// deadline is when it must be ready, or have ended; zero when there is none.
	deadline time.Time
	ending   ending
	why      string // the reason of ending

	// listener is what it was passed, nil without one; the service's own may be
	// another one since.
	listener   *listener.Listener
	unfiltered takeover.Reason // why its ports are not held
	listens    []takeover.Address
	misplaced  string // that it listens elsewhere than expected; empty while it does not
	drain      *drain // nil: it has not been replaced

	readiness readiness
	stored    stored
	status    string // its own one-line text
	unhealthy string // how its probe fails; empty while it does not
	sampled   sample.Sample
	wrote     bool // a line of its own
	watcher   *watcher
	timers    timers
}

// ending is how far the end of a process has come.
type ending int

const (
	living   ending = iota
	replaced        // it finishes its requests, and gets its stop signal then
	asked           // it got its stop signal
	timedOut        // it was killed, because its stop_timeout or a person's patience was over
	hanged          // it lived and did not work, and was killed without being asked
	gone            // it has ended
)

// drain is a process that was replaced and answers the requests that it has.
// New clients get to its successor.
type drain struct {
	listeners []uint32 // its own, by inode
	since     time.Time
	// members are the processes of the launch, as they were at the time counted.
	members []int
	counted time.Time
	clean   int // looks in a row that found nothing left
}

// readiness is how a process can report that it is ready, and what it has said.
type readiness struct {
	notified  bool // it has spoken on its notify socket
	announced bool // it has said itself that it is ready
	// usesPassed tells that it uses the listener that it was passed.
	usesPassed bool
	expected   bool // it is to say so, because the process that it takes over from did
	// unheard tells that it may have announced it to a supervisor that is gone.
	unheard bool
	// listening tells that it counts as ready because it listens, and listens
	// that this one is to do so, because the previous process did.
	listening, listens bool
}

// stored tells what the next supervisor would find of a process.
type stored struct{ notify, ready bool }

// timers fire into follow. All are stopped at first.
type timers struct {
	readyGrace    *time.Timer // then it is ready, having said nothing
	startDeadline *time.Timer // then it has taken too long to get ready
	killDeadline  *time.Timer // then it has taken too long to end
	watchdog      *time.Timer // then it has not been heard for too long
	maxRuntime    *time.Timer // then it is replaced
	persist       *time.Timer // then persist is tried again
	drain         *time.Timer // then its open requests are counted again
}

func (t timers) all() []*time.Timer {
	return []*time.Timer{t.readyGrace, t.startDeadline, t.killDeadline, t.watchdog, t.maxRuntime, t.persist, t.drain}
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

func newRun(p *process.Process, cfg configs.Service, launch int, paths Paths, marks []string) *run {
	r := &run{
		Process: p, cfg: cfg, launch: launch, paths: paths, tree: process.Tree{Marks: marks, Cgroup: paths.group},
		timers: timers{stoppedTimer(), stoppedTimer(), stoppedTimer(), stoppedTimer(), stoppedTimer(), stoppedTimer(),
			stoppedTimer()},
	}
	r.impatience, r.hurry = context.WithCancel(context.Background())
	return r
}

// runEvent is something that happened to a process.
type runEvent struct {
	run     *run
	kind    runEventKind
	message process.Message // of spoke
	result  result          // of observed
}

type runEventKind int

const (
	spoke    runEventKind = iota // on its notify socket
	observed                     // by its watcher
	ended
	graceElapsed
	startTimedOut
	stopTimedOut
	watchdogElapsed
	maxRuntimeReached
	persistDue
	drainDue
)

// onlyMeasured tells whether the event is a sample and nothing else.
func (e runEvent) onlyMeasured() bool { return e.kind == observed && e.result.sample != nil }

// follow forwards events of the run until it has ended. The receiver must
// receive for as long.
func (r *run) follow(to chan<- runEvent) {
	for {
		select {
		case m := <-r.Messages:
			to <- runEvent{run: r, kind: spoke, message: m}
		case res := <-r.watcher.results():
			to <- runEvent{run: r, kind: observed, result: res}
		case <-r.timers.readyGrace.C:
			to <- runEvent{run: r, kind: graceElapsed}
		case <-r.timers.startDeadline.C:
			to <- runEvent{run: r, kind: startTimedOut}
		case <-r.timers.killDeadline.C:
			to <- runEvent{run: r, kind: stopTimedOut}
		case <-r.timers.watchdog.C:
			to <- runEvent{run: r, kind: watchdogElapsed}
		case <-r.timers.maxRuntime.C:
			to <- runEvent{run: r, kind: maxRuntimeReached}
		case <-r.timers.persist.C:
			to <- runEvent{run: r, kind: persistDue}
		case <-r.timers.drain.C:
			to <- runEvent{run: r, kind: drainDue}
		case <-r.Done:
			for _, t := range r.timers.all() {
				t.Stop()
			}
			r.watcher.stop()
			if r.afterStop != nil {
				r.afterStop(r.impatience)
			}
			r.hurry()
			to <- runEvent{run: r, kind: ended}
			return
		}
	}
}

func (r *run) hasBeenReady() bool { return !r.readyAt.IsZero() }

// reportsReadiness tells whether readiness is for the process itself to report.
func (r *run) reportsReadiness() bool {
	return r.readiness.notified || r.readiness.expected || builtin(r.cfg)
}

// builtin tells whether the program is one of this project.
func builtin(cfg configs.Service) bool { return kinds.Of(cfg.Kind).Builtin }

// waitForReady limits how long the process may take to get ready. One that has
// no way to report it is ready after readyGrace.
func (r *run) waitForReady() {
	if r.cfg.StartTimeout > 0 && !r.cfg.Oneshot {
		r.timers.startDeadline.Reset(r.cfg.StartTimeout)
		r.deadline = time.Now().Add(r.cfg.StartTimeout)
	}
	if r.cfg.Probe == nil && r.cfg.ReadyLog == "" && !r.cfg.Oneshot && !r.reportsReadiness() {
		r.timers.readyGrace.Reset(readyGrace)
	}
}

// limitRuntime starts the timer of max_runtime.
func (r *run) limitRuntime() {
	r.timers.maxRuntime.Stop()
	if r.cfg.MaxRuntime > 0 {
		r.timers.maxRuntime.Reset(max(0, r.cfg.MaxRuntime-time.Since(r.started)))
	}
}

// trouble says what is wrong with a process that serves; empty: nothing.
func (r *run) trouble() string {
	if r.unhealthy != "" {
		return r.unhealthy
	}
	return r.misplaced
}

// feedWatchdog gives a process that has a watchdog its full time again, see
// sd_watchdog_enabled(3).
func (r *run) feedWatchdog() {
	if r.cfg.Watchdog > 0 && r.ending == living {
		r.timers.watchdog.Reset(r.cfg.Watchdog)
	}
}

// amend takes over a configuration that differs only in amendable keys.
func (r *run) amend(cfg configs.Service) {
	r.cfg = cfg
	r.limitRuntime()
}

// terminate asks the process to end; a second call does nothing.
func (r *run) terminate(why string) {
	if r.ending != living && r.ending != replaced {
		return
	}
	r.ending, r.why = asked, why
	r.stopWatching()
	r.timers.drain.Stop()
	r.Terminate(signalNumber(r.cfg.StopSignal), r.tree)
	r.timers.killDeadline.Reset(r.cfg.StopTimeout)
	r.deadline = time.Now().Add(r.cfg.StopTimeout)
}

// finishRequests leaves the process its time to answer the requests that it
// has. Its stop signal comes when it has none, or after drain_timeout.
func (r *run) finishRequests(listeners []uint32) {
	if r.ending != living {
		return
	}
	r.ending, r.why = replaced, "handed over"
	r.drain = &drain{listeners: listeners, since: time.Now()}
	r.stopWatching()
	r.deadline = time.Now().Add(r.cfg.DrainTimeout + r.cfg.StopTimeout)
	r.timers.drain.Reset(0)
}

// stopWatching stops the timers of a process that serves, or is to.
func (r *run) stopWatching() {
	for _, t := range []*time.Timer{
		r.timers.readyGrace, r.timers.startDeadline, r.timers.watchdog, r.timers.maxRuntime, r.timers.persist,
	} {
		t.Stop()
	}
}

// killNow kills a process that is still ending, without waiting for its
// stop_timeout.
func (r *run) killNow(why string) {
	if r.ending == gone {
		return
	}
	r.terminate(why)
	r.ending, r.why = timedOut, why
	r.timers.killDeadline.Stop()
	r.hurry()
	r.Kill()
}

// killAfterTimeout kills a process that outlived its stop_timeout, and returns
// the reason.
func (r *run) killAfterTimeout() string {
	r.ending = timedOut
	r.why = fmt.Sprintf("did not end within %s of SIG%s; killed", humanize.Setting(r.cfg.StopTimeout), r.cfg.StopSignal)
	r.Kill()
	return r.why
}

// killHung kills a process that lives and does not work, and tells whether it
// did. It leaves a process that is ending to its stop_timeout.
func (r *run) killHung(why string) bool {
	if r.ending != living {
		return false
	}
	r.ending, r.why = hanged, why
	r.Kill()
	return true
}

// describeEnd says how the process ended, for a person.
func (r *run) describeEnd(exit string) string {
	if r.ending == hanged {
		return r.why + "; killed"
	}
	return exit
}

// signalNumber is the signal of a name that the configuration accepts.
func signalNumber(name string) syscall.Signal {
	if sig := unix.SignalNum("SIG" + name); sig != 0 {
		return sig
	}
	return unix.SIGTERM
}
