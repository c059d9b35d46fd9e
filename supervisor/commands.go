//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/service"
)

// Start starts a service that does not run, and returns when it is ready, or
// with the reason why it will not be. It forgets the starts that count towards
// the start limit.
func (s *Supervisor) Start(ctx context.Context, name string) error {
	return s.each(ctx, name, (*service.Service).Start)
}

// Stop stops a service, and returns when no process of it is left. It stays
// stopped until a person starts it. One that Run started leaves the instance.
func (s *Supervisor) Stop(ctx context.Context, name string) error {
	err := s.each(ctx, name, (*service.Service).Stop)
	if m := s.roster.find(name); err == nil && m != nil && m.Snapshot().Config.Transient {
		return s.remove(ctx, m)
	}
	return err
}

// Signal sends a signal to the process of a service, or of each of its replicas,
// and returns when it is sent.
func (s *Supervisor) Signal(ctx context.Context, name string, req api.SignalRequest) error {
	signal, err := signalNamed(req.Signal)
	if err != nil {
		return err
	}
	return s.each(ctx, name, func(svc *service.Service, ctx context.Context) error {
		return svc.Signal(ctx, signal, req.All)
	})
}

// ReloadProgram runs the reload command of a service, or of each of its replicas.
func (s *Supervisor) ReloadProgram(ctx context.Context, name string) error {
	return s.each(ctx, name, (*service.Service).ReloadProgram)
}

// signalNamed accepts HUP, SIGHUP and the system's number.
func signalNamed(text string) (syscall.Signal, error) {
	if n, err := strconv.Atoi(text); err == nil && n > 0 && n < 65 {
		return syscall.Signal(n), nil
	}
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if signal := unix.SignalNum("SIG" + name); signal != 0 {
		return signal, nil
	}
	return 0, &api.Error{Code: api.CodeBadRequest,
		Message: fmt.Sprintf("expected a signal such as HUP, USR1 or TERM, got %q", text)}
}

// Restart replaces a service's process on the same listener: clients that
// connect during the restart wait.
func (s *Supervisor) Restart(ctx context.Context, name string) error {
	return s.each(ctx, name, (*service.Service).Restart)
}

// each does something with a service, or with its replicas one after the other.
func (s *Supervisor) each(ctx context.Context, name string, do func(*service.Service, context.Context) error) error {
	members, err := s.roster.named(name)
	if err != nil {
		return err
	}
	defer s.saver.save()
	for _, m := range members {
		if err := do(m.Service, ctx); err != nil {
			return err
		}
	}
	return nil
}

// Down begins to stop the instance; Serve returns when that is done. With force
// every process is killed at once, also when the instance is on its way down.
func (s *Supervisor) Down(force bool) {
	if force {
		s.forced.Do(func() { close(s.force) })
	}
	s.once.Do(func() { close(s.down) })
}

// killWhenForced kills every process once Down is called with force.
func (s *Supervisor) killWhenForced(ctx context.Context) {
	select {
	case <-s.force:
	case <-ctx.Done():
		return
	}
	s.opts.Log.Warn("Killing every service")
	for _, m := range s.roster.all() {
		_ = m.ForceStop(ctx) // the error says that it has ended
	}
}
