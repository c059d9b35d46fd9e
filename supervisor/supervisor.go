//go:build unix

// Package supervisor runs the services of one instance: it starts them in
// order, keeps their state on disk, applies a changed configuration, and stops
// them. How a single service is run is the affair of package service.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/wake"
	"github.com/ammarctl/ammarctl/supervisor/addresses"
	"github.com/ammarctl/ammarctl/supervisor/adhoc"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/keeper"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/service"
	"github.com/ammarctl/ammarctl/supervisor/share"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
	"github.com/ammarctl/ammarctl/supervisor/takeover"
)

// Options are what a supervisor needs. All are required but Version, Yield,
// Store and Inheritance.
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
	// Yield ends this process at once, so that its keeper starts the next
	// supervisor; nil when there is no keeper.
	Yield func()
	// Store keeps descriptors beyond this supervisor's life; nil keeps nothing.
	Store *keeper.Store
	// Inheritance is what the previous supervisor left; nil is nothing.
	Inheritance *Inheritance
}

// Supervisor runs the services of an instance. Its methods are safe for
// concurrent use.
type Supervisor struct {
	opts    Options
	since   time.Time
	env     *service.Environment
	roster  *roster
	saver   *saver
	began   chan struct{} // closed by Serve when the services run
	settled chan struct{} // closed when each of them has come to rest once
	down    chan struct{} // closed by Down
	once    sync.Once
	force   chan struct{} // closed by Down with force
	forced  sync.Once

	reloading sync.Mutex // one reloads at a time

	failures *failures
	group    sync.WaitGroup // the goroutines of services
	mu       sync.Mutex
	faults   error // mistakes of the services' state machines
}

// New makes the logs and folders of every service, and adopts those that run
// already; nothing is started until Serve.
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
		opts: o, since: time.Now(),
		env: &service.Environment{
			Processes: table, Listeners: &listener.Pool{}, Store: o.Store, Log: o.Log, Dirs: o.Dirs,
			Groups: service.FindGroups(o.Config), Viewers: &service.Viewers{}, Argv: o.Argv, Takeover: takeover.Probe(),
			Meter: sockdiag.NewMeter(),
		},
		roster: &roster{config: o.Config, subscribers: map[wake.Signal]struct{}{}},
		began:  make(chan struct{}), settled: make(chan struct{}), down: make(chan struct{}),
		force: make(chan struct{}),
	}
	s.failures = &failures{env: s.env, down: func() { s.Down(false) }}
	s.saver = &saver{path: o.Dirs.StateFile(), roster: s.roster, log: o.Log}
	if err := s.makeServices(); err != nil {
		for _, m := range s.roster.all() {
			m.Discard()
		}
		return nil, err
	}
	o.Inheritance.adopt(s.roster.all(), s.env)
	return s, nil
}

// makeServices fills the roster: the services of the configuration, and the
// shares that the previous supervisor had.
func (s *Supervisor) makeServices() error {
	for _, cfg := range s.opts.Config.Services {
		m, err := s.newMember(cfg)
		if err != nil {
			return err
		}
		s.roster.members = append(s.roster.members, m)
	}
	known := func(name string) bool { return s.roster.find(name) != nil }
	for _, cfg := range s.opts.Inheritance.shares(known) {
		m, err := s.newMember(cfg)
		if err != nil {
			s.opts.Log.Warn("A share of the previous supervisor is lost", "service", cfg.Name, "error", err)
			continue
		}
		s.roster.members = append(s.roster.members, m)
	}
	return nil
}

func (s *Supervisor) newMember(cfg configs.Service) (*member, error) {
	svc, err := service.New(cfg, s.env, host{s.roster, s.saver, s.failures})
	if err != nil {
		return nil, err
	}
	return &member{Service: svc}, nil
}

