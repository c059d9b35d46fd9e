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
	"github.com/ammarctl/ammarctl/supervisor/service"
)

// reloadPlan is what it takes to bring the services in line with a new
// configuration, service by service.
type reloadPlan []*step

// step is one change with what it takes.
type step struct {
	api.Change
	cfg    configs.Service
	member *member // nil until one is made for a new service
}

// planReload compares a configuration with the services that there are.
func planReload(members []*member, config configs.Config) (plan reloadPlan, err error) {
	known := map[string]*member{}
	for _, m := range members {
		known[m.Name()] = m
	}
	for _, cfg := range config.Services {
		m := known[cfg.Name]
		switch {
		case m == nil:
			plan = append(plan, &step{Change: api.Change{Service: cfg.Name, Action: api.ChangeAdd}, cfg: cfg})
			continue
		case m.isShare():
			return nil, &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf(
				"cannot add the service %s: a share is called so; end it first with: ammarctl unshare %s", cfg.Name, cfg.Name)}
		case !m.configured():
			return nil, &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf(
				"cannot add the service %s: ammarctl run started one with this name; end it first with: ammarctl stop %s",
				cfg.Name, cfg.Name)}
		}
		if diff := configs.Diff(m.Snapshot().Config, cfg); len(diff) > 0 {
			plan = append(plan, &step{Change: changeOf(cfg.Name, diff), cfg: cfg, member: m})
		}
	}
	for _, m := range members {
		kept := slices.ContainsFunc(config.Services, func(cfg configs.Service) bool { return cfg.Name == m.Name() })
		if !kept && m.configured() {
			plan = append(plan, &step{Change: api.Change{Service: m.Name(), Action: api.ChangeRemove}, member: m})
		}
	}
	return plan, nil
}

func changeOf(name string, diff []configs.Difference) api.Change {
	c := api.Change{Service: name, Action: api.ChangeInPlace}
	for _, d := range diff {
		c.Keys = append(c.Keys, api.KeyChange(d))
		if !configs.AppliesInPlace(d.Key) {
			c.Action = api.ChangeRestart
		}
	}
	return c
}

// changes are the plan's in the words of the API.
func (p reloadPlan) changes() []api.Change {
	list := make([]api.Change, 0, len(p))
	for _, st := range p {
		list = append(list, st.Change)
	}
	return list
}

// checkPorts finds out whether the ports that the plan needs are free, or will
// be.
func (p reloadPlan) checkPorts(members []*member) error {
	freed := map[int]bool{} // by services that go or move
	for _, st := range p {
		if st.member != nil {
			freed[st.member.Snapshot().Config.Port] = true
		}
	}
	for _, st := range p {
		if st.Action == api.ChangeRemove || st.cfg.Port <= 0 || freed[st.cfg.Port] || !st.moves() ||
			heldByReplica(members, st.cfg) {
			continue
		}
		ln, err := listener.Listen(st.cfg.Bind, st.cfg.Port)
		if err != nil {
			return api.Explained(api.CodeConflict, "reload-refused", "nothing was changed: %s: %w", st.Service, err)
		}
		ln.End()
	}
	return nil
}

// moves tells whether the step needs another address than the service has.
func (st *step) moves() bool {
	if st.member == nil {
		return true
	}
	now := st.member.Snapshot().Config
	return now.Port != st.cfg.Port || now.Bind != st.cfg.Bind
}

// heldByReplica tells whether a replica of the same service has cfg's port.
func heldByReplica(members []*member, cfg configs.Service) bool {
	return cfg.ReplicaOf != "" && slices.ContainsFunc(members, func(m *member) bool {
		now := m.Snapshot().Config
		return now.ReplicaOf == cfg.ReplicaOf && now.Port == cfg.Port && now.Bind == cfg.Bind
	})
}

// makeServices makes the services that are new. When one cannot be made, nothing
// is left of the others.
func (p reloadPlan) makeServices(make func(configs.Service) (*member, error)) error {
	for _, st := range p {
		if st.Action != api.ChangeAdd {
			continue
		}
		m, err := make(st.cfg)
		if err != nil {
			p.discard()
			return api.Explained(api.CodeFailed, "reload-refused", "nothing was changed: %w", err)
		}
		st.member = m
	}
	return nil
}

// discard closes the services that were made for the plan, and will not run.
func (p reloadPlan) discard() {
	for _, m := range p.added() {
		m.Discard()
	}
}

// added are the services that were made for the plan.
func (p reloadPlan) added() (list []*member) {
	for _, st := range p {
		if st.Action == api.ChangeAdd && st.member != nil {
			list = append(list, st.member)
		}
	}
	return list
}

// removeServices ends the services that are not configured any more.
func (p reloadPlan) removeServices(ctx context.Context, changes []api.Change,
	remove func(context.Context, *member) error) {
	p.each(changes, func(st *step) error {
		if st.Action != api.ChangeRemove {
			return nil
		}
		return remove(ctx, st.member)
	})
}

// changeServices starts the new services, and changes the others. One that needs
// the port of another waits until that one has moved. Of services that exchange
// their ports in a circle, one is stopped first.
func (p reloadPlan) changeServices(ctx context.Context, changes []api.Change) {
	holders, freed := p.holders(), map[*step]chan struct{}{}
	for _, st := range p {
		freed[st] = make(chan struct{})
	}
	first := circles(holders)
	p.each(changes, func(st *step) error {
		free := sync.OnceFunc(func() { close(freed[st]) })
		defer free()
		stopped := first[st] && st.member.Snapshot().Wanted == service.Run
		if stopped {
			if err := st.member.Stop(ctx); err != nil {
				return err
			}
			free()
		}
		if holder := holders[st]; holder != nil {
			<-freed[holder]
		}
		if err := st.apply(ctx); err != nil || !stopped {
			return err
		}
		return st.member.Start(ctx)
	})
}

// holders finds for each step the one whose service has the port that it needs,
// and moves away.
func (p reloadPlan) holders() map[*step]*step {
	has := map[int]*step{}
	for _, st := range p {
		if st.Action == api.ChangeRestart && st.moves() {
			has[st.member.Snapshot().Config.Port] = st
		}
	}
	found := map[*step]*step{}
	for _, st := range p {
		if holder := has[st.cfg.Port]; st.cfg.Port > 0 && st.moves() && holder != st && holder != nil {
			found[st] = holder
		}
	}
	return found
}

// circles picks one step of each circle of steps that wait for each other.
func circles(holders map[*step]*step) map[*step]bool {
	picked, seen := map[*step]bool{}, map[*step]bool{}
	for st := range holders {
		path := map[*step]bool{}
		for st != nil && !seen[st] {
			seen[st], path[st] = true, true
			if st = holders[st]; path[st] {
				picked[st] = true
			}
		}
	}
	return picked
}

// apply changes the step's service.
func (st *step) apply(ctx context.Context) error {
	switch st.Action {
	case api.ChangeAdd:
		return st.member.Begin(ctx)
	case api.ChangeRestart:
		return st.member.Reconfigure(ctx, st.cfg)
	case api.ChangeInPlace:
		return st.member.Amend(ctx, st.cfg)
	}
	return nil
}

// each does something for every step at the same time, and puts its error into
// the step's change.
func (p reloadPlan) each(changes []api.Change, do func(*step) error) {
	var all sync.WaitGroup
	for i, st := range p {
		all.Go(func() {
			if err := do(st); err != nil {
				changes[i].Error = err.Error()
			}
		})
	}
	all.Wait()
}
