//go:build unix

// Package supervisor launches, watches and restarts the services of one
// instance. It knows no service, only executables and what
// docs/service-contract.md says of them.
package supervisor

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/addresses"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/keeper"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// Options are what a supervisor needs. All are required but Version, Store and
// Inheritance.
type Options struct {
	Config configs.Config
	Dirs   instance.Dirs
	// Self is the path of this program's binary at the moment; executed with
	// launch.Arg it calls launch.Run before all else.
	Self func() (string, error)
	// Argv is the command line of a service.
	Argv func(configs.Service) ([]string, error)
	// Load reads the configuration at a path again, for Reload.
	Load    func(path string) (configs.Config, error)
	Version string
	Log     *slog.Logger
	// Yield ends this process at once, so that whoever watches over it starts
	// the next supervisor; nil: nobody does.
	Yield func()
	// Store keeps descriptors beyond this supervisor's life; nil: nobody does.
	Store *keeper.Store
	// Inheritance is what the supervisor before has left; nil: nothing.
	Inheritance *Inheritance
}

// Supervisor runs the services of an instance. Its methods are safe for
// concurrent use.
type Supervisor struct {
	opts      Options
	since     time.Time
	table     *process.Table
	groups    groups
	listeners listener.Pool
	began     chan struct{} // closed by Serve when the services run
	down      chan struct{} // closed by Down
	once      sync.Once

	looks     looks      // at Services
	reloading sync.Mutex // one reloads at a time
	saving    sync.Mutex // one writes the state file at a time
	saved     []byte     // what it holds
	saveError string     // what was last said about it

	mu          sync.Mutex
	config      configs.Config
	leaving     bool            // the instance is being taken down
	critical    error           // why, when a critical service has failed
	running     context.Context // of the services; nil before Serve
	group       sync.WaitGroup  // their goroutines
	services    []*service      // in the order of the configuration, shares last
	subscribers map[chan struct{}]struct{}
}

// New makes the logs and sockets' folders of every service, and takes over
// those that run already; nothing is started until Serve.
func New(o Options) (*Supervisor, error) {
	table, err := process.NewTable(o.Self, o.Dirs.Exits())
	if err != nil {
		return nil, err
	}
	table.SpareChildren()
	if o.Inheritance == nil {
		o.Inheritance = &Inheritance{}
	}
	s := &Supervisor{
		opts: o, since: time.Now(), table: table, groups: findGroups(o.Config), config: o.Config,
		began: make(chan struct{}),
		down:  make(chan struct{}), subscribers: map[chan struct{}]struct{}{},
	}
	for _, cfg := range o.Config.Services {
		svc, err := s.newService(cfg)
		if err != nil {
			s.closeLogs()
			return nil, err
		}
		s.services = append(s.services, svc)
	}
	for _, cfg := range o.Inheritance.shares(func(name string) bool { return s.find(name) != nil }) {
		svc, err := s.newService(cfg)
		if err != nil {
			o.Log.Warn("A share of the supervisor before is lost", "service", cfg.Name, "error", err)
			continue
		}
		s.services = append(s.services, svc)
	}
	s.adoptAll()
	return s, nil
}

func (s *Supervisor) closeLogs() {
	for _, svc := range s.services {
		svc.log.Close()
	}
}

func (s *Supervisor) newService(cfg configs.Service) (*service, error) {
	d := s.opts.Dirs
	if err := d.CreateService(cfg.Name); err != nil {
		return nil, err
	}
	log, err := logs.New(logConfig(cfg, d))
	if err != nil {
		return nil, err
	}
	return newService(cfg, environment{
		table: s.table, listeners: &s.listeners, store: s.opts.Store, slog: s.opts.Log, argv: s.opts.Argv,
		variable: s.variables, marks: s.marks,
		paths:  s.pathsOf,
		lookup: s.lookup, changed: s.changed, moved: s.moved, decided: s.save, gaveUp: s.gaveUp, looks: &s.looks, groups: s.groups,
	}, log), nil
}

