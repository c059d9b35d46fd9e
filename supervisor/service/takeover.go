//go:build unix

package service

import (
	"fmt"
	"log/slog"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// overlaps tells whether a second process can run while the present one serves:
// it gets the same listener, or the program's own listeners are held.
func (a *actor) overlaps() bool {
	return a.cfg.Overlap && len(a.cfg.BeforeStart) == 0 && a.phase.Serving() && (a.cfg.Port >= 0 || a.socket.ports.open())
}

// handOver starts a second process, which will take over.
func (a *actor) handOver(h *handover, why string) {
	r, err := a.processes.start(h.cfg, h.listener, a.restarts, a.serving)
	if err != nil {
		a.socket.ports.report("A handover was not given up", a.socket.ports.held.Abandon())
		h.releaseUnused(a.socket.listener)
		a.refuseHandover(err.Error(), err)
		return
	}
	h.run, a.handover = r, h
	a.log.Note(slog.LevelInfo, fmt.Sprintf("%s: started pid %d to take over from pid %d", why, r.PID, a.serving.PID))
	a.move(evHandOver, fmt.Sprintf("%s: pid %d gets ready to take over", why, r.PID))
}

// takeOver lets the previous process drain, now that the new one is ready.
func (a *actor) takeOver() {
	h, previous := a.handover, a.serving
	a.handover, a.serving = nil, h.run
	a.setConfig(h.cfg)
	a.socket.replace(h.listener)
	a.log.Note(slog.LevelInfo, fmt.Sprintf("pid %d has taken over; pid %d drains", h.run.PID, previous.PID))
	a.env.Log.Info("Service handed over", "service", a.name, "pid", h.run.PID, "draining", previous.PID)
	if listeners, drains := a.socket.ports.takeOver(); drains {
		previous.finishRequests(listeners)
	} else {
		a.socket.ports.succeed(h.run.launch)
		previous.terminate("handed over")
	}
	a.move(evTookOver, "")
	a.checkPlace(a.serving)
}

// succeedCrashed makes the new process the service's own, since the one that it
// was to take over from has ended. It may not be ready yet.
func (a *actor) succeedCrashed(how string) {
	h := a.handover
	a.handover, a.serving = nil, h.run
	a.setConfig(h.cfg)
	a.socket.ports.succeed(h.run.launch)
	a.socket.abandon(h.listener)
	a.move(evCrashed, fmt.Sprintf("%s; pid %d takes its place", how, h.run.PID))
}

// rollBack gives up on the new process, which may have ended already; the
// previous one still serves.
func (a *actor) rollBack(why string) {
	pid := a.handover.run.PID
	a.dropHandover("the previous process goes on")
	a.refuseHandover(fmt.Sprintf("its new process, pid %d, %s", pid, why), nil)
}

// dropHandover ends the new process without a word to those who asked for it.
// The caller moves on to another phase.
func (a *actor) dropHandover(why string) {
	if h := a.handover; h != nil {
		h.run.terminate(why)
		a.socket.ports.report("A handover was not given up", a.socket.ports.held.Abandon())
		h.releaseUnused(a.socket.listener)
		a.handover = nil
	}
}

// refuseHandover answers the commands that wanted a new process: the present
// one still serves.
func (a *actor) refuseHandover(why string, cause error) {
	text := fmt.Sprintf("%s; pid %d goes on serving", why, a.serving.PID)
	reason := "not restarted: " + text
	a.log.Note(slog.LevelError, reason)
	a.env.Log.Warn("Service not handed over", "service", a.name, "reason", text)
	a.waiters.answer(failedCommand("handover-failed", cause, "cannot restart %s: %s", a.name, text),
		restart, reconfigure)
	if a.phase == api.HandingOver {
		a.move(evRolledBack, reason)
	} else {
		a.reason = reason
	}
}