// Serve starts every service that does not run yet. When ctx ends, Down is
// called or a critical service fails, it stops them, dependent ones first, and
// returns when no process is left. Its error names the critical service that
// failed, or is a service.ImpossibleEventError. It is called once.
func (s *Supervisor) Serve(ctx context.Context) error {
	// The services outlive ctx for as long as stopping them in order takes.
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var reaper, others sync.WaitGroup
	reaping, stopReaping := context.WithCancel(running)
	reaper.Go(func() { _ = s.env.Processes.Serve(reaping) })
	others.Go(func() { s.saver.follow(running) })
	others.Go(func() { s.env.ServeTraffic(running) })

	s.saver.save()
	initial := s.roster.open(func(m *member) { s.run(running, m) })
	if err := s.opts.Store.Ready(); err != nil {
		s.opts.Log.Warn("The keeper does not listen", "error", err)
	}
	close(s.began)
	others.Go(func() { s.begin(running, initial) })

	select {
	case <-ctx.Done():
	case <-s.down:
	}
	s.opts.Log.Info("Stopping every service")
	others.Go(func() { s.killWhenForced(running) })
	s.stopAll()
	cancel()
	s.group.Wait()
	s.failures.wait()
	others.Wait()
	s.saver.save()
	s.env.Processes.KillOrphans(false)
	s.env.Processes.KillOrphans(true, contract.Supervisor+"="+s.opts.Dirs.Socket())
	stopReaping()
	reaper.Wait()
	return errors.Join(s.failures.critical, s.faults)
}

// begin starts the services that do not run, and returns when all have come to
// rest once.
func (s *Supervisor) begin(ctx context.Context, initial []*member) {
	for _, m := range initial {
		if m.Snapshot().PID == 0 {
			m.SendBegin()
		}
	}
	for _, m := range initial {
		_ = m.Settle(ctx) // where it stands is in its snapshot
	}
	if ctx.Err() == nil {
		close(s.settled)
	}
}

// run serves a member; the roster calls it.
func (s *Supervisor) run(ctx context.Context, m *member) {
	serving, shutDown := context.WithCancel(ctx)
	m.shutDown = shutDown
	if m.isShare() {
		s.group.Go(func() { s.expire(m) })
	}
	s.group.Go(func() {
		defer shutDown()
		if err := m.Serve(serving); err != nil {
			s.mu.Lock()
			s.faults = errors.Join(s.faults, err)
			s.mu.Unlock()
		}
		if !m.configured() {
			s.roster.remove(m)
		}
	})
}

// expire ends a share when its time is over.
func (s *Supervisor) expire(m *member) {
	expires := m.Snapshot().Config.Share.Expires
	if expires.IsZero() {
		return
	}
	timer := time.NewTimer(time.Until(expires))
	defer timer.Stop()
	select {
	case <-timer.C:
		s.opts.Log.Info("A share expired", "service", m.Name())
		_ = m.Remove(context.Background())
	case <-m.Ended():
	}
}

// stopAll stops the services that no other depends on, then those that they
// came after, and so on.
func (s *Supervisor) stopAll() {
	left := s.roster.close()
	if err := s.opts.Store.Stopping(); err != nil {
		s.opts.Log.Warn("The keeper does not listen", "error", err)
	}
	s.saver.save()
	for len(left) > 0 {
		last, rest := lastOf(left)
		for _, m := range last {
			m.shutDown()
		}
		for _, m := range last {
			<-m.Ended()
		}
		left = rest
	}
}

// Began is closed when Serve has saved the state and told the keeper that this
// supervisor works. Answer no client before: until then the keeper may take a
// crash for a supervisor that never worked, and give up.
func (s *Supervisor) Began() <-chan struct{} { return s.began }

// Settled is closed when each service that there was when Serve began has come
// to rest once: it is ready, done, failed, stopped, or waits for a time.
func (s *Supervisor) Settled() <-chan struct{} { return s.settled }

// Info describes the instance.
func (s *Supervisor) Info() api.Info {
	settled := false
	select {
	case <-s.settled:
		settled = true
	default:
	}
	return api.Info{
		Instance: s.opts.Dirs.Instance, SupervisorPID: os.Getpid(), KeeperPID: s.opts.Store.PID(),
		Config: s.roster.path(), Socket: s.opts.Dirs.Socket(), LogDir: s.opts.Dirs.LogDir(), Since: s.since,
		Version: s.opts.Version, Hosts: addresses.Hosts(), Settled: settled,
	}
}

// Services is a snapshot, in the order of the configuration, shares last.
func (s *Supervisor) Services() []api.Service {
	s.env.Viewers.Viewed()
	now := time.Now()
	members := s.roster.all()
	list := make([]api.Service, 0, len(members))
	for _, m := range members {
		snapshot := m.Snapshot()
		v := snapshot.Service
		if !snapshot.Started.IsZero() {
			v.UptimeSeconds = now.Sub(snapshot.Started).Seconds()
		}
		list = append(list, v)
	}
	return list
}

// Subscribe returns a channel that gets a value when something has changed
// since the last one was taken, and a function that ends it. A subscriber that
// does not take its values delays nothing.
func (s *Supervisor) Subscribe() (changed <-chan struct{}, cancel func()) {
	return s.roster.subscribe()
}

