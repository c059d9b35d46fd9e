//go:build unix

package supervisor

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

func (s *service) running() bool {
	return s.state == api.Starting || s.state == api.Ready || s.state == api.Degraded
}

// command takes up a wish; its answer comes when the service has settled.
func (s *service) command(c command) {
	if s.closing && (c.verb == start || c.verb == restart) {
		c.done <- &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s is ending", s.cfg.Name)}
		return
	}
	s.waiters = append(s.waiters, c)
	switch c.verb {
	case start:
		s.wanted = true
		switch {
		case s.state == api.Stopping:
			s.again = true
		case !s.running():
			s.backoff.reset()
			s.start()
		}
	case restart:
		s.wanted = true
		s.backoff.reset()
		switch {
		case s.running():
			s.again = true
			s.terminate("restarting")
		case s.state == api.Stopping:
			s.again = true
		default:
			s.start()
		}
	case stop:
		s.stop("stopped by hand")
	case finish:
		s.closing = true
		s.stop("ending")
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

// waitingFor says for which service this one waits, empty when for none, and
// whether waiting is in vain.
func (s *service) waitingFor() (reason string, blocked bool) {
	for _, name := range s.cfg.After {
		other := s.env.lookup(name)
		switch {
		case other == nil || other.State == api.Ready || other.State == api.Degraded || other.done:
		case other.State == api.Failed:
			return fmt.Sprintf("waits for %s, which has failed; start %s once that is mended", name, name), true
		case other.State == api.Stopped && !other.wanted:
			return fmt.Sprintf("waits for %s, which is stopped", name), true
		case other.blocked:
			return fmt.Sprintf("waits for %s, which itself %s", name, other.Reason), true
		default:
			return "waits for " + name, false
		}
	}
	return "", false
}

// considerDependencies starts a service that waited for another.
func (s *service) considerDependencies() {
	if s.wanted && s.state == api.Stopped && len(s.cfg.After) > 0 {
		s.start()
	}
}

// launch starts a process.
func (s *service) launch() {
	s.nextStart, s.completed = time.Time{}, false
	s.move(evLaunch, "")
	if err := s.listen(); err != nil {
		// Nothing was started: the port may be free soon, so this does not
		// count towards the start limit.
		wait := s.backoff.delay()
		if wait == 0 {
			wait = s.cfg.Restart.Delay
		}
		s.log.Note(slog.LevelWarn, "cannot start: "+err.Error())
		s.startLater(wait, err.Error())
		return
	}
	argv, err := s.env.argv(s.cfg)
	if err == nil {
		err = s.spawn(argv)
	}
	var noRoom *process.NoRoomError
	switch {
	case errors.As(err, &noRoom):
		s.log.Note(slog.LevelWarn, err.Error())
		s.startLater(max(s.backoff.delay(), s.cfg.Restart.Delay), err.Error())
		return
	case err != nil:
		s.log.Note(slog.LevelError, err.Error())
		s.giveUp(err.Error())
		return
	}
	s.log.Note(slog.LevelInfo, fmt.Sprintf("started, pid %d", s.proc.PID))
	if s.cfg.Probe == nil && s.cfg.Kind == configs.KindExec {
		s.grace.Reset(readyGrace)
	}
}

func (s *service) listen() error {
	if s.cfg.Port < 0 || s.listener != nil {
		return nil
	}
	ln, err := listen(s.cfg.Bind, max(s.cfg.Port, s.port))
	if err != nil {
		return err
	}
	s.listener, s.port = ln, ln.port
	s.share = shareOf(s.cfg, ln.addr)
	return nil
}

// release lets go of the listener when no process is to come: whoever connects
// is refused at once instead of waiting for nobody.
func (s *service) release() {
	s.listener.close()
	s.listener = nil
}

// giveUp leaves the service down until somebody starts it.
func (s *service) giveUp(why string) {
	s.wanted = false
	s.release()
	s.move(evGiveUp, why)
}

func (s *service) spawn(argv []string) error {
	p := s.env.paths(s.cfg.Name)
	if err := os.Remove(p.control); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot remove the socket of the process before: %w", err)
	}
	s.launches++
	s.logMark = s.log.Seq()
	c := process.Command{
		Service: s.cfg.Name, Argv: argv, Dir: s.cfg.Dir, FIFO: p.fifo, Notify: p.notify(s.launches),
		Env: append(s.env.variable(s.cfg), contract.Control+"="+p.control),
	}
	if s.listener != nil {
		c.Listener = s.listener.file
	}
	proc, err := s.env.table.Start(c)
	if err != nil {
		return err
	}
	now := time.Now()
	s.proc, s.started, s.readyAt, s.notified, s.status = proc, now, time.Time{}, false, ""
	s.backoff.started(now)
	s.watch = startWatch(s.cfg, proc.PID, p.control, s.listener)
	return nil
}

// hear takes what the process said.
func (s *service) hear(m process.Message) {
	s.notified = true
	if m.Status != "" {
		s.status = m.Status
	}
	if m.Ready && s.state == api.Starting {
		s.becomeReady()
	}
}

// assumeReady is for a program that never says it.
func (s *service) assumeReady() {
	if s.state == api.Starting && !s.notified {
		s.becomeReady()
	}
}

func (s *service) becomeReady() {
	if s.readyAt.IsZero() {
		s.readyAt = time.Now()
	}
	s.move(evReady, "")
}
