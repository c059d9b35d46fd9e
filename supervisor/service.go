//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// readyGrace is how long a service of which nothing is known, neither notify
// nor probe, has to stay alive to count as ready.
const readyGrace = 300 * time.Millisecond

// service is one supervised executable. Its goroutine (Serve) owns all fields
// below the channels; the others see only the published row.
type service struct {
	cfg configs.Service
	env environment
	log *logs.Log

	commands chan command
	ended    chan struct{} // closed when Serve has returned
	waker    chan struct{} // capacity 1: something another service waits for changed
	row      atomic.Pointer[row]

	state     api.State
	wanted    bool // a person, or the start of the instance, wants it to run
	again     bool // stopping in order to start
	closing   bool // it ends for good: the share is over, or the instance goes down
	blocked   bool // what it comes after will not be ready
	completed bool // it ended by itself with exit status 0

	listener *listener
	port     int        // the one it had, when the configuration leaves it open
	share    *api.Share // of a share that listens
	proc     *process.Process
	launches int
	logMark  uint64    // the newest line when the process was started
	started  time.Time // of the process
	readyAt  time.Time
	notified bool // this process has spoken on its notify socket
	backoff  backoff
	restarts int
	lastExit *api.Exit
	status   string
	reason   string

	nextStart time.Time
	retry     *time.Timer
	killing   *time.Timer
	grace     *time.Timer
	waiters   []command
	watch     *watch // samples and probes the process
	sampled   sampled
}

// row is what others see of a service.
type row struct {
	api.Service
	started time.Time // zero when it does not run
	wanted  bool      // it is to run, now or when it can
	blocked bool      // it waits in vain
	done    bool      // it ended by itself, and that was all right
}

// environment is what a service needs of its supervisor.
type environment struct {
	table    *process.Table
	slog     *slog.Logger
	argv     func(configs.Service) ([]string, error)
	variable func(configs.Service) []string // of the process's environment
	paths    func(name string) paths
	lookup   func(name string) *row // nil: there is none
	changed  func()                 // something of this service is to be seen
	moved    func()                 // its state is another one
}

// paths are a service's own in the runtime folder.
type paths struct {
	fifo, control string
	notify        func(n int) string
}

type verb int

const (
	start verb = iota
	stop
	restart
	finish // stop, and be gone
)

// command is a wish of somebody who waits for the outcome.
type command struct {
	verb verb
	done chan error // capacity 1
}

func newService(cfg configs.Service, env environment, log *logs.Log) *service {
	s := &service{
		cfg: cfg, env: env, log: log,
		commands: make(chan command), ended: make(chan struct{}), waker: make(chan struct{}, 1),
		state: api.Stopped, wanted: true, backoff: backoff{policy: cfg.Restart},
		retry: stoppedTimer(), killing: stoppedTimer(), grace: stoppedTimer(),
	}
	s.row.Store(s.current())
	return s
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// Serve runs the service until it is removed or ctx ends, and returns when no
// process of it is left.
func (s *service) Serve(ctx context.Context) error {
	var logging sync.WaitGroup
	logCtx, stopLog := context.WithCancel(context.WithoutCancel(ctx))
	logging.Go(func() {
		if err := s.log.Serve(logCtx); err != nil {
			s.env.slog.Error("Lost a service's log", "service", s.cfg.Name, "error", err)
		}
	})
	defer func() { stopLog(); logging.Wait() }()
	defer s.end()

	ending := ctx.Done()
	for {
		if s.closing && s.proc == nil && s.state == api.Stopped {
			return nil
		}
		select {
		case <-ending:
			ending = nil
			s.closing = true
			s.stop("the instance is going down")
		case c := <-s.commands:
			s.command(c)
		case <-s.waker:
			s.considerDependencies()
		case <-s.retry.C:
			s.launch()
		case <-s.grace.C:
			s.assumeReady()
		case <-s.killing.C:
			s.kill()
		case m := <-s.messages():
			s.hear(m)
		case <-s.done():
			s.exited()
		case r := <-s.watch.results():
			s.observe(r)
			if r.sample != nil {
				s.row.Store(s.current()) // figures move all the time; nobody is woken for them
				continue
			}
		}
		s.publish()
		s.settle() // what is answered is what others see
	}
}

// Serve's channels of the process; nil, and so silent, when there is none.
func (s *service) messages() <-chan process.Message {
	if s.proc == nil {
		return nil
	}
	return s.proc.Messages
}

func (s *service) done() <-chan struct{} {
	if s.proc == nil {
		return nil
	}
	return s.proc.Done
}

// end answers whoever still waits.
func (s *service) end() {
	s.listener.close()
	for _, w := range s.waiters {
		w.done <- &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s has ended", s.cfg.Name)}
	}
	s.waiters = nil
}

// move takes one transition of the table.
func (s *service) move(ev event, reason string) {
	to, err := next(s.state, ev)
	if err != nil {
		s.env.slog.Error("A transition is missing; please report this", "service", s.cfg.Name, "error", err)
		return
	}
	from := s.state
	s.state, s.reason = to, reason
	args := []any{"service", s.cfg.Name, "from", from, "to", to}
	if reason != "" {
		args = append(args, "reason", reason)
	}
	level := slog.LevelInfo
	if to == api.Failed || to == api.Backoff || to == api.Degraded {
		level = slog.LevelWarn
	}
	s.env.slog.Log(context.Background(), level, "Service "+string(to), args...)
}

// publish shows the service to others, and tells them that it is another.
func (s *service) publish() {
	r := s.current()
	before := s.row.Swap(r)
	s.env.changed()
	if before.State != r.State {
		s.env.moved()
	}
}

func (s *service) current() *row {
	r := &row{Service: s.view(), wanted: s.wanted, blocked: s.blocked, done: s.completed}
	if s.proc != nil {
		r.started = s.started
	}
	return r
}

// view is the service in the words of the API.
func (s *service) view() api.Service {
	v := api.Service{
		Name: s.cfg.Name, Kind: s.cfg.Kind, State: s.state, Restarts: s.restarts,
		LastExit: s.lastExit, Status: s.status, Reason: s.reason,
	}
	switch {
	case s.listener != nil:
		v.Addr = s.listener.addr
	case s.cfg.Port > 0:
		v.Addr = address(s.cfg)
	}
	s.sampled.apply(&v)
	if s.proc != nil {
		v.PID = s.proc.PID
	}
	if !s.nextStart.IsZero() {
		at := s.nextStart
		v.NextStart = &at
	}
	v.Share = s.share
	return v
}
