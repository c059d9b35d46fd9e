//go:build unix

package service

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// monitor turns what happens to processes into events of the state machine.
type monitor struct{ *actor }

// happened handles an event of a process.
func (a monitor) happened(e runEvent) {
	r := e.run
	switch e.kind {
	case spoke:
		a.hear(r, e.message)
	case observed:
		switch {
		case e.result.sample != nil:
			a.measured(r, e.result)
		case e.result.logged:
			a.ready(r)
		case e.result.unused:
			a.unused(r)
		default:
			a.probed(r, e.result.probe)
		}
	case graceElapsed:
		a.graceElapsed(r)
	case drainDue:
		a.drainDue(r)
	case persistDue:
		a.processes.persist(r)
	case startTimedOut:
		a.startTimedOut(r)
	case stopTimedOut:
		why := r.killAfterTimeout()
		a.log.Note(slog.LevelWarn, explain.Mark("stop-timeout", why))
		if r == a.serving {
			a.reason = why
		}
	case watchdogElapsed:
		a.killHung(r, "watchdog-silent", fmt.Sprintf("its watchdog was not heard for %s", humanize.Setting(r.cfg.Watchdog)))
	case maxRuntimeReached:
		a.restartAfterMaxRuntime(r)
	case ended:
		a.processEnded(r)
	}
}

// hear handles a message of a process.
func (a monitor) hear(r *run, m process.Message) {
	r.readiness.notified = true
	a.processes.setStatus(r, m.Status)
	if m.Ready {
		r.readiness.announced = true
		a.ready(r)
	}
	if m.Watchdog || m.Ready {
		r.feedWatchdog()
	}
}

// ready handles the news that a process is ready.
func (a monitor) ready(r *run) {
	if !r.hasBeenReady() {
		r.readyAt = time.Now()
		r.timers.startDeadline.Stop()
		a.processes.persist(r)
	}
	switch {
	case r.ending != living:
	case r == a.successor():
		a.takeOver()
	case r == a.serving && a.phase == api.Starting:
		a.move(evReady, "")
		a.checkPlace(r)
	}
}

func (a monitor) startTimedOut(r *run) {
	why := fmt.Sprintf("was not ready within %s", humanize.Setting(r.cfg.StartTimeout))
	if r == a.successor() {
		a.rollBack(why)
		return
	}
	a.killHung(r, "start-timeout", why)
}

// killHung kills a process that does not work; its end counts as a crash.
// The service's log gets the reason with the code of its story.
func (a monitor) killHung(r *run, code, why string) {
	if r.killHung(why) {
		a.log.Note(slog.LevelWarn, explain.Mark(code, why+"; killed"))
	}
}

func (a monitor) restartAfterMaxRuntime(r *run) {
	if r != a.serving || !a.phase.Running() {
		return
	}
	why := fmt.Sprintf("it has run for %s, which is max_runtime", humanize.Setting(r.cfg.MaxRuntime))
	a.log.Note(slog.LevelInfo, why)
	a.restart(why)
}

// measured handles a sample of a process.
func (a monitor) measured(r *run, seen result) {
	a.seen(r, seen.listens)
	if r == a.serving && !builtin(r.cfg) {
		a.measures.complete(seen.sample, listensOf(a.actor))
	}
	r.sampled = *seen.sample
	r.wrote = r.wrote || len(a.processes.linesSince(r.logMark)) > 0
	if r == a.serving {
		a.measures.add(*seen.sample, seen.idle)
		if a.phase == api.Ready || a.phase == api.Degraded {
			a.socket.ports.held.Audit(time.Now())
		}
	}
	if r.readiness.unheard && seen.sample.Reported { // it shows its metrics, so it serves
		r.readiness.unheard = false
		a.ready(r)
	}
	if limit := r.cfg.Limits.Memory; limit > 0 && r.sampled.RSSBytes > limit {
		a.killHung(r, "memory-limit", fmt.Sprintf("it has %s of memory, limits.memory is %s",
			humanize.Bytes(r.sampled.RSSBytes), humanize.Bytes(limit)))
	}
}

// probed handles the answer of a process's probe; nil is success.
func (a monitor) probed(r *run, err error) {
	switch {
	case r.ending != living:
	case err == nil && r.unhealthy != "":
		r.unhealthy = ""
		reason := ""
		if a.phase == api.HandingOver {
			reason = a.reason
		}
		if r.misplaced != "" && a.phase == api.Degraded {
			a.reason = r.misplaced
			return
		}
		a.move(evProbePassed, reason)
	case err == nil && !r.reportsReadiness():
		a.ready(r)
	case err == nil || r != a.serving:
	case a.phase == api.Starting:
		a.reason = "not ready yet: " + err.Error()
	case a.phase.Serving():
		a.probeFailed(r, err)
	}
}

// probeFailed handles a failure of the serving process's probe.
func (a monitor) probeFailed(r *run, err error) {
	first := r.unhealthy == ""
	r.unhealthy = err.Error()
	switch {
	case a.phase == api.HandingOver:
		if first {
			a.move(evProbeFailed, a.reason)
		}
		return // a new process is on its way
	case first:
		a.move(evProbeFailed, r.unhealthy)
	}
	if r.cfg.Probe.Restart {
		a.restartUnhealthy(r)
	}
}

// restartUnhealthy restarts a degraded service, as often as the start limit
// allows.
func (a monitor) restartUnhealthy(r *run) {
	if a.finishing() { // the probe fails again later
		return
	}
	now, policy := time.Now(), a.cfg.Restart
	if a.backoff.Exhausted(policy, now) {
		a.reason = fmt.Sprintf("%s; not restarted any more: %d starts within %s",
			r.unhealthy, a.backoff.Starts(policy, now), humanize.Setting(policy.Window))
		return
	}
	why := "restarting: " + r.unhealthy
	a.log.Note(slog.LevelWarn, why)
	a.restarts++
	if a.overlaps() {
		a.backoff.Started(policy, now)
		a.handOver(&handover{cfg: a.cfg, listener: a.socket.listener}, why)
		return
	}
	a.endServing(why, why)
}

