//go:build unix

package service

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/share"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// snapshotOf is the service as others see it.
func snapshotOf(a *actor) *Snapshot {
	s := &Snapshot{
		Service: api.Service{
			Name: a.name, Kind: a.cfg.Kind, Groups: a.cfg.Groups, ReplicaOf: a.cfg.ReplicaOf,
			State: a.phase, Reason: a.reason, Explain: storyOf(a),
			Restarts: a.restarts,
			LastExit: a.lastExit, StoppedByHand: a.wanted == Stop && a.cfg.Autostart, Command: a.cfg.CommandLine(),
			Rates: a.measures.rates, Transient: a.cfg.Transient, TLS: a.cfg.TLSCert != "", Addr: a.socket.addr(a.cfg),
			StateSince: timeOrNil(a.since), Deadline: timeOrNil(deadlineOf(a)), NextStart: timeOrNil(a.nextStart.at),
		},
		Config: a.cfg, Wanted: a.wanted,
		Port: a.socket.port, Launches: a.processes.launches, LastRun: a.lastRun,
	}
	s.Listens = listensOf(a)
	if at := firstPort(s.Listens); at != "" && (s.Addr == "" || a.serving != nil && a.serving.misplaced != "") {
		s.Addr = at
	}
	if a.socket.listener != nil {
		s.Share = share.Describe(a.cfg, a.socket.listener.Addr)
	}
	if a.phase == api.Waiting {
		s.Outlook = a.waitsFor.outlook
	}
	if r := a.serving; r != nil {
		s.Started = r.started
		s.PID, s.Status, s.Adopted, s.Control = r.PID, r.status, r.Adopted(), r.paths.control
		r.sampled.Apply(&s.Service)
		s.Hint = hintOf(r)
		if r.unfiltered != filter.Off {
			s.NoTakeover = filter.Explain(r.unfiltered)
		}
	}
	if r := a.successor(); r != nil {
		s.NextPID = r.PID
	}
	for _, r := range a.others() {
		s.Draining = append(s.Draining, r.PID)
	}
	return s
}

// silentAfter is how long a process may write nothing before that gets a hint.
const silentAfter = 10 * time.Second

// hintOf is advice for the user of a process; empty where there is none.
func hintOf(r *run) string {
	if r.wrote || r.cfg.PTY || builtin(r.cfg) || r.sampled.RSSBytes == 0 || time.Since(r.started) < silentAfter {
		return ""
	}
	return "it has written nothing yet; a program that keeps its lines back shows them with pty = true"
}

// firstPort is the first of the addresses with a port, or "".
func firstPort(listens []string) string {
	for _, at := range listens {
		if _, err := netip.ParseAddrPort(at); err == nil {
			return at
		}
	}
	return ""
}

// listensOf is where the service listens, as far as that is known.
func listensOf(a *actor) (list []string) {
	var own []string
	passed := ""
	if a.socket.listener != nil {
		passed = a.socket.listener.Addr
	}
	if r := a.serving; r != nil {
		want, known := addressOf(r)
		for _, at := range r.listens {
			if at.IP.IsValid() && !slices.Contains(own, at.String()) {
				own = append(own, at.String())
			}
			if known && at.Overlaps(want) || r.misplaced != "" {
				passed = ""
			}
		}
	}
	if passed != "" && !slices.Contains(own, passed) {
		list = append(list, passed)
	}
	return append(list, own...)
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// deadlineOf is when the present phase ends at the latest; zero where it has no
// end.
func deadlineOf(a *actor) (last time.Time) {
	switch a.phase {
	case api.Starting:
		return a.serving.deadline
	case api.HandingOver:
		return a.handover.run.deadline
	case api.Stopping:
		for _, r := range a.processes.all {
			last = later(last, r.deadline)
		}
		return last
	}
	for _, r := range a.others() {
		last = later(last, r.deadline)
	}
	return last
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// storyOf is the code of the story that explains the phase: that of the error
// behind it, if it has one.
func storyOf(a *actor) string {
	if code := explain.Code(a.cause); code != "" {
		return code
	}
	switch {
	case a.phase == api.Failed && a.cfg.Restart.Policy != configs.RestartNever:
		return "gave-up"
	case a.phase == api.Failing:
		return "failing"
	case a.phase == api.Degraded:
		return "probe-failing"
	case a.phase == api.Waiting && a.waitsFor.outlook == Never:
		return "dependency-down"
	}
	return ""
}
