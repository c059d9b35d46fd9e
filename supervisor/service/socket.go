//go:build unix

package service

import (
	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/listener"
)

// socket is the listener of one service, of which the keeper holds a copy:
// clients that connect while there is no process, or no supervisor, wait. The
// service's goroutine owns it.
type socket struct {
	name     string
	env      *Environment
	ports    *ports
	listener *listener.Listener // nil: the supervisor has opened none
	// port is the one that it last had. It is taken again where the configuration
	// names none.
	port int
}

// ListenerName is the name under which the keeper holds a service's listener.
func ListenerName(service string) string { return "listener." + service }

// open listens as cfg says, unless the service listens already or has no port.
// lost is the reason why the previous port could not be had again, if so.
func (s *socket) open(cfg configs.Service) (lost, err error) {
	if cfg.Port < 0 || s.listener != nil {
		return nil, nil
	}
	ln, err := s.env.Listeners.Open(cfg, max(cfg.Port, s.port))
	if err != nil && cfg.Port == 0 && s.port != 0 {
		lost = err
		ln, err = s.env.Listeners.Open(cfg, 0)
	}
	if err != nil {
		return lost, err
	}
	s.set(ln)
	s.keep()
	if !builtin(cfg) {
		s.ports.give(ln)
	}
	return lost, nil
}

func (s *socket) set(ln *listener.Listener) { s.listener, s.port = ln, ln.Port }

// inherit takes a listener that the previous supervisor left; false when it is
// of no use.
func (s *socket) inherit(cfg configs.Service, file *descriptor.Descriptor) bool {
	if file == nil {
		return false
	}
	ln, err := s.env.Listeners.Inherit(cfg, file)
	if err != nil {
		s.env.Log.Warn("Cannot use a listener that was kept", "service", s.name, "error", err)
		return false
	}
	s.set(ln)
	return true
}

// keep leaves a copy with the keeper.
func (s *socket) keep() {
	if err := s.env.Store.Keep(ListenerName(s.name), s.listener.File); err != nil {
		s.env.Log.Warn("The listener would be lost with the supervisor", "service", s.name, "error", err)
	}
}

func (s *socket) drop() {
	if err := s.env.Store.Drop(ListenerName(s.name)); err != nil {
		s.env.Log.Warn("The keeper still holds a listener", "service", s.name, "error", err)
	}
}

// replace makes ln the service's listener, if it is another one. Processes that
// have the previous one keep it.
func (s *socket) replace(ln *listener.Listener) {
	if ln != s.listener {
		s.listener.Close()
		s.change(ln)
	}
}

// abandon is replace for a previous listener that no process uses any more.
func (s *socket) abandon(ln *listener.Listener) {
	if ln != s.listener {
		s.listener.End()
		s.change(ln)
	}
}

func (s *socket) change(ln *listener.Listener) {
	s.set(ln)
	s.drop()
	s.keep()
}

// release stops listening when no process is about to come: clients are refused
// at once instead of waiting, and the port is free.
func (s *socket) release() {
	s.ports.release()
	if s.listener == nil {
		return
	}
	s.listener.End()
	s.listener = nil
	s.drop()
}

// finish ends a handover whose previous process is gone. The listener that is
// passed to the next process may be another one from now on.
func (s *socket) finish(cfg configs.Service) {
	s.ports.report("A listener of the previous process is still open", s.ports.held.Finish())
	if s.listener == nil || s.listener.Shared() {
		return
	}
	passed, err := s.ports.held.Passed()
	if err != nil || passed == nil {
		s.ports.report("The listener is not passed to the next process", err)
		return
	}
	if passed.Same(s.listener.File) {
		passed.Close()
		return
	}
	previous := s.listener
	if s.inherit(cfg, passed) {
		previous.Close()
		s.drop() // the keeper has it among the ports
	}
}

// forgetPort makes the next open take any free port, where the configuration
// names none.
func (s *socket) forgetPort() { s.port = 0 }

// addr is where the service listens, or will by its configuration; empty when
// that is not known.
func (s *socket) addr(cfg configs.Service) string {
	switch {
	case s.listener != nil:
		return s.listener.Addr
	case cfg.Port > 0:
		return configuredAddr(cfg)
	}
	return ""
}
