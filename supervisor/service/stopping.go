//go:build unix

package service

import (
	"fmt"
	"log/slog"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// stop ends the service. Whether it starts again afterwards depends on what is
// wanted then.
func (a *actor) stop(why string) {
	a.nextStart.cancel()
	a.waitsFor = nil
	preparing{a}.drop()
	switch {
	case a.phase.Running():
		a.endServing(why, fmt.Sprintf("%s; killed if it is not gone in %s", why, humanize.Setting(a.cfg.StopTimeout)))
	case a.phase == api.Stopped:
		a.reason = ""
	case a.phase != api.Stopping:
		a.cutDrain(why)
		a.move(evStop, "")
	}
	if a.serving == nil {
		a.socket.release()
	}
}

// forceStop kills what is left of a service that is stopping or draining.
func (a *actor) forceStop(why string) {
	if a.phase.Running() {
		a.stop(why)
	}
	for _, r := range a.processes.all {
		r.killNow(why)
	}
	if len(a.processes.all) > 0 {
		a.log.Note(slog.LevelWarn, why)
		a.reason = why
	}
}

// endServing asks the serving process to end, and the one that was to take over
// from it.
func (a *actor) endServing(why, reason string) {
	a.dropHandover(why)
	a.cutDrain(why)
	a.serving.terminate(why)
	a.move(evStop, reason)
}

// restart replaces the process: by a handover where two can run at the same
// time, else one after the other.
func (a *actor) restart(why string) {
	switch {
	case a.handover != nil: // a new one is on its way
	case a.finishing() && a.overlaps():
		a.pending = func() { a.restart(why) }
	case a.overlaps():
		a.backoff.Reset()
		a.handOver(&handover{cfg: a.cfg, listener: a.socket.listener}, why)
	default:
		a.replace(why)
	}
}

// replace stops the service and starts it again, even where both processes
// could run at the same time. A process that serves stays when the program
// cannot be executed any more.
func (a *actor) replace(why string) {
	if a.phase.Serving() {
		if err := a.env.executable(a.cfg); err != nil {
			a.refuseHandover(err.Error(), err)
			return
		}
	}
	a.backoff.Reset()
	a.pending = nil
	switch {
	case a.phase.Running():
		a.endServing(why, why)
	case a.phase != api.Stopping: // else it starts when its process has ended
		a.start()
	}
}