// Log is the log of a service.
func (s *Supervisor) Log(name string) (*logs.Log, error) {
	m, err := s.roster.one(name)
	if err != nil {
		return nil, err
	}
	return m.Log(), nil
}

// History is what was measured of a service over the last hour: the span 1m,
// 15m or 1h, or all of them where that is empty.
func (s *Supervisor) History(name, span string) ([]api.Span, error) {
	m, err := s.roster.one(name)
	if err != nil {
		return nil, err
	}
	return m.History(span)
}

// Settings is the configuration of a service as it is in force. Values that may
// be secret are hidden.
func (s *Supervisor) Settings(name string) ([]api.Setting, error) {
	m, err := s.roster.one(name)
	if err != nil {
		return nil, err
	}
	list := []api.Setting{}
	for _, set := range configs.Effective(m.Snapshot().Config) {
		list = append(list, api.Setting{Key: set.Key, Value: set.Value, Default: set.Default})
	}
	return list, nil
}

// awaitBegin waits until the services run: the API answers before.
func (s *Supervisor) awaitBegin(ctx context.Context) error {
	select {
	case <-s.began:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Share starts a files service for a folder and returns when it is ready. A
// port that is taken is an error, and nothing is left of the attempt.
func (s *Supervisor) Share(ctx context.Context, req api.ShareRequest) (api.Service, error) {
	cfg, err := share.Config(req)
	if err != nil {
		return api.Service{}, err
	}
	if err := s.awaitBegin(ctx); err != nil {
		return api.Service{}, err
	}
	return s.startNew(ctx, cfg, req.Name != "")
}

// Run starts a program that is in no configuration, and returns when it is
// ready. Nothing is left of one that cannot be started.
func (s *Supervisor) Run(ctx context.Context, req api.RunRequest) (api.Service, error) {
	cfg, err := adhoc.Config(req)
	if err != nil {
		return api.Service{}, err
	}
	if err := s.awaitBegin(ctx); err != nil {
		return api.Service{}, err
	}
	return s.startNew(ctx, cfg, req.Name != "")
}

// startNew adds a service that is in no configuration, and starts it. With exact it
// refuses a name that is taken; else it chooses another.
func (s *Supervisor) startNew(ctx context.Context, cfg configs.Service, exact bool) (api.Service, error) {
	m, err := s.roster.add(cfg, exact, s.newMember)
	if err != nil {
		return api.Service{}, err
	}
	if err := m.Start(ctx); err != nil {
		_ = s.remove(context.WithoutCancel(ctx), m) // the first error is the one to report
		return api.Service{}, err
	}
	s.saver.save()
	return m.Snapshot().Service, nil
}

// Remove ends a share; the services of the configuration stay.
func (s *Supervisor) Remove(ctx context.Context, name string) error {
	m, err := s.roster.one(name)
	if err != nil {
		return err
	}
	if m.configured() {
		return &api.Error{Code: api.CodeConflict,
			Message: fmt.Sprintf("%s is no share; to stop it: ammarctl stop %s", name, name)}
	}
	return s.remove(ctx, m)
}

// remove ends a service and returns when nothing of it is left.
func (s *Supervisor) remove(ctx context.Context, m *member) error {
	if err := m.Service.Remove(ctx); err != nil {
		return err
	}
	s.roster.remove(m)
	s.saver.save()
	return nil
}

// Upgrade makes way for a supervisor of another binary. For the services it is
// as if this one were killed: they notice nothing. When the new one does not
// work, the keeper starts the old binary again.
func (s *Supervisor) Upgrade(ctx context.Context, req api.UpgradeRequest) error {
	if s.opts.Yield == nil {
		return api.Explained(api.CodeConflict, "no-keeper", "cannot upgrade in place: "+
			"this supervisor has no keeper that would start the new one; ammarctl down, then ammarctl up -d")
	}
	if err := tryBinary(ctx, s.env.Processes, req); err != nil {
		return err
	}
	s.saver.save()
	if err := s.opts.Store.Executes(req.Path); err != nil {
		return &api.Error{Code: api.CodeFailed, Message: fmt.Sprintf("cannot upgrade: %v", err)}
	}
	s.opts.Log.Info("Making way for another version", "version", req.Version, "path", req.Path)
	time.AfterFunc(lastAnswer, s.opts.Yield)
	return nil
}
