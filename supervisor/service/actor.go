//go:build unix

package service

import (
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/backoff"
	"github.com/ammarctl/ammarctl/supervisor/logs"
)

// Host is the supervisor as a service sees it. Its methods are called from the
// service's goroutine, and must not wait for that.
type Host interface {
	// Lookup is another service of the instance; nil when there is none.
	Lookup(name string) *Snapshot
	// Changed tells that the service's snapshot is another one. moved tells that
	// services which depend on this one must look again.
	Changed(moved bool)
	// Persist returns when the state file holds the present snapshots. It is
	// called before anything follows from a service that is done or has failed.
	Persist()
	// Failed tells that the service has given up, or has failed five times in a
	// row and is tried again.
	Failed(cfg configs.Service, why string)
}

// actor is one service: where it stands, its processes, and what can be done
// with them. One goroutine, Serve, owns it.
//
// The machine says where the service stands. Some phases have a field of their
// own, which is set during the phase: handover, waitsFor, nextStart.
type actor struct {
	machine
	env  *Environment
	host Host
	log  *logs.Log

	cfg         configs.Service // in force; set by setConfig
	serving     *run            // the process that serves, or is about to
	handover    *handover
	waitsFor    *wait
	preparation *preparation   // its before_start, which the phase waiting is for
	hooks       sync.WaitGroup // the goroutines of before_start
	nextStart   startTimer

	processes processes
	socket    socket
	demand    demand
	files     watchedFiles
	measures  measures
	backoff   backoff.Backoff
	restarts  int
	lastExit  *api.Exit
	lastRun   time.Time // when a scheduled service was last started; zero: never
	// pending is the next change of the process, for when the one that was
	// replaced has ended; nil when there is none.
	pending func()
}

// setConfig puts a configuration in force. It is the only place where one
// enters; every policy is derived from it when it is used.
func (a *actor) setConfig(cfg configs.Service) {
	a.cfg = cfg
	a.measures.requests.setFormat(cfg.LogFormat)
	a.files.set(cfg.Dir, cfg.Watch)
}

// facts decide between transitions of the same phase and event.
func (a *actor) facts() facts {
	return facts{
		othersRemain: len(a.others()) > 0,
		hasBeenReady: a.serving != nil && a.serving.hasBeenReady(),
		probeFails:   a.serving != nil && a.serving.trouble() != "",
		keepsFailing: a.backoff.Failing(),
	}
}

// others are the processes that are to end: they drain, or were not needed.
func (a *actor) others() []*run { return a.processes.besides(a.serving, a.successor()) }

// successor is the process that is about to take over; nil when there is none.
func (a *actor) successor() *run {
	if a.handover == nil {
		return nil
	}
	return a.handover.run
}

// move takes a transition of the table, and gives the answers that the new
// phase decides.
func (a *actor) move(ev event, reason string) { a.moveBecause(ev, reason, nil) }

// moveBecause is move with the error that the reason was made of.
func (a *actor) moveBecause(ev event, reason string, cause error) {
	if a.phase == api.OnDemand {
		a.demand.stop()
	}
	if a.machine.move(ev, reason, a.facts()) {
		if cause != nil {
			a.cause = cause
		}
		a.answerPhase()
	}
}

// answerPhase answers the commands that the present phase decides.
func (a *actor) answerPhase() {
	switch a.phase {
	case api.Ready:
		a.waiters.answer(nil, start, begin, restart, reconfigure, settle)
	case api.Draining, api.Degraded:
		a.waiters.answer(nil, start, begin, settle)
		if len(a.others()) == 0 { // a restart is over when the previous process has ended
			a.waiters.answer(nil, restart, reconfigure)
		}
	case api.HandingOver:
		a.waiters.answer(nil, start, begin, settle)
	case api.Scheduled, api.OnDemand:
		a.waiters.answer(nil, begin, reconfigure, settle)
	case api.Stopped:
		a.waiters.answer(nil, stop, remove)
		if !a.mayRun() {
			a.waiters.answer(nil, settle)
		}
	case api.Done:
		if a.cfg.Oneshot {
			a.waiters.answer(nil, wantRunning()...)
		}
		a.waiters.answer(conflict("%s %s before it was ready", a.name, a.endedSuccessfully()), wantRunning()...)
		a.waiters.answer(nil, settle)
	case api.Failed, api.Failing:
		err := failedCommand("start-failed", a.cause, "cannot start %s: %s", a.name, a.reason)
		err.Message += a.lastWords()
		a.waiters.answer(err, wantRunning()...)
		a.waiters.answer(nil, settle)
	case api.Waiting:
		if a.waitsFor.outlook == Never {
			a.waiters.answer(failedCommand("dependency-down", nil, "cannot start %s yet: it %s", a.name, a.reason),
				wantRunning()...)
		}
		if a.waitsFor.outlook != Soon {
			a.waiters.answer(nil, settle)
		}
	case api.Backoff:
		if a.socket.listener == nil && a.cfg.Port >= 0 {
			a.waiters.answer(failedCommand("start-failed", a.cause, "cannot start %s: %s", a.name, a.reason), wantRunning()...)
		}
		if a.cause != nil || a.nextStart.set() && time.Until(a.nextStart.at) > settlePatience {
			a.waiters.answer(nil, settle)
		}
	}
}

// settlePatience is the longest delay of a restart that a service still comes to
// rest after.
const settlePatience = 5 * time.Second

// endedSuccessfully says how the service ended.
func (a *actor) endedSuccessfully() string {
	if a.lastExit == nil {
		return "ended by itself: exit status 0"
	}
	return "ended by itself: " + a.lastExit.Text
}

// lastWords are the last lines of the process, for an error text.
func (a *actor) lastWords() string {
	if a.lastExit == nil || len(a.lastExit.Lines) == 0 {
		return ""
	}
	return "\n  " + strings.Join(a.lastExit.Lines, "\n  ")
}
