//go:build unix

package supervisor

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/backoff"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/share"
)

func (s *service) running() bool {
	return s.state == api.Starting || s.state == api.Ready || s.state == api.Degraded
}

// command takes up a wish; its answer comes when the service has settled.
func (s *service) command(c command) {
	if s.closing && c.verb != stop && c.verb != finish {
		c.done <- &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s is ending", s.name)}
		return
	}
	s.waiters = append(s.waiters, c)
	switch c.verb {
	case start:
		s.wanted, s.byHand = true, false
		switch {
		case s.state == api.Stopping:
			s.again = true
		case !s.running():
			s.backoff.Reset()
			s.start()
		}
	case begin:
		switch s.wanted = !s.byHand; {
		case s.byHand || s.running() || s.state == api.Stopping:
		case !s.nextStart.IsZero(): // it waits for its time since the supervisor before
		case s.cfg.Schedule != "":
			s.schedule()
		default:
			s.start()
		}
	case restart:
		s.byHand = false
		s.restart("restarting")
	case reconfigure:
		s.reconfigure(c.cfg)
	case amend:
		s.cfg = c.cfg
		if s.cur != nil {
			s.cur.amend(c.cfg)
		}
	case stop:
		s.byHand = true
		s.stop("stopped by hand")
		if s.state == api.Stopped {
			s.reason = stoppedByHand(s.name)
		}
	case finish:
		s.closing = true
		s.stop("ending")
	}
}

// restart brings a new process in the place of the one that runs: beside it
// where both can be, and after it where they can't.
func (s *service) restart(why string) {
	s.wanted = true
	switch {
	case s.next != nil: // it is on its way
	case s.overlaps():
		s.backoff.Reset()
		s.handOver(why)
	default:
		s.replace(why)
	}
}

// replace stops and starts, also where both processes could be at once.
func (s *service) replace(why string) {
	s.backoff.Reset()
	switch {
	case s.running():
		s.again = true
		s.move(evStop, why)
		s.terminate(s.cur, why)
	case s.state == api.Stopping:
		s.again = true
	default:
		s.start()
	}
}

// start launches as soon as what it comes after is ready.
func (s *service) start() {
	s.retry.Stop()
	s.nextStart = time.Time{}
	var waiting string
	if waiting, s.blocked = s.waitingFor(); waiting != "" {
		if s.state != api.Stopped {
			s.move(evStop, "")
		}
		s.release() // nobody is to come soon
		s.reason = waiting
		return
	}
	s.launch()
}

// due is what follows when the time of the next start has come.
func (s *service) due() {
	s.nextStart = time.Time{}
	if s.state == api.Stopped { // what has a schedule comes after others too
		s.start()
		return
	}
	s.launch()
}

// schedule waits for the time at which the service is started next.
func (s *service) schedule() {
	s.nextStart = s.scheduled.Next(time.Now())
	s.retry.Reset(time.Until(s.nextStart))
	s.reason = "starts at " + s.nextStart.Format("Mon 15:04:05")
}

// asleep tells whether the service waits for its time.
func (s *service) asleep() bool {
	return s.cfg.Schedule != "" && s.state == api.Stopped && !s.nextStart.IsZero()
}

// launch starts a process.
func (s *service) launch() {
	s.nextStart, s.completed = time.Time{}, false
	s.move(evLaunch, "")
	if err := s.listen(); err != nil {
		// Nothing was started: the port may be free soon, so this does not
		// count towards the start limit.
		wait := backoff.Jitter(s.backoff.Next(s.cfg.Restart))
		if wait == 0 {
			wait = s.cfg.Restart.Delay
		}
		s.log.Note(slog.LevelWarn, "cannot start: "+err.Error())
		s.startLater(wait, err.Error())
		return
	}
	r, err := s.spawn(s.cfg, s.listener)
	var noRoom *process.NoRoomError
	switch {
	case errors.As(err, &noRoom):
		s.log.Note(slog.LevelWarn, err.Error())
		s.startLater(max(backoff.Jitter(s.backoff.Next(s.cfg.Restart)), s.cfg.Restart.Delay), err.Error())
		return
	case err != nil:
		s.log.Note(slog.LevelError, err.Error())
		s.giveUp(err.Error())
		return
	}
	s.cur = r
	s.backoff.Started(s.cfg.Restart, r.started)
	s.log.Note(slog.LevelInfo, fmt.Sprintf("started, pid %d", r.PID))
}

