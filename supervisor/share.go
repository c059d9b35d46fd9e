//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/share"
)

// Share starts a files service for a folder and returns when it is ready. A
// port that is taken is an error, and nothing is left of the attempt.
func (s *Supervisor) Share(ctx context.Context, req api.ShareRequest) (api.Service, error) {
	cfg, err := share.Config(req)
	if err != nil {
		return api.Service{}, err
	}
	select { // the API answers before the services run
	case <-s.began:
	case <-ctx.Done():
		return api.Service{}, ctx.Err()
	}
	svc, err := s.addShare(cfg, req.Name != "")
	if err != nil {
		return api.Service{}, err
	}
	if err := s.do(ctx, svc, command{verb: start}); err != nil {
		_ = s.end(context.WithoutCancel(ctx), svc) // its own failure is the news
		return api.Service{}, err
	}
	s.save()
	return svc.row.Load().Service, nil
}

// addShare makes the service under a name that is free.
func (s *Supervisor) addShare(cfg configs.Service, named bool) (*service, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return nil, &api.Error{Code: api.CodeConflict, Message: "the instance is going down"}
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(s.services, func(svc *service) bool { return svc.name == name })
	}
	base := cfg.Name
	for n := 2; taken(cfg.Name); n++ {
		if named {
			return nil, &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("a service is called %q already; choose another --name", base)}
		}
		cfg.Name = fmt.Sprintf("%s-%d", base, n)
	}
	svc, err := s.newService(cfg)
	if err != nil {
		return nil, err
	}
	s.services = append(s.services, svc)
	s.run(svc)
	return svc, nil
}

func (s *Supervisor) forget(svc *service) {
	s.mu.Lock()
	s.services = slices.DeleteFunc(s.services, func(other *service) bool { return other == svc })
	s.mu.Unlock()
	s.changed()
}

// expire waits for the end of a share and sees to it when its time is over.
func (s *Supervisor) expire(svc *service) {
	expires := svc.row.Load().cfg.Share.Expires
	if expires.IsZero() {
		return
	}
	timer := time.NewTimer(time.Until(expires))
	defer timer.Stop()
	select {
	case <-timer.C:
		s.opts.Log.Info("A share expired", "service", svc.name)
		_ = s.do(context.Background(), svc, command{verb: finish})
	case <-svc.ended:
	}
}

// Remove ends a share; other services are of the configuration and stay.
func (s *Supervisor) Remove(ctx context.Context, name string) error {
	svc := s.find(name)
	switch {
	case svc == nil:
		return s.noSuchService(name)
	case svc.row.Load().cfg.Share == nil:
		return &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s is no share; to stop it: ammarctl stop %s", name, name)}
	}
	return s.end(ctx, svc)
}

// end stops a share and returns when nothing of it is left.
func (s *Supervisor) end(ctx context.Context, svc *service) error {
	if err := s.do(ctx, svc, command{verb: finish}); err != nil {
		return err
	}
	select {
	case <-svc.ended:
		s.forget(svc) // also when nobody has come to it yet
		s.save()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