func (s *Supervisor) pathsOf(name string, launch int) runPaths {
	d := s.opts.Dirs
	return runPaths{control: d.Control(name, launch), notify: d.Notify(name, launch), record: d.Record(name, launch), group: s.groups.path(d.Instance, name, launch)}
}

// marks are the variables by which every process of a service is known, those
// included that it has started.
func (s *Supervisor) marks(name string) []string {
	return []string{contract.Service + "=" + name, contract.Supervisor + "=" + s.opts.Dirs.Socket()}
}

// variables are what a service's process finds in its environment.
func (s *Supervisor) variables(cfg configs.Service) []string {
	env := append(s.marks(cfg.Name), contract.Instance+"="+s.opts.Dirs.Instance)
	for name, value := range cfg.Env {
		env = append(env, name+"="+value)
	}
	return env
}

// Serve starts every service that does not run yet, and goes on until ctx ends
// or Down is called, or a critical service has failed, which is its error;
// then it stops them, those that came last first, and returns when no process
// is left. It is called once.
func (s *Supervisor) Serve(ctx context.Context) error {
	// The services outlive ctx for as long as stopping them in order takes.
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var reaper, saver sync.WaitGroup
	reaping, stopReaping := context.WithCancel(running)
	reaper.Go(func() { _ = s.table.Serve(reaping) })
	saver.Go(func() { s.saveAsItGoes(running) })

	s.save()
	s.mu.Lock()
	s.running = running
	for _, svc := range s.services {
		s.run(svc)
	}
	initial := slices.Clone(s.services)
	s.mu.Unlock()
	if err := s.opts.Store.Ready(); err != nil {
		s.opts.Log.Warn("The keeper does not listen", "error", err)
	}
	close(s.began)
	for _, svc := range initial {
		if r := svc.row.Load(); r.wanted && r.PID == 0 {
			svc.post(command{verb: begin, done: make(chan error, 1)})
		}
	}

	select {
	case <-ctx.Done():
	case <-s.down:
	}
	s.opts.Log.Info("Stopping every service")
	s.stopAll()
	cancel()
	s.group.Wait()
	saver.Wait()
	s.save()
	s.table.KillOrphans(false)
	s.table.KillOrphans(true, contract.Supervisor+"="+s.opts.Dirs.Socket())
	stopReaping()
	reaper.Wait()
	return s.critical
}

// Began is closed when Serve has written down what there is and told the
// keeper that this supervisor works. Whoever is answered before that may be
// told of an instance that ends with a crash of its supervisor.
func (s *Supervisor) Began() <-chan struct{} { return s.began }

// adoptAll goes on with what the supervisor before has left.
func (s *Supervisor) adoptAll() {
	in := s.opts.Inheritance
	for _, svc := range s.services {
		svc.adopt(legacy{
			saved: in.state.Services[svc.name], records: in.records[svc.name],
			listener: in.Take(listenerName(svc.name)),
			notify:   func(launch int) *descriptor.Descriptor { return in.Take(notifyName(svc.name, launch)) },
			torn:     in.Continues(),
		})
		delete(in.records, svc.name)
	}
	s.endStrays()
	for _, path := range s.opts.Dirs.Leftovers() {
		_ = os.Remove(path)
	}
	for name, file := range in.kept {
		file.Close()
		if err := s.opts.Store.Drop(name); err != nil {
			s.opts.Log.Warn("The keeper still holds a descriptor", "name", name, "error", err)
		}
	}
}

// endStrays ends processes of services that there are no more.
func (s *Supervisor) endStrays() {
	d := s.opts.Dirs
	for name, records := range s.opts.Inheritance.records {
		for _, rec := range records {
			if p, err := s.table.Adopt(rec, nil, d.Notify(name, rec.Launch), d.Record(name, rec.Launch)); err == nil {
				s.opts.Log.Warn("Ending a process whose service is not configured any more", "service", name, "pid", rec.Identity.PID)
				p.Kill()
				<-p.Done
			}
			s.pathsOf(name, rec.Launch).remove()
		}
	}
}

