//go:build unix

package supervisor

import (
	"context"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Reload reads the configuration again and brings the services in line with
// it: unchanged ones are not touched. A configuration that is wrong, or that
// needs a port which another program has, changes nothing and is the error.
// The Change of a service has its own error.
func (s *Supervisor) Reload(ctx context.Context, req api.ReloadRequest) (api.Reload, error) {
	if err := s.awaitBegin(ctx); err != nil {
		return api.Reload{}, err
	}
	s.reloading.Lock()
	defer s.reloading.Unlock()
	path := req.Config
	if path == "" {
		path = s.roster.path()
	}
	config, err := s.opts.Load(path)
	if err != nil {
		return api.Reload{}, &api.Error{Code: api.CodeBadRequest, Message: err.Error()}
	}
	return s.apply(ctx, config, req.DryRun)
}

// Scale changes the number of a service's replicas until the next Reload, which
// applies the number of the configuration file again.
func (s *Supervisor) Scale(ctx context.Context, name string, req api.ScaleRequest) (api.Reload, error) {
	if err := s.awaitBegin(ctx); err != nil {
		return api.Reload{}, err
	}
	s.reloading.Lock()
	defer s.reloading.Unlock()
	if _, err := s.roster.named(name); err != nil {
		return api.Reload{}, err
	}
	config, err := s.roster.inForce().Scale(name, req.Replicas)
	if err != nil {
		return api.Reload{}, &api.Error{Code: api.CodeBadRequest, Message: err.Error()}
	}
	return s.apply(ctx, config, false)
}

// apply brings the services in line with a configuration. The caller holds
// reloading.
func (s *Supervisor) apply(ctx context.Context, config configs.Config, dryRun bool) (api.Reload, error) {
	members := s.roster.all()
	plan, err := planReload(members, config)
	if err != nil {
		return api.Reload{}, err
	}
	answer := api.Reload{Config: config.Path, Changes: plan.changes()}
	if dryRun {
		return answer, nil
	}
	s.opts.Log.Info("Reloading", "configuration", config.Path, "changes", len(plan))
	if err := plan.checkPorts(members); err != nil {
		return api.Reload{}, err
	}
	if err := plan.makeServices(s.newMember); err != nil {
		return api.Reload{}, err
	}
	plan.removeServices(ctx, answer.Changes, s.remove) // first, since others may need their ports
	if s.roster.commit(config, plan.added()) {
		plan.changeServices(ctx, answer.Changes)
	} else {
		plan.discard()
		for i := range answer.Changes {
			answer.Changes[i].Error = errLeaving().Error()
		}
	}
	answer.Applied = true
	s.saver.save()
	return answer, nil
}
