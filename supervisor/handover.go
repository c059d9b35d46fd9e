//go:build unix

package supervisor

import (
	"fmt"
	"log/slog"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/schedule"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/listener"
)

// handover is a new process on its way to take over from the one that serves.
// Until it is ready nothing has changed for anybody.
type handover struct {
	run      *run
	cfg      configs.Service
	listener *listener.Listener // the service's, or another one when the address changes
}

// handOver starts a process beside the one that serves.
func (s *service) handOver(why string) {
	s.begun(&handover{cfg: s.cfg, listener: s.listener}, why)
}

func (s *service) begun(h *handover, why string) {
	r, err := s.spawn(h.cfg, h.listener)
	if err != nil {
		s.abandon(h, err.Error())
		return
	}
	h.run = r
	s.next = h
	s.reason = fmt.Sprintf("%s: pid %d gets ready to take over", why, r.PID)
	s.log.Note(slog.LevelInfo, fmt.Sprintf("%s: started pid %d to take over from pid %d", why, r.PID, s.cur.PID))
}

// takeOver lets the process before drain, now that the new one is ready.
func (s *service) takeOver() {
	h, before := s.next, s.cur
	s.next, s.cur, s.cfg = nil, h.run, h.cfg
	s.watchFiles()
	if h.listener != s.listener {
		s.listener.Close()
		s.adoptListener(h.listener)
		s.rekeepListener()
	}
	s.reason = ""
	if s.state == api.Degraded {
		s.move(evReady, "")
	}
	s.log.Note(slog.LevelInfo, fmt.Sprintf("pid %d has taken over; pid %d drains", s.cur.PID, before.PID))
	s.env.slog.Info("Service handed over", "service", s.name, "pid", s.cur.PID, "draining", before.PID)
	s.terminate(before, "handed over")
}

// rekeepListener changes the copy that the keeper has.
func (s *service) rekeepListener() {
	if err := s.env.store.Drop(listenerName(s.name)); err != nil {
		s.env.slog.Warn("The keeper still holds a listener", "service", s.name, "error", err)
	}
	s.keepListener()
}

// rollBack gives up on the new process; the one before goes on serving.
func (s *service) rollBack(why string) {
	h := s.next
	s.terminate(h.run, "the one before goes on")
	s.abandon(h, fmt.Sprintf("its new process, pid %d, %s", h.run.PID, why))
}

// abandon ends a handover that came to nothing, and answers those who asked
// for it.
func (s *service) abandon(h *handover, why string) {
	s.forget(h)
	text := fmt.Sprintf("%s; pid %d goes on serving", why, s.cur.PID)
	s.reason = "not restarted: " + text
	s.log.Note(slog.LevelError, s.reason)
	s.env.slog.Warn("Service not handed over", "service", s.name, "reason", text)
	s.refuse(&api.Error{Code: api.CodeFailed, Message: fmt.Sprintf("cannot restart %s: %s", s.name, text)}, restart, reconfigure)
}

// forget lets go of a handover that is not to come about, and of the address
// that was to be the new one.
func (s *service) forget(h *handover) {
	s.next = nil
	if h.listener != s.listener {
		h.listener.End()
	}
}

// reconfigure makes cfg the service's configuration: by a handover where one
// is possible, and else by stopping and starting.
func (s *service) reconfigure(cfg configs.Service) {
	if s.next != nil { // with the configuration before
		s.terminate(s.next.run, "its configuration changed meanwhile")
		s.forget(s.next)
	}
	moves := s.cfg.Bind != cfg.Bind || s.cfg.Port != cfg.Port
	if !s.overlaps() || !cfg.Overlap || cfg.Port < 0 {
		s.cfg = cfg
		s.watchFiles()
		if moves {
			s.port = 0
			s.release()
		}
		if s.state == api.Failed && !s.byHand {
			s.wanted = true // the change may be the cure
		}
		s.scheduled, _ = schedule.Parse(cfg.Schedule) // it has been checked
		switch {
		case s.asleep() || s.wanted && cfg.Schedule != "" && !s.running():
			s.retry.Stop()
			s.schedule()
		case s.wanted:
			s.replace("its configuration changed")
		}
		return
	}
	h := &handover{cfg: cfg, listener: s.listener}
	if moves {
		ln, err := s.env.listeners.Open(cfg, cfg.Port)
		if err != nil {
			s.abandon(h, err.Error())
			return
		}
		h.listener = ln
	}
	s.begun(h, "its configuration changed")
}
