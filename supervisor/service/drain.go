//go:build unix

package service

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

const (
	// drainPace is the pause between two looks at a process that drains, and
	// drainPaceSlow the pause once it has drained for drainLong.
	drainPace     = 20 * time.Millisecond
	drainPaceSlow = 250 * time.Millisecond
	drainLong     = 5 * time.Second
	// cleanLooks is how many looks in a row must find nothing left: a client on
	// its way from the handshake to the queue can be missed by one.
	cleanLooks = 2
	// recount is how often the processes of the launch are looked for.
	recount = time.Second
)

// drainDue looks whether a process that was replaced has finished.
func (a *actor) drainDue(r *run) {
	d, now := r.drain, time.Now()
	if r.ending != replaced {
		return
	}
	if now.Sub(d.counted) > recount {
		d.members, d.counted = a.socket.ports.members(r.launch), now
	}
	left, err := draining(d.listeners, d.members)
	took := now.Sub(d.since)
	d.clean++
	if err == nil && !left.Drained(took) {
		d.clean = 0
	}
	switch {
	case err != nil:
		a.socket.ports.report("The open requests of a process cannot be seen", err)
	case d.clean >= cleanLooks:
	case took < r.cfg.DrainTimeout:
		pace := drainPace
		if took > drainLong {
			pace = drainPaceSlow
		}
		r.timers.drain.Reset(pace)
		return
	default:
		a.log.Note(slog.LevelWarn, fmt.Sprintf(
			"pid %d has requests open after %s, which is drain_timeout: %d busy connections",
			r.PID, humanize.Setting(r.cfg.DrainTimeout), left.Busy+left.Queued))
	}
	r.terminate("handed over")
}

// finishing tells whether a process that was replaced has not ended yet, and
// has listeners of its own. Until then there is no other handover.
func (a *actor) finishing() bool {
	for _, r := range a.others() {
		if r.drain != nil {
			return true
		}
	}
	return false
}

// cutDrain ends the processes that finish their requests.
func (a *actor) cutDrain(why string) {
	a.pending = nil
	for _, r := range a.others() {
		r.terminate(why)
	}
}
