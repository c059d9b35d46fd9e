//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/listener"
)

// Reload reads the configuration again and brings the services in line with
// it: those that are the same are not touched. A configuration that is wrong,
// or that needs a port which somebody else has, changes nothing and is the
// error. What a single service makes of its change is in its Change.
func (s *Supervisor) Reload(ctx context.Context, req api.ReloadRequest) (api.Reload, error) {
	select {
	case <-s.began:
	case <-ctx.Done():
		return api.Reload{}, ctx.Err()
	}
	s.reloading.Lock()
	defer s.reloading.Unlock()
	path := req.Config
	if path == "" {
		path = s.configPath()
	}
	config, err := s.opts.Load(path)
	if err != nil {
		return api.Reload{}, &api.Error{Code: api.CodeBadRequest, Message: err.Error()}
	}
	plan, err := s.plan(config)
	if err != nil {
		return api.Reload{}, err
	}
	answer := api.Reload{Config: config.Path, Changes: make([]api.Change, 0, len(plan))}
	for _, step := range plan {
		answer.Changes = append(answer.Changes, step.Change)
	}
	if req.DryRun {
		return answer, nil
	}
	s.opts.Log.Info("Reloading", "configuration", config.Path, "changes", len(plan))
	if err := s.prepare(plan); err != nil {
		return api.Reload{}, err
	}
	s.apply(ctx, config, plan, answer.Changes)
	answer.Applied = true
	s.save()
	return answer, nil
}

// step is one Change with what it takes.
type step struct {
	api.Change
	cfg configs.Service
	svc *service // nil until one is made
}

// plan compares a configuration with what there is.
func (s *Supervisor) plan(config configs.Config) ([]*step, error) {
	var plan []*step
	for _, cfg := range config.Services {
		svc := s.find(cfg.Name)
		if svc == nil {
			plan = append(plan, &step{Change: api.Change{Service: cfg.Name, Action: api.ChangeAdd}, cfg: cfg})
			continue
		}
		now := svc.row.Load().cfg
		if now.Share != nil {
			return nil, &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("cannot add the service %s: a share is called so; end it first with: ammarctl unshare %s", cfg.Name, cfg.Name)}
		}
		if diff := configs.Diff(now, cfg); len(diff) > 0 {
			plan = append(plan, &step{Change: changeOf(cfg.Name, diff), cfg: cfg, svc: svc})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, svc := range s.services {
		kept := slices.ContainsFunc(config.Services, func(cfg configs.Service) bool { return cfg.Name == svc.name })
		if !kept && svc.row.Load().cfg.Share == nil {
			plan = append(plan, &step{Change: api.Change{Service: svc.name, Action: api.ChangeRemove}, svc: svc})
		}
	}
	return plan, nil
}

func changeOf(name string, diff []configs.Difference) api.Change {
	c := api.Change{Service: name, Action: api.ChangeAmend}
	for _, d := range diff {
		c.Keys = append(c.Keys, api.KeyChange(d))
		if !configs.Amendable(d.Key) {
			c.Action = api.ChangeRestart
		}
	}
	return c
}

// prepare finds out what would fail before anything is changed.
func (s *Supervisor) prepare(plan []*step) error {
	freed := map[int]bool{} // by what goes or moves
	for _, st := range plan {
		if st.svc != nil {
			freed[st.svc.row.Load().cfg.Port] = true
		}
	}
	for _, st := range plan {
		if s.heldByAReplica(st.cfg) {
			continue
		}
		moves := st.svc == nil || st.svc.row.Load().cfg.Port != st.cfg.Port || st.svc.row.Load().cfg.Bind != st.cfg.Bind
		if st.Action == api.ChangeRemove || !moves || st.cfg.Port <= 0 || freed[st.cfg.Port] {
			continue
		}
		ln, err := listener.Listen(st.cfg.Bind, st.cfg.Port)
		if err != nil {
			return api.Explained(api.CodeConflict, "reload-refused", "nothing was changed: %s: %w", st.Service, err)
		}
		ln.End()
	}
	for _, st := range plan {
		if st.Action != api.ChangeAdd {
			continue
		}
		svc, err := s.newService(st.cfg)
		if err != nil {
			for _, other := range plan {
				if other.Action == api.ChangeAdd && other.svc != nil {
					other.svc.log.Close()
				}
			}
			return api.Explained(api.CodeFailed, "reload-refused", "nothing was changed: %w", err)
		}
		st.svc = svc
	}
	return nil
}

// heldByAReplica tells whether the port is the one that the replicas of cfg's
// table have already.
func (s *Supervisor) heldByAReplica(cfg configs.Service) bool {
	if cfg.ReplicaOf == "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.services, func(svc *service) bool {
		now := svc.row.Load().cfg
		return now.ReplicaOf == cfg.ReplicaOf && now.Port == cfg.Port && now.Bind == cfg.Bind
	})
}

// apply carries the plan out: first what goes, whose ports others may take.
func (s *Supervisor) apply(ctx context.Context, config configs.Config, plan []*step, changes []api.Change) {
	s.each(plan, changes, func(st *step) error {
		if st.Action != api.ChangeRemove {
			return nil
		}
		return s.end(ctx, st.svc)
	})
	if !s.enlist(config, plan) {
		for i := range changes {
			changes[i].Error = "the instance is going down"
		}
		return
	}
	s.each(plan, changes, func(st *step) error {
		switch st.Action {
		case api.ChangeAdd:
			return s.do(ctx, st.svc, command{verb: begin})
		case api.ChangeRestart:
			return s.do(ctx, st.svc, command{verb: reconfigure, cfg: st.cfg})
		case api.ChangeAmend:
			return s.do(ctx, st.svc, command{verb: amend, cfg: st.cfg})
		}
		return nil
	})
}

// each does something for every step at once, and writes down what failed.
func (s *Supervisor) each(plan []*step, changes []api.Change, do func(*step) error) {
	var all sync.WaitGroup
	for i, st := range plan {
		all.Go(func() {
			if err := do(st); err != nil {
				changes[i].Error = err.Error()
			}
		})
	}
	all.Wait()
}

// enlist makes config the one in force, adds the new services and puts all in
// its order; false when the instance is going down.
func (s *Supervisor) enlist(config configs.Config, plan []*step) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return false
	}
	s.config = config
	for _, st := range plan {
		if st.Action == api.ChangeAdd {
			s.services = append(s.services, st.svc)
			s.run(st.svc)
		}
	}
	place := func(svc *service) int {
		i := slices.IndexFunc(config.Services, func(cfg configs.Service) bool { return cfg.Name == svc.name })
		if i < 0 {
			return len(config.Services) // a share
		}
		return i
	}
	slices.SortStableFunc(s.services, func(a, b *service) int { return place(a) - place(b) })
	return true
}
