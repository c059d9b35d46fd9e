//go:build unix

package service

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/takeover"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

const (
	// elsewhereGrace is how long a process that listens somewhere may take until
	// it listens where it is expected to.
	elsewhereGrace = time.Second
	// passedGrace is how long a process that was passed a listener may take to
	// use it, or to open its own.
	passedGrace = 3 * time.Second
	// graceAgain is the pause between two looks at such a process.
	graceAgain = 100 * time.Millisecond
)

// portEvent handles what happened to the ports of a process.
func (a monitor) portEvent(e takeover.Event) {
	r := a.processes.of(e.Launch)
	if e.Kind == takeover.Failure {
		a.socket.ports.report("A port is not held", fmt.Errorf("%s: %w", e.Address, e.Err))
	}
	if e.Kind == takeover.InUse { // its process may have ended since
		why := fmt.Sprintf("port %d is in use", e.Address.IP.Port())
		if e.Holder != 0 {
			why += fmt.Sprintf(" by pid %d", e.Holder)
		}
		a.log.Note(slog.LevelWarn, why)
	}
	if r == nil {
		return
	}
	switch e.Kind {
	case takeover.Listening:
		a.listening(r, e)
	case takeover.Moved:
		a.env.Log.Info("A program got the listener of its service", "service", a.name,
			"asked", e.Asked.String(), "got", e.Address.String())
	case takeover.Stranger:
		why := fmt.Sprintf("pid %d shares %s with this service, and gets no clients of it", e.Holder, e.Address)
		a.log.Note(slog.LevelWarn, why)
		if a.phase == api.Ready || a.phase == api.Draining {
			a.reason = why
		}
	case takeover.Closed:
		r.listens = slices.DeleteFunc(r.listens, func(at takeover.Address) bool { return at == e.Address })
	case takeover.Unable:
		r.unfiltered = e.Reason
	}
}

// listening handles the news that a process listens.
func (a monitor) listening(r *run, e takeover.Event) {
	if e.Address.Network == "" || slices.Contains(r.listens, e.Address) {
		return
	}
	r.listens = append(r.listens, e.Address)
	decides := e.Address.Network != "udp" && r.cfg.Probe == nil && r.cfg.ReadyLog == "" && !r.cfg.Oneshot &&
		!r.reportsReadiness()
	enough := decides && a.listensEnough(r)
	if enough {
		// Also of a process that was slow and is taken for ready: its
		// successor must not take over before it listens.
		a.processes.listening = r.cfg.Command()
	}
	switch {
	case r.hasBeenReady():
		a.checkPlace(r)
	case !decides:
	case enough:
		r.readiness.listening = true
		a.ready(r)
	default:
		r.timers.readyGrace.Reset(elsewhereGrace)
	}
}

// listensEnough tells whether a process listens wherever it is expected to: at
// the service's port, and where the process listens that it takes over from.
func (a monitor) listensEnough(r *run) bool {
	if r == a.successor() {
		for _, at := range a.serving.listens {
			if at.Network == "tcp" && at.IP.Port() != 0 && !r.listensAt(at) {
				return false
			}
		}
	}
	if want, known := addressOf(r); known {
		return r.listensAt(want)
	}
	return slices.ContainsFunc(r.listens, func(at takeover.Address) bool { return at.Network != "udp" })
}

// listensAt tells whether the process listens at an address or at a part of it.
func (r *run) listensAt(want takeover.Address) bool {
	return slices.ContainsFunc(r.listens, func(at takeover.Address) bool { return at == want || at.Overlaps(want) })
}

// addressOf is the address of the listener that a process was passed.
func addressOf(r *run) (takeover.Address, bool) {
	if r.listener == nil {
		return takeover.Address{}, false
	}
	at, err := netip.ParseAddrPort(r.listener.Addr)
	return takeover.Address{Network: "tcp", IP: at}, err == nil
}

// graceElapsed decides about a process that has not reported readiness in the
// time that it has for that.
func (a monitor) graceElapsed(r *run) {
	switch {
	case r.readiness.notified || r.hasBeenReady():
	case r.unfiltered != filter.Taken:
		a.ready(r)
	case len(r.listens) > 0: // elsewhere
		a.ready(r)
	case r.readiness.listens: // the previous process did; start_timeout bounds it
	case r.listener != nil && !a.socket.ports.held.UsesPassed(r.launch) && time.Since(r.started) < passedGrace:
		r.timers.readyGrace.Reset(graceAgain)
	default:
		a.ready(r)
	}
}

// seen notes where a process listens that runs without takeover.
func (a monitor) seen(r *run, listens []netip.AddrPort) {
	if r.unfiltered == filter.Taken || builtin(r.cfg) {
		return
	}
	passed, _ := addressOf(r)
	var own []takeover.Address
	for _, ip := range listens {
		if at := (takeover.Address{Network: "tcp", IP: ip}); at.IP != passed.IP {
			own = append(own, at)
		}
	}
	if !slices.Equal(own, r.listens) {
		r.listens = own
		a.host.Changed(false)
	}
	if r.hasBeenReady() {
		a.checkPlace(r)
	}
}

// checkPlace compares where the serving process listens with where clients
// expect it. Listeners with a port that changes with each start are its own
// affair.
func (a *actor) checkPlace(r *run) {
	if r != a.serving || !a.phase.Serving() {
		return
	}
	previous := r.misplaced
	r.misplaced = a.misplaced(r)
	switch {
	case r.misplaced == previous:
	case r.misplaced == "" && r.unhealthy != "":
		a.reason = r.unhealthy
	case r.misplaced == "":
		a.move(evProbePassed, "")
	default:
		a.log.Note(slog.LevelWarn, r.misplaced)
		a.move(evProbeFailed, r.misplaced)
	}
}

func (a *actor) misplaced(r *run) string {
	want, known := addressOf(r)
	if !known || builtin(r.cfg) || r.readiness.usesPassed || r.listensAt(want) {
		return ""
	}
	var ports []string
	if r.unfiltered == filter.Taken {
		for _, l := range a.socket.ports.held.Listeners() {
			if l.Launch != 0 && l.Address.Network == "tcp" && !l.Next {
				ports = append(ports, fmt.Sprint(l.Address.IP.Port()))
			}
		}
	} else if !r.readiness.announced { // a program that speaks this much of the protocol knows LISTEN_FDS
		for _, at := range r.listens {
			ports = append(ports, fmt.Sprint(at.IP.Port()))
		}
	}
	if len(ports) == 0 {
		return ""
	}
	if a.socket.ports.held.UsesPassed(r.launch) {
		r.readiness.usesPassed = true
		return ""
	}
	return fmt.Sprintf("listens on %s, expected %d", strings.Join(slices.Compact(ports), " and "), want.IP.Port())
}
