//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/wake"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/service"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

// roster is the configuration in force with its services, and tells subscribers
// when one of them changes. Its methods are safe for concurrent use.
type roster struct {
	mu          sync.Mutex
	config      configs.Config
	members     []*member // in the order of the configuration, shares last
	subscribers map[wake.Signal]struct{}
	// run starts a member that is added; nil while none may be added: before
	// the supervisor runs, and once the instance goes down.
	run     func(*member)
	leaving bool // the instance is being taken down
}

// member is a service in the roster.
type member struct {
	*service.Service
	shutDown context.CancelFunc // ends its Serve; nil before it runs
}

// isShare tells whether the service was made by a share, not the configuration.
func (m *member) isShare() bool { return m.Snapshot().Config.Share != nil }

// configured tells whether the service is one of the configuration's: neither a
// share nor a program that ammarctl run started.
func (m *member) configured() bool { return configured(m.Snapshot().Config) }

func configured(cfg configs.Service) bool { return cfg.Share == nil && !cfg.Transient }

// all lists the members.
func (r *roster) all() []*member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.members)
}

// find returns a member by its name; nil when there is none.
func (r *roster) find(name string) *member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lookup(name)
}

// lookup is find for a caller that holds mu.
func (r *roster) lookup(name string) *member {
	for _, m := range r.members {
		if m.Name() == name {
			return m
		}
	}
	return nil
}

// named finds a member by its name, the replicas of a service by the name that
// they have in the configuration, or a group's members by @ and its name.
func (r *roster) named(name string) ([]*member, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.lookup(name); m != nil {
		return []*member{m}, nil
	}
	var found []*member
	for _, m := range r.members {
		if cfg := m.Snapshot().Config; name != "" && cfg.ReplicaOf == name || cfg.In(name) {
			found = append(found, m)
		}
	}
	if len(found) == 0 {
		return nil, r.unknown(name)
	}
	return found, nil
}

// one finds a member by its name.
func (r *roster) one(name string) (*member, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.lookup(name); m != nil {
		return m, nil
	}
	return nil, r.unknown(name)
}

// unknown is the error for a name that no service has; the caller holds mu.
func (r *roster) unknown(name string) error {
	if group, is := strings.CutPrefix(name, "@"); is {
		return api.Explained(api.CodeNoSuchService, "no-such-service",
			"no service has the group %q in its groups", group)
	}
	known := make([]string, 0, len(r.members))
	for _, m := range r.members {
		known = append(known, m.Name())
	}
	return api.Explained(api.CodeNoSuchService, "no-such-service", "no service is called %q; there are: %s%s",
		name, strings.Join(known, ", "), configs.DidYouMean(name, known))
}

// errLeaving refuses to add a service.
func errLeaving() error {
	return &api.Error{Code: api.CodeConflict, Message: "the instance is going down"}
}

// open lets members be added, which run starts, and starts those there are.
func (r *roster) open(run func(*member)) []*member {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run = run
	for _, m := range r.members {
		run(m)
	}
	return slices.Clone(r.members)
}

// close ends that: no member is added from here on.
func (r *roster) close() []*member {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run, r.leaving = nil, true
	return slices.Clone(r.members)
}

// add makes a service under cfg's name, or under a name derived from that where
// it is taken and exact is false, and starts it.
func (r *roster) add(cfg configs.Service, exact bool, make func(configs.Service) (*member, error)) (*member, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.run == nil {
		return nil, errLeaving()
	}
	base := cfg.Name
	for n := 2; r.lookup(cfg.Name) != nil; n++ {
		if exact {
			return nil, &api.Error{Code: api.CodeConflict,
				Message: fmt.Sprintf("a service is called %q already; choose another --name", base)}
		}
		cfg.Name = fmt.Sprintf("%s-%d", base, n)
	}
	m, err := make(cfg)
	if err != nil {
		return nil, err
	}
	r.members = append(r.members, m)
	r.run(m)
	return m, nil
}

// commit puts a configuration in force, adds its new services and puts all in
// its order; false when the instance is going down.
func (r *roster) commit(config configs.Config, added []*member) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.run == nil {
		return false
	}
	r.config = config
	for _, m := range added {
		r.members = append(r.members, m)
		r.run(m)
	}
	place := func(m *member) int {
		i := slices.IndexFunc(config.Services, func(cfg configs.Service) bool { return cfg.Name == m.Name() })
		if i < 0 {
			return len(config.Services) // a share
		}
		return i
	}
	slices.SortStableFunc(r.members, func(a, b *member) int { return place(a) - place(b) })
	return true
}

// remove takes a member off that has ended.
func (r *roster) remove(m *member) {
	r.mu.Lock()
	r.members = slices.DeleteFunc(r.members, func(other *member) bool { return other == m })
	r.mu.Unlock()
	r.changed(false)
}

// inForce returns the configuration in force.
func (r *roster) inForce() configs.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.config
}

// path returns the path of the configuration in force.
func (r *roster) path() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.config.Path
}

// state is what the next supervisor needs of the roster.
func (r *roster) state(boot string) (statefile.State, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	texts, err := statefile.EncodeServices(r.config.Services)
	state := statefile.State{
		Version: statefile.Version, Boot: boot, Running: !r.leaving,
		Config:   statefile.Config{Path: r.config.Path, Services: texts},
		Services: map[string]statefile.Service{},
	}
	for _, m := range r.members {
		now := m.Snapshot()
		state.Services[m.Name()] = now.Saved()
		if configured(now.Config) || r.leaving || err != nil {
			continue
		}
		var text []byte
		if text, err = statefile.EncodeService(now.Config); err == nil {
			state.Shares = append(state.Shares, text)
		}
	}
	return state, err
}

// subscribe returns a channel that gets a value when something has changed
// since the last one was taken, and a function that ends it.
func (r *roster) subscribe() (changed <-chan struct{}, cancel func()) {
	ch := wake.New()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.subscribers[ch] = struct{}{}
	return ch, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.subscribers, ch)
	}
}

// changed wakes the subscribers, and where moved is set the services that may
// wait for another.
func (r *roster) changed(moved bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ch := range r.subscribers {
		ch.Set()
	}
	if !moved {
		return
	}
	for _, m := range r.members {
		if len(service.Dependencies(m.Snapshot().Config)) > 0 {
			m.DependenciesChanged()
		}
	}
}

// lastOf splits off the members that no other of them comes after.
func lastOf(members []*member) (last, rest []*member) {
	for _, m := range members {
		if slices.ContainsFunc(members, func(other *member) bool {
			return slices.Contains(service.Dependencies(other.Snapshot().Config), m.Name())
		}) {
			rest = append(rest, m)
		} else {
			last = append(last, m)
		}
	}
	if len(last) == 0 { // a cycle, which the configuration refuses
		return members, nil
	}
	return last, rest
}
