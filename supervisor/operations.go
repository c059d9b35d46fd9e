//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/logs"
)

func pid() int { return os.Getpid() }

// Start starts a service that does not run, and returns when it is ready, or
// with the reason why it will not be. The start limit counts anew.
func (s *Supervisor) Start(ctx context.Context, name string) error { return s.named(ctx, name, start) }

// Stop stops a service, and returns when no process of it is left. It stays
// stopped until somebody starts it.
func (s *Supervisor) Stop(ctx context.Context, name string) error { return s.named(ctx, name, stop) }

// Restart stops a service and starts it on the same listener: clients that
// come meanwhile wait.
func (s *Supervisor) Restart(ctx context.Context, name string) error {
	return s.named(ctx, name, restart)
}

// Log is the log of a service.
func (s *Supervisor) Log(name string) (*logs.Log, error) {
	svc := s.find(name)
	if svc == nil {
		return nil, s.noSuchService(name)
	}
	return svc.log, nil
}

// History is what was measured of a service over the last hour: the span 1m,
// 15m or 1h, or all of them where that is empty.
func (s *Supervisor) History(name, span string) ([]api.Span, error) {
	svc := s.find(name)
	if svc == nil {
		return nil, s.noSuchService(name)
	}
	return svc.history.Spans(span, time.Now())
}

// Settings is the configuration of a service as it is in force, without what
// may be secret.
func (s *Supervisor) Settings(name string) ([]api.Setting, error) {
	r := s.lookup(name)
	if r == nil {
		return nil, s.noSuchService(name)
	}
	list := []api.Setting{}
	for _, set := range configs.Effective(r.cfg) {
		list = append(list, api.Setting{Key: set.Key, Value: set.Value, Default: set.Default})
	}
	return list, nil
}

// named does something with a service, or with the replicas of a table, one
// after the other.
func (s *Supervisor) named(ctx context.Context, name string, v verb) error {
	targets := s.replicasOf(name)
	if svc := s.find(name); svc != nil {
		targets = []*service{svc}
	}
	if len(targets) == 0 {
		return s.noSuchService(name)
	}
	defer s.save()
	for _, svc := range targets {
		if err := s.do(ctx, svc, command{verb: v}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Supervisor) replicasOf(table string) []*service {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*service
	for _, svc := range s.services {
		if table != "" && svc.row.Load().cfg.ReplicaOf == table {
			found = append(found, svc)
		}
	}
	return found
}

// do asks for something and waits for the outcome; when ctx ends first, it is
// done all the same.
func (s *Supervisor) do(ctx context.Context, svc *service, c command) error {
	done := make(chan error, 1)
	c.done = done
	if !svc.post(c) {
		return ended(svc)
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// post hands a command to the service's goroutine; false when that has ended.
func (s *service) post(c command) bool {
	select {
	case s.commands <- c:
		return true
	case <-s.ended:
		return false
	}
}

func ended(svc *service) error {
	return &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s has ended", svc.name)}
}

func (s *Supervisor) noSuchService(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := make([]string, 0, len(s.services))
	for _, svc := range s.services {
		known = append(known, svc.name)
	}
	return api.Explained(api.CodeNoSuchService, "no-such-service", "no service is called %q; there are: %s%s",
		name, strings.Join(known, ", "), configs.DidYouMean(name, known))
}
