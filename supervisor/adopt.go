//go:build unix

package supervisor

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/schedule"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

// legacy is what is left of a service from the supervisor before.
type legacy struct {
	saved    statefile.Service
	records  []process.Record       // oldest first
	listener *descriptor.Descriptor // nil: it was not kept
	notify   func(launch int) *descriptor.Descriptor
	torn     bool // the supervisor before was torn away, and not taken down
}

// adopt goes on with what is left of the service; before Serve.
func (s *service) adopt(l legacy) {
	s.restarts, s.lastExit, s.byHand = l.saved.Restarts, l.saved.LastExit, l.saved.Stopped
	if s.cfg.Port == 0 {
		s.port = l.saved.Port
	}
	if !l.torn {
		s.restarts = 0
	}
	s.launches = l.saved.Launches
	for _, rec := range l.records {
		// Somebody started it by hand, and the state file has not come to it.
		s.byHand = s.byHand && rec.Launch <= l.saved.Launches
	}
	if s.byHand {
		s.wanted = false
		s.reason = stoppedByHand(s.name)
	}
	var lost []process.Record
	s.adoptListenerFile(l.listener)
	for _, rec := range l.records {
		s.launches = max(s.launches, rec.Launch)
		if l.torn {
			s.restarts = max(s.restarts, rec.Restarts) // the state file may not have come to it
		}
		if r := s.adoptProcess(rec, l.notify(rec.Launch)); r == nil {
			lost = append(lost, rec)
		}
	}
	s.choose()
	if s.cur == nil && l.torn {
		s.mourn(lost, l.saved)
	}
	if s.cur == nil && !s.wanted {
		s.release()
	}
	s.row.Store(s.current())
}

func stoppedByHand(name string) string {
	return fmt.Sprintf("stopped by hand; to start it: ammarctl start %s", name)
}

func (s *service) adoptListenerFile(file *descriptor.Descriptor) {
	if file == nil {
		return
	}
	ln, err := s.env.listeners.Inherit(s.cfg, file)
	if err != nil {
		s.env.slog.Warn("Cannot use a listener that was kept", "service", s.name, "error", err)
		return
	}
	s.adoptListener(ln)
}

// adoptProcess takes over one process; nil when it has ended.
func (s *service) adoptProcess(rec process.Record, notify *descriptor.Descriptor) *run {
	paths := s.env.paths(s.name, rec.Launch)
	p, err := s.env.table.Adopt(rec, notify, paths.notify, paths.record)
	if err != nil {
		s.env.slog.Info("A process of the supervisor before is not there any more", "service", s.name, "pid", rec.Identity.PID, "reason", err)
		paths.remove()
		return nil
	}
	cfg, err := statefile.DecodeService(rec.Config)
	if err != nil {
		cfg = s.cfg
	}
	r := newRun(p, cfg, rec.Launch, paths)
	r.started, r.logMark, r.status = rec.Time, s.log.Seq(), rec.Status
	if age, ok := rec.Identity.Age(); ok { // the clock may have been set since
		r.started = time.Now().Add(-age)
	}
	if rec.Ready {
		r.readyAt = r.started
		r.notified, r.marked, r.saysReady = true, true, rec.Announced
	}
	if s.listener == nil && rec.Addr != "" {
		s.borrowListener(rec)
	}
	r.kept = notify != nil
	r.unheard = !r.kept && !rec.Ready
	s.secure(r)
	s.begin(r, s.listener)
	return r
}

// borrowListener has the listener back from the process, when nobody kept it.
func (s *service) borrowListener(rec process.Record) {
	file, err := process.BorrowListener(rec.Identity.PID, rec.Addr)
	if err != nil {
		s.env.slog.Info("The listener could not be had back; clients will be refused for a moment when the service is restarted", "service", s.name, "reason", err)
		return
	}
	s.adoptListenerFile(file)
	if s.listener != nil {
		s.keepListener()
	}
}

// choose decides which of the adopted processes serves: the newest that has
// been ready, or else the oldest. The others end: those before it were
// draining, those after it had not taken over yet.
func (s *service) choose() {
	if len(s.runs) == 0 {
		return
	}
	s.cur = s.runs[0]
	for _, r := range s.runs {
		if !r.readyAt.IsZero() {
			s.cur = r
		}
	}
	s.keepConfiguration()
	s.move(evLaunch, "adopted")
	s.log.Note(slog.LevelInfo, fmt.Sprintf("a new supervisor has adopted pid %d", s.cur.PID))
	s.env.slog.Info("Adopted", "service", s.name, "pid", s.cur.PID)
	if s.cur.readyAt.IsZero() {
		s.cur.waitForReady()
	} else {
		s.move(evReady, "")
	}
	s.watchdog(s.cur)
	for _, r := range s.runs {
		if r != s.cur {
			s.terminate(r, "another process of the service goes on")
		}
	}
	if s.byHand { // it was being stopped
		s.move(evStop, "stopped by hand")
		s.terminate(s.cur, "stopped by hand")
	}
}

// keepConfiguration makes that of the process the service's when it is not the
// one in force: the change was cut off, or the process that was to bring it
// about has failed. So it is shown, and a reload makes good for it.
func (s *service) keepConfiguration() {
	now := s.cfg
	if text, err := statefile.EncodeService(now); err == nil { // as the other has been written and read
		now, _ = statefile.DecodeService(text)
	}
	for _, d := range configs.Diff(s.cur.cfg, now) {
		if !configs.Amendable(d.Key) {
			s.env.slog.Warn("A process runs with another configuration than the one in force; ammarctl reload changes that", "service", s.name, "key", d.Key)
			s.cfg = s.cur.cfg
			s.scheduled, _ = schedule.Parse(s.cfg.Schedule) // it was checked when it was launched
			return
		}
	}
}

// mourn takes note of the processes that ended while nobody looked, and of
// what became of the service before.
func (s *service) mourn(lost []process.Record, saved statefile.Service) {
	completed, policy := saved.Completed, s.cfg.Restart.Policy
	for _, rec := range lost {
		exit, ok := s.env.table.FindExit(rec.Identity)
		if !ok {
			exit = process.Exit{Code: -1, Unknown: true}
		}
		s.restarts++
		s.lastExit = &api.Exit{Text: exit.String(), Code: exit.Code, Signal: exit.Signal, Time: time.Now(), Lines: s.linesSince(0)}
		s.log.Note(slog.LevelWarn, fmt.Sprintf("pid %d ended while there was no supervisor: %s", rec.Identity.PID, exit))
		s.env.table.KillOrphans(true, append(s.env.marks(s.name), launchMark(rec.Launch))...)
		completed = ok && exit.Signal == "" && exit.Code == 0 && policy != configs.RestartAlways
	}
	switch {
	case !s.wanted: // it was stopped by hand
	case completed:
		s.complete()
		s.reason = endedInOrder
		s.sleep()
	case saved.Failed != "":
		s.wanted = false
		s.move(evLaunch, "")
		s.move(evGiveUp, saved.Failed)
		s.awaitNextTime()
	case len(lost) > 0 && policy == configs.RestartNever:
		s.move(evLaunch, "")
		s.giveUp(fmt.Sprintf("ended while there was no supervisor: %s; restart.policy is never", s.lastExit.Text))
	}
}