func (s *service) listen() error {
	if s.cfg.Port < 0 || s.listener != nil {
		return nil
	}
	ln, err := s.env.listeners.Open(s.cfg, max(s.cfg.Port, s.port))
	if err != nil && s.cfg.Port == 0 && s.port != 0 {
		s.log.Note(slog.LevelWarn, err.Error()+"; another port is taken")
		ln, err = s.env.listeners.Open(s.cfg, 0)
	}
	if err != nil {
		return err
	}
	s.adoptListener(ln)
	s.keepListener()
	return nil
}

// adoptListener makes ln the service's own.
func (s *service) adoptListener(ln *listener.Listener) {
	s.listener, s.port = ln, ln.Port
	s.share = share.Describe(s.cfg, ln.Addr)
}

func listenerName(service string) string { return "listener." + service }

// keepListener leaves a copy with the keeper: clients that come while there is
// no supervisor wait, or are served.
func (s *service) keepListener() {
	if err := s.env.store.Keep(listenerName(s.name), s.listener.File); err != nil {
		s.env.slog.Warn("The listener would be lost with the supervisor", "service", s.name, "error", err)
	}
}

// release lets go of the listener when no process is to come: whoever connects
// is refused at once instead of waiting for nobody, and the port is free.
func (s *service) release() {
	if s.listener == nil {
		return
	}
	s.listener.End()
	s.listener = nil
	if err := s.env.store.Drop(listenerName(s.name)); err != nil {
		s.env.slog.Warn("The keeper still holds a listener", "service", s.name, "error", err)
	}
}

// giveUp leaves the service down until somebody starts it.
func (s *service) giveUp(why string) {
	s.wanted = false
	s.release()
	s.move(evGiveUp, why)
	s.awaitNextTime()
	s.env.gaveUp(s.cfg, why)
}

// awaitNextTime is for a service that has failed and has a schedule: the next
// time may be better.
func (s *service) awaitNextTime() {
	if s.cfg.Schedule != "" && !s.closing {
		s.wanted = true
		s.nextStart = s.scheduled.Next(time.Now())
		s.retry.Reset(time.Until(s.nextStart))
	}
}

// hear takes what a process said.
func (s *service) hear(r *run, m process.Message) {
	r.notified = true
	if m.Status != "" && m.Status != r.status {
		r.status = m.Status
		if err := r.SetStatus(r.status); err != nil {
			s.env.slog.Debug("A supervisor after this one will not know a process's status", "service", s.name, "error", err)
		}
	}
	if m.Ready {
		r.saysReady = true
		s.ready(r)
	}
	if m.Watchdog || m.Ready {
		s.watchdog(r)
	}
}

// ready is what follows when a process says so, or its probe does.
func (s *service) ready(r *run) {
	if r.readyAt.IsZero() {
		r.readyAt = time.Now()
		r.late.Stop()
		s.secure(r)
	}
	switch {
	case s.next != nil && r == s.next.run:
		s.takeOver()
	case r == s.cur && s.state == api.Starting:
		s.move(evReady, "")
	}
}

// tooLate is what follows when a process has not got ready in time.
func (s *service) tooLate(r *run) {
	why := fmt.Sprintf("was not ready within %s", words(r.cfg.StartTimeout))
	if s.next != nil && r == s.next.run {
		s.rollBack(why)
		return
	}
	s.hung(r, why)
}

// hung ends a process that lives and does not work; what follows is what
// follows on a crash.
func (s *service) hung(r *run, why string) {
	if r.why != "" {
		return
	}
	r.failure = why
	s.log.Note(slog.LevelWarn, why+"; killed")
	r.Kill()
}

// renew restarts a service that runs for a reason of the supervisor's.
func (s *service) renew(r *run, why string) {
	if r != s.cur || !s.running() {
		return
	}
	s.log.Note(slog.LevelInfo, why)
	s.restart(why)
}

// watchdog gives a process that has one its time anew, see sd_watchdog_enabled(3).
func (s *service) watchdog(r *run) {
	if r.cfg.Watchdog > 0 && r.why == "" {
		r.silent.Reset(r.cfg.Watchdog)
	}
}

// overlaps tells whether a second process can run beside the one that does.
func (s *service) overlaps() bool {
	return s.cfg.Overlap && s.cfg.Port >= 0 && (s.state == api.Ready || s.state == api.Degraded) && s.cfg.Kind != configs.KindCamera
}
