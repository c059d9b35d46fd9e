//go:build unix

// Package supervisor launches, watches and restarts the services of one
// instance. It knows no service, only executables and what
// docs/service-contract.md says of them.
package supervisor

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/addresses"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// Options are what a supervisor needs. All are required but Version.
type Options struct {
	Config configs.Config
	Dirs   instance.Dirs
	// Self is the path of this program's binary at the moment; executed with
	// process.LaunchArg it calls process.Launch.
	Self func() (string, error)
	// Argv is the command line of a service.
	Argv    func(configs.Service) ([]string, error)
	Version string
	Log     *slog.Logger
}

// Supervisor runs the services of an instance. Its methods are safe for
// concurrent use.
type Supervisor struct {
	opts  Options
	since time.Time
	hosts []string
	table *process.Table
	down  chan struct{} // closed by Down
	once  sync.Once

	mu          sync.Mutex
	running     context.Context // of the services; nil before Serve
	group       sync.WaitGroup  // their goroutines
	services    []*service      // in the order of the configuration, shares last
	subscribers map[chan struct{}]struct{}
}

// New makes the logs and sockets' folders of every service; nothing is
// started until Serve.
func New(o Options) (*Supervisor, error) {
	table, err := process.NewTable(o.Self)
	if err != nil {
		return nil, err
	}
	s := &Supervisor{
		opts: o, since: time.Now(), hosts: addresses.Hosts(), table: table,
		down: make(chan struct{}), subscribers: map[chan struct{}]struct{}{},
	}
	for _, cfg := range o.Config.Services {
		svc, err := s.newService(cfg)
		if err != nil {
			s.closeLogs()
			return nil, err
		}
		s.services = append(s.services, svc)
	}
	return s, nil
}

func (s *Supervisor) closeLogs() {
	for _, svc := range s.services {
		svc.log.Close()
	}
}

func (s *Supervisor) newService(cfg configs.Service) (*service, error) {
	d := s.opts.Dirs
	if err := d.CheckService(cfg.Name); err != nil {
		return nil, err
	}
	log, err := logs.New(logs.Config{Service: cfg.Name, FIFO: d.FIFO(cfg.Name), File: d.LogFile(cfg.Name)})
	if err != nil {
		return nil, err
	}
	return newService(cfg, environment{
		table: s.table, slog: s.opts.Log, argv: s.opts.Argv, variable: s.variables,
		paths: func(name string) paths {
			return paths{fifo: d.FIFO(name), control: d.Control(name), notify: func(n int) string { return d.Notify(name, n) }}
		},
		lookup: s.lookup, changed: s.changed, moved: s.moved,
	}, log), nil
}

// variables are what a service's process finds in its environment.
func (s *Supervisor) variables(cfg configs.Service) []string {
	env := []string{
		contract.Service + "=" + cfg.Name,
		contract.Instance + "=" + s.opts.Dirs.Instance,
		contract.Supervisor + "=" + s.opts.Dirs.Socket(),
	}
	for name, value := range cfg.Env {
		env = append(env, name+"="+value)
	}
	return env
}

// Serve starts every service and runs until ctx ends or Down is called; then
// it stops them, those that came last first, and returns nil when no process
// is left. It is called once.
func (s *Supervisor) Serve(ctx context.Context) error {
	// The services outlive ctx for as long as stopping them in order takes.
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var reaper sync.WaitGroup
	reaping, stopReaping := context.WithCancel(running)
	reaper.Go(func() { _ = s.table.Serve(reaping) })

	s.mu.Lock()
	s.running = running
	for _, svc := range s.services {
		s.run(svc)
	}
	initial := slices.Clone(s.services)
	s.mu.Unlock()
	for _, svc := range initial {
		svc.post(command{verb: start, done: make(chan error, 1)})
	}

	select {
	case <-ctx.Done():
	case <-s.down:
	}
	s.opts.Log.Info("Stopping every service")
	s.stopAll()
	cancel()
	s.group.Wait()
	s.table.KillOrphans("")
	stopReaping()
	reaper.Wait()
	return nil
}

// run starts the service's goroutine; with mu held.
func (s *Supervisor) run(svc *service) {
	ctx := s.running
	s.group.Go(func() {
		defer close(svc.ended)
		if err := svc.Serve(ctx); err != nil {
			s.opts.Log.Error("A service's supervision ended", "service", svc.cfg.Name, "error", err)
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
	s.running = nil // no share is taken from here on
	s.mu.Unlock()
	for len(left) > 0 {
		last, rest := lastOf(left)
		var stopping sync.WaitGroup
		for _, svc := range last {
			stopping.Go(func() { _ = s.do(context.Background(), svc, finish) })
		}
		stopping.Wait()
		left = rest
	}
}

// lastOf splits off the services that no other of them comes after.
func lastOf(services []*service) (last, rest []*service) {
	for _, svc := range services {
		if slices.ContainsFunc(services, func(other *service) bool { return slices.Contains(other.cfg.After, svc.cfg.Name) }) {
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
		Instance: s.opts.Dirs.Instance, SupervisorPID: pid(), Config: s.opts.Config.Path,
		Socket: s.opts.Dirs.Socket(), LogDir: s.opts.Dirs.LogDir(), Since: s.since,
		Version: s.opts.Version, Hosts: s.hosts,
	}
}

// Services is a snapshot, in the order of the configuration, shares last.
func (s *Supervisor) Services() []api.Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
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
		if svc.cfg.Name == name {
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
		if len(svc.cfg.After) > 0 {
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