// saveAsItGoes writes down what changes by itself.
func (s *Supervisor) saveAsItGoes(ctx context.Context) {
	changed, stop := s.Subscribe()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			s.save()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(savePace):
		}
	}
}

// run starts the service's goroutine; with mu held.
func (s *Supervisor) run(svc *service) {
	ctx := s.running
	if svc.row.Load().cfg.Share != nil {
		s.group.Go(func() {
			s.expire(svc)
			<-svc.ended
			s.forget(svc)
		})
	}
	s.group.Go(func() {
		defer close(svc.ended)
		if err := svc.Serve(ctx); err != nil {
			s.opts.Log.Error("A service's supervision ended", "service", svc.name, "error", err)
		}
	})
}

// Down begins to stop the instance; Serve returns when that is done.
func (s *Supervisor) Down() { s.once.Do(func() { close(s.down) }) }

// stopAll stops what nothing depends on first, then what that came after, and
// so on.
func (s *Supervisor) stopAll() {
	s.mu.Lock()
	left := slices.Clone(s.services)
	s.running, s.leaving = nil, true // no share is taken from here on
	s.mu.Unlock()
	if err := s.opts.Store.Stopping(); err != nil {
		s.opts.Log.Warn("The keeper does not listen", "error", err)
	}
	s.save()
	for len(left) > 0 {
		last, rest := lastOf(left)
		var stopping sync.WaitGroup
		for _, svc := range last {
			stopping.Go(func() { _ = s.do(context.Background(), svc, command{verb: finish}) })
		}
		stopping.Wait()
		left = rest
	}
}

// lastOf splits off the services that no other of them comes after.
func lastOf(services []*service) (last, rest []*service) {
	for _, svc := range services {
		if slices.ContainsFunc(services, func(other *service) bool {
			return slices.Contains(predecessors(other.row.Load().cfg), svc.name)
		}) {
			rest = append(rest, svc)
		} else {
			last = append(last, svc)
		}
	}
	if len(last) == 0 { // a cycle, which the configuration refuses
		return services, nil
	}
	return last, rest
}

// Info describes the instance.
func (s *Supervisor) Info() api.Info {
	return api.Info{
		Instance: s.opts.Dirs.Instance, SupervisorPID: pid(), KeeperPID: s.opts.Store.PID(), Config: s.configPath(),
		Socket: s.opts.Dirs.Socket(), LogDir: s.opts.Dirs.LogDir(), Since: s.since,
		Version: s.opts.Version, Hosts: addresses.Hosts(),
	}
}

func (s *Supervisor) configPath() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config.Path
}

// Services is a snapshot, in the order of the configuration, shares last.
func (s *Supervisor) Services() []api.Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.looks.look()
	list := make([]api.Service, 0, len(s.services))
	for _, svc := range s.services {
		r := svc.row.Load()
		v := r.Service
		if !r.started.IsZero() {
			v.UptimeSeconds = now.Sub(r.started).Seconds()
		}
		list = append(list, v)
	}
	return list
}

func (s *Supervisor) lookup(name string) *row {
	if svc := s.find(name); svc != nil {
		return svc.row.Load()
	}
	return nil
}

func (s *Supervisor) find(name string) *service {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, svc := range s.services {
		if svc.name == name {
			return svc
		}
	}
	return nil
}

// Subscribe returns a channel that gets a value when something has changed
// since the last one was taken, and a function that ends it. Nobody waits for
// a subscriber.
func (s *Supervisor) Subscribe() (changed <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribers[ch] = struct{}{}
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.subscribers, ch)
	}
}

func (s *Supervisor) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.subscribers {
		poke(ch)
	}
}

// moved wakes the services that may be waiting for another's state.
func (s *Supervisor) moved() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, svc := range s.services {
		if len(predecessors(svc.row.Load().cfg)) > 0 {
			poke(svc.waker)
		}
	}
}

func poke(ch chan<- struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