// processEnded handles the end of a process.
func (a monitor) processEnded(r *run) {
	background := a.inBackground(r)
	exit, outOfMemory := a.processes.cleanup(r)
	if outOfMemory {
		a.log.Note(slog.LevelWarn, "the system has killed a process of it, which had more memory than limits.memory, "+
			humanize.Bytes(r.cfg.Limits.Memory))
	}
	a.lastExit = &exit
	how := r.describeEnd(exit.Text)
	r.ending = gone
	switch r {
	case a.successor():
		a.rollBack("ended before it was ready: " + exit.Text)
	case a.serving:
		a.serving = nil
		if r.hasBeenReady() {
			a.backoff.Healthy(a.cfg.Restart, time.Since(r.readyAt))
		}
		if a.phase == api.Stopping {
			a.log.Note(slog.LevelInfo, "stopped: "+exit.Text)
		} else {
			a.crashed(how, exit)
		}
		if background && a.phase == api.Done {
			a.log.Note(slog.LevelWarn, wentToBackground)
			a.reason = wentToBackground
		}
	default:
		a.log.Note(slog.LevelInfo, fmt.Sprintf("pid %d has drained: %s", r.PID, exit.Text))
		if r.drain != nil {
			a.socket.finish(a.cfg)
		}
	}
	if len(a.others()) == 0 {
		a.drained()
	}
}

// wentToBackground is the reason of a program that leaves its work to a process
// which it does not wait for.
const wentToBackground = "it went into the background, where it cannot be kept alive, and was ended; " +
	"start it with its option for the foreground"

// inBackground tells whether a process that ended successfully left others
// behind, as daemons do.
func (a monitor) inBackground(r *run) bool {
	exit := r.Exit()
	if r != a.serving || r.ending != living || r.cfg.Oneshot || exit.Signal != "" || exit.Code != 0 {
		return false
	}
	return len(a.socket.ports.members(r.launch)) > 0
}

// drained handles the end of the last process besides the one that serves.
func (a monitor) drained() {
	switch {
	case a.pending != nil && a.phase.Serving():
		next := a.pending
		a.pending = nil
		next()
	case a.phase == api.Draining:
		a.move(evDrained, a.reason) // it may tell of a new process that did not get ready
	case a.phase == api.Degraded:
		a.answerPhase()
	case a.phase == api.Stopping && a.serving == nil:
		a.stopped()
	}
}

// stopped handles the end of a stopping service's last process.
func (a monitor) stopped() {
	reason := ""
	if a.wanted == Stop {
		reason = stoppedByHand(a.name)
	}
	if !a.mayRun() {
		a.socket.release()
	}
	next := a.pending
	a.pending = nil
	a.move(evExited, reason)
	switch {
	case !a.mayRun():
	case next != nil:
		next()
	default:
		a.start()
	}
}

func stoppedByHand(name string) string {
	return fmt.Sprintf("stopped by hand; to start it: ammarctl start %s", name)
}

// crashed handles the unexpected end of the serving process.
func (a monitor) crashed(how string, exit api.Exit) {
	now, policy := time.Now(), a.cfg.Restart
	success := exit.Signal == "" && a.cfg.Success(exit.Code)
	level := slog.LevelWarn
	if success && policy.Policy != configs.RestartAlways {
		level = slog.LevelInfo
	}
	a.log.Note(level, "exited by itself: "+how)
	if a.handover != nil {
		a.succeedCrashed(how)
		return
	}
	if a.finishing() {
		defer a.changeAfterCrash(a.pending)
		a.cutDrain(how)
		a.socket.finish(a.cfg)
	}
	switch {
	case success && a.cfg.OnDemand():
		a.awaitClient()
	case success && policy.Policy != configs.RestartAlways:
		if a.cfg.Share != nil && a.cfg.Share.Once {
			a.wanted = Removed
		}
		a.complete(evSucceeded)
		if a.wanted == Removed {
			a.stop("everything has been downloaded")
		}
	case policy.Policy == configs.RestartNever:
		a.giveUp(fmt.Sprintf("exited by itself: %s; restart.policy is never", how), nil)
	case a.backoff.Exhausted(policy, now):
		why := fmt.Sprintf("started %d times within %s, the last time: %s; gave up",
			a.backoff.Starts(policy, now), humanize.Setting(policy.Window), how)
		a.log.Note(slog.LevelError, explain.Mark("gave-up", why))
		a.giveUp(why, nil)
	default:
		a.restarts++
		a.retry(a.restartDelay(), fmt.Sprintf("%s; restart %d", how, a.restarts), nil)
	}
}

// changeAfterCrash makes the change that waited for the previous process, which
// the end of the serving one has overtaken.
func (a monitor) changeAfterCrash(change func()) {
	if change != nil && (a.phase == api.Backoff || a.phase == api.Failing) {
		change()
	}
}

// unused ends the process of a service that had no client for idle_stop. The
// next client starts another one.
func (a monitor) unused(r *run) {
	if r != a.serving || a.phase != api.Ready || !a.cfg.OnDemand() {
		return
	}
	why := fmt.Sprintf("no client for %s, which is idle_stop", humanize.Setting(r.cfg.IdleStop))
	a.log.Note(slog.LevelInfo, why)
	a.endServing(why, why)
	a.pending = a.awaitClient
}
