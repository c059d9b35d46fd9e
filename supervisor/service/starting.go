//go:build unix

package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/schedule"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/backoff"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// start launches a process as soon as the services that this one comes after
// are ready.
func (a *actor) start() {
	a.nextStart.cancel()
	preparing{a}.drop()
	if a.waitsFor = unready(a.cfg, a.host.Lookup); a.waitsFor != nil {
		a.socket.release() // no process is about to come
		a.move(evWait, a.waitsFor.reason)
		return
	}
	a.launch()
}

// schedule waits for the next time of the service's schedule.
func (a *actor) schedule() {
	a.nextStart.cancel()
	a.startAtNextTime()
	a.move(evSchedule, a.startsAt())
}

// startAtNextTime sets the timer to the next time of the schedule, if there is
// one and the service is to run.
func (a *actor) startAtNextTime() {
	if a.cfg.Schedule == "" || !a.mayRun() {
		return
	}
	times, err := schedule.Parse(a.cfg.Schedule)
	if err == nil { // the configuration was checked when it was loaded
		now := time.Now().In(a.cfg.Location())
		next := times.Next(now)
		if a.cfg.Missed == "run" && !a.lastRun.IsZero() {
			if due := times.Next(a.lastRun.In(now.Location())); due.Before(now) {
				next = now
			}
		}
		a.nextStart.until(next)
	}
}

func (a *actor) startsAt() string { return "starts at " + a.nextStart.at.Format("Mon 15:04:05") }

// launch starts a process, after before_start.
func (a *actor) launch() {
	if !(preparing{a}).prepare() {
		a.launchPrepared()
	}
}

// launchPrepared starts a process.
func (a *actor) launchPrepared() {
	a.nextStart.cancel()
	a.move(evStart, "")
	lost, err := a.socket.open(a.cfg)
	if lost != nil {
		a.log.Note(slog.LevelWarn, lost.Error()+"; another port is taken")
	}
	if err != nil {
		a.log.Note(slog.LevelWarn, "cannot start: "+err.Error())
		a.tryAgain(err)
		return
	}
	r, err := a.processes.start(a.cfg, a.socket.listener, a.restarts, nil)
	var noRoom *process.NoRoomError
	switch {
	case errors.As(err, &noRoom):
		a.log.Note(slog.LevelWarn, err.Error())
		a.tryAgain(err)
		return
	case err != nil:
		a.log.Note(slog.LevelError, err.Error())
		a.cannotExecute(err)
		return
	}
	a.serving = r
	if a.cfg.Schedule != "" {
		a.lastRun = r.started
	}
	a.backoff.Started(a.cfg.Restart, r.started)
	a.log.Note(slog.LevelInfo, fmt.Sprintf("started, pid %d", r.PID))
}

// cannotExecute is for a program that is not there, or not to be executed. That
// may change, so it is tried again; people are told at once.
func (a *actor) cannotExecute(err error) {
	now, policy := time.Now(), a.cfg.Restart
	a.backoff.Started(policy, now)
	if policy.Policy == configs.RestartNever || a.backoff.Exhausted(policy, now) {
		a.lastExit = withoutLines(a.lastExit)
		a.giveUp(err.Error(), err)
		return
	}
	a.backoff.Hopeless()
	a.tryAgain(err)
}

// withoutLines is an exit without the last lines of its process: they do not tell
// why no other one could be started.
func withoutLines(exit *api.Exit) *api.Exit {
	if exit == nil {
		return nil
	}
	silent := *exit // a snapshot has the other one
	silent.Lines = nil
	return &silent
}

// tryAgain goes into backoff when nothing was started: the port, or room for a
// process, may be free soon. So it does not count towards the start limit.
func (a *actor) tryAgain(err error) {
	a.lastExit = withoutLines(a.lastExit)
	a.retry(max(a.restartDelay(), a.cfg.Restart.Delay, retryPause), err.Error(), err)
}

// retryPause is the shortest pause of tryAgain: a delay of 0 must not keep the
// supervisor busy.
const retryPause = time.Millisecond

// restartDelay counts a restart and returns how long to wait before it.
func (a *actor) restartDelay() time.Duration { return backoff.Jitter(a.backoff.Next(a.cfg.Restart)) }

// retry goes into backoff and launches after wait. cause is the error that why
// was made of; nil without one.
func (a *actor) retry(wait time.Duration, why string, cause error) {
	if wait <= 0 {
		a.move(evCrashed, why+" at once")
		a.launch()
		return
	}
	a.nextStart.in(wait)
	if a.backoff.Failing() && cause == nil {
		why = fmt.Sprintf("failed %d times in a row, the last time: %s", a.backoff.Failures(), why)
	}
	a.moveBecause(evCrashed, why, cause)
	if a.backoff.Failures() == backoff.FailingFrom { // once for all tries that follow
		a.log.Note(slog.LevelError, explain.Mark("failing", why))
		a.host.Failed(a.cfg, why)
	}
}

// giveUp leaves the service down until a person starts it, or until the next
// time of its schedule, which may turn out better. cause is the error that why
// was made of; nil without one.
func (a *actor) giveUp(why string, cause error) {
	a.socket.release()
	a.startAtNextTime()
	a.moveBecause(evGaveUp, why, cause)
	a.host.Failed(a.cfg, why)
}

// complete is for a service that has done its work.
func (a *actor) complete(ev event) {
	a.socket.release()
	a.startAtNextTime()
	reason := a.endedSuccessfully()
	if a.nextStart.set() {
		reason += "; " + a.startsAt()
	}
	a.move(ev, reason)
}

// awaitClient opens the service's port without a process; the first client
// starts one. Where the port is taken, the service starts as any other does.
func (a *actor) awaitClient() {
	a.nextStart.cancel()
	if lost, err := a.socket.open(a.cfg); err != nil || a.socket.listener == nil {
		a.start()
		return
	} else if lost != nil {
		a.log.Note(slog.LevelWarn, lost.Error()+"; another port is taken")
	}
	a.move(evListen, "the first client starts it")
	a.demand.await(a.socket.listener, a.env.Log)
}

// preparing carries out before_start for a service.
type preparing struct{ *actor }

// prepare runs before_start, and tells whether there is something to wait for.
func (a preparing) prepare() bool {
	if len(a.cfg.BeforeStart) == 0 {
		return false
	}
	ctx, cancel := context.WithCancel(context.Background())
	p, cfg := &preparation{make(chan error, 1), cancel}, a.cfg
	a.preparation = p
	a.waitsFor = &wait{"runs before_start", Soon}
	a.move(evWait, a.waitsFor.reason)
	a.hooks.Go(func() {
		defer cancel()
		p.done <- a.env.runHook(ctx, cfg, a.log, "before_start", cfg.BeforeStart)
	})
	return true
}

// drop ends the command of before_start, if it runs. Its end decides nothing then.
func (a preparing) drop() {
	if a.preparation != nil {
		a.preparation.cancel()
		a.preparation = nil
	}
}

// prepared goes on with the start that before_start was for.
func (a preparing) prepared(err error) {
	a.preparation, a.waitsFor = nil, nil
	if err == nil {
		a.launchPrepared()
		return
	}
	a.move(evStart, "")
	a.restarts++
	now, policy := time.Now(), a.cfg.Restart
	a.backoff.Started(policy, now)
	switch {
	case policy.Policy == configs.RestartNever, a.backoff.Exhausted(policy, now):
		a.giveUp(err.Error(), err)
	default:
		a.retry(max(a.restartDelay(), policy.Delay), err.Error(), err)
	}
}
