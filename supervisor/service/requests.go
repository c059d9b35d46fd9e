//go:build unix

package service

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// requests carries out what comes to the service from outside: commands, and
// news of its timer, its dependencies and its files.
type requests struct{ *actor }

// goDown stops the service because the instance goes down.
func (a requests) goDown() {
	a.waiters.answer(conflict("%s is ending", a.name), wantRunning()...)
	a.stop("the instance is going down")
}

// command carries out a command. Its answer comes with the event that decides
// it.
func (a requests) command(c command) {
	switch {
	case c.kind == sendSignal:
		c.done <- a.sendSignal(c.sent)
		return
	case c.kind == forceStop:
		c.done <- nil
		a.forceStop("killed, as asked")
		return
	case a.ending() && c.kind != stop && c.kind != remove:
		c.done <- conflict("%s is ending", a.name)
		return
	}
	again := c.kind == stop && a.wanted == Stop && a.phase == api.Stopping
	switch c.kind {
	case start, restart:
		a.want(Run)
		if a.phase == api.Stopping { // it starts as soon as its process has ended
			a.pending = nil
		}
	case stop:
		if !a.ending() {
			a.want(Stop)
		}
	case remove:
		a.want(Removed)
	}
	a.waiters.add(c)
	switch c.kind {
	case start:
		if !a.phase.Running() && a.phase != api.Stopping && a.preparation == nil {
			a.backoff.Reset()
			a.start()
		}
	case begin:
		a.begin()
	case restart:
		a.restart("restarting")
	case reconfigure:
		a.reconfigure(c.cfg)
	case amend:
		a.amend(c.cfg)
		a.dependenciesChanged()
	case stop:
		a.stop("stopped by hand")
		if again {
			a.forceStop("stopped by hand a second time; killed")
		}
		if a.phase == api.Stopped {
			a.reason = stoppedByHand(a.name)
		}
	case remove:
		a.stop("ending")
	}
	a.answerPhase()
}

// sendSignal sends a signal to the process of the service. Its consequences are
// handled as if the process had caused them itself.
func (a requests) sendSignal(sent signalRequest) error {
	r := a.serving
	if r == nil && len(a.processes.all) > 0 {
		r = a.processes.all[len(a.processes.all)-1]
	}
	if r == nil {
		return conflict("%s has no process to send a signal to: it is %s", a.name, a.phase)
	}
	name := unix.SignalName(sent.signal)
	if sent.all {
		a.log.Note(slog.LevelInfo, fmt.Sprintf("sent %s to every process of it, as asked", name))
		r.SignalAll(sent.signal, r.tree)
		return nil
	}
	a.log.Note(slog.LevelInfo, fmt.Sprintf("sent %s to pid %d, as asked", name, r.PID))
	r.Signal(sent.signal)
	return nil
}

// begin starts a service that has never been started under this supervisor.
func (a requests) begin() {
	switch {
	case a.phase != api.Stopped || a.wanted != Run:
	case !a.cfg.Autostart:
		a.wanted, a.reason = Stop, "autostart is false; to start it: ammarctl start "+a.name
		a.waiters.answer(nil, begin)
	case a.cfg.Schedule != "":
		a.schedule()
	case a.cfg.OnDemand():
		a.awaitClient()
	default:
		a.start()
	}
}

// reconfigure puts cfg in force, with a new process.
func (a requests) reconfigure(cfg configs.Service) {
	const why = "its configuration changed"
	if a.finishing() && a.overlaps() {
		a.pending = func() { a.reconfigure(cfg) }
		return
	}
	a.dropHandover(why + " meanwhile")
	moves := a.cfg.Bind != cfg.Bind || a.cfg.Port != cfg.Port
	if a.overlaps() && cfg.Overlap && (cfg.Port >= 0) == (a.cfg.Port >= 0) && cfg.Takeover == a.cfg.Takeover {
		h := &handover{cfg: cfg, listener: a.socket.listener}
		if moves && cfg.Port >= 0 {
			ln, err := a.env.Listeners.Open(cfg, cfg.Port)
			if err != nil {
				a.refuseHandover(err.Error(), err)
				return
			}
			h.listener = ln
		}
		a.handOver(h, why)
		return
	}
	toggled := cfg.Takeover != a.cfg.Takeover
	if a.phase.Serving() {
		if err := a.env.executable(cfg); err != nil {
			a.refuseHandover(err.Error(), err)
			return
		}
	}
	a.setConfig(cfg)
	if moves {
		a.socket.forgetPort()
	}
	if moves || toggled {
		a.socket.release()
	}
	switch {
	case a.wanted != Run, a.phase == api.Done && cfg.Schedule == "":
		a.waiters.answer(nil, reconfigure) // there is no process to replace
	case cfg.Schedule != "" && a.serving == nil && a.phase != api.Stopping:
		a.schedule()
	case a.phase == api.OnDemand && cfg.OnDemand():
		a.awaitClient()
	default:
		a.replace(why)
	}
}

// amend puts cfg in force, which differs only in keys that need no new process.
func (a requests) amend(cfg configs.Service) {
	if h := a.handover; h != nil {
		if !amendable(h.cfg, cfg) { // it was for a configuration that is not wanted any more
			a.rollBack("was started with another configuration")
		} else {
			h.cfg = cfg
			h.run.amend(cfg)
		}
	}
	a.setConfig(cfg)
	if a.serving != nil {
		a.serving.amend(cfg)
	}
	if a.phase == api.OnDemand && !cfg.OnDemand() {
		a.start()
	}
	a.waiters.answer(nil, amend)
}

// amendable tells whether a process needs no restart to change from one
// configuration to the other.
func amendable(from, to configs.Service) bool {
	for _, d := range configs.Diff(from, to) {
		if !configs.AppliesInPlace(d.Key) {
			return false
		}
	}
	return true
}

// timerFired starts the service, now that the time of its next start has come.
func (a requests) timerFired() {
	a.nextStart.cancel()
	if a.phase == api.Backoff || a.phase == api.Failing { // it had started before, so its dependencies were ready
		a.launch()
		return
	}
	a.start()
}

// dependenciesChanged starts a service that waited for another, and stops one
// that cannot do without.
func (a requests) dependenciesChanged() {
	switch {
	case a.phase == api.Waiting && a.preparation == nil:
		a.start()
	case a.phase.Running():
		if why := missing(a.cfg, a.host.Lookup); why != "" {
			a.endServing(why, why) // it starts again as soon as that is ready
		}
	}
}

// fileChanged restarts a service of which a watched file changed, even one that
// failed with the previous content.
func (a requests) fileChanged(path string) {
	scheduled := a.phase == api.Scheduled || a.phase == api.OnDemand || a.phase == api.Done && a.nextStart.set()
	if scheduled || !a.mayRun() {
		return
	}
	if relative, err := filepath.Rel(a.cfg.Dir, path); err == nil {
		path = relative
	}
	why := path + " changed"
	a.log.Note(slog.LevelInfo, why)
	a.restart(why)
}

// clientCame starts a service whose first client waits.
func (a requests) clientCame() {
	if a.phase == api.OnDemand {
		a.log.Note(slog.LevelInfo, "a client has come")
		a.start()
	}
}
