//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/schedule"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/backoff"
	"github.com/ammarctl/ammarctl/supervisor/history"
	"github.com/ammarctl/ammarctl/supervisor/keeper"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// readyGrace is how long a service of which nothing is known, neither notify
// nor probe, has to stay alive to count as ready.
const readyGrace = 300 * time.Millisecond

// service is one supervised executable. Its goroutine (Serve) owns all fields
// below the channels; the others see only the published row.
type service struct {
	name string
	env  environment
	log  *logs.Log

	commands   chan command
	happenings chan happening
	ended      chan struct{} // closed when Serve has returned
	waker      chan struct{} // capacity 1: something another service waits for changed
	edited     chan string   // the path of a watched file that changed
	row        atomic.Pointer[row]

	cfg       configs.Service
	state     api.State
	wanted    bool // a person, or the start of the instance, wants it to run
	again     bool // stopping in order to start
	closing   bool // it ends for good: the share is over, or the instance goes down
	byHand    bool // a person has stopped it
	blocked   bool // what it comes after will not be ready
	completed bool // it ended by itself with exit status 0

	listener   *listener.Listener
	port       int        // the one it had, when the configuration leaves it open
	share      *api.Share // of a share that listens
	cur        *run       // the one that serves, or is to
	next       *handover  // the one that is to take over
	runs       []*run     // all that live: cur, next, and those that drain
	launches   int
	backoff    backoff.Backoff
	restarts   int
	lastExit   *api.Exit
	reason     string
	stateSince time.Time
	rates      []float64
	history    history.History

	scheduled schedule.Schedule // of cfg.Schedule
	nextStart time.Time
	retry     *time.Timer
	waiters   []command
	watching  *fileWatch
}

// row is what others see of a service.
type row struct {
	api.Service
	cfg     configs.Service
	started time.Time // zero when it does not run
	wanted  bool      // it is to run, now or when it can
	blocked bool      // it waits in vain
	done    bool      // it ended by itself, and that was all right
	byHand  bool      // it stays stopped until somebody starts it
	closing bool
	port    int // the one it has where its configuration leaves it open
	// launches counts its processes.
	launches int
}

// environment is what a service needs of its supervisor.
type environment struct {
	table     *process.Table
	listeners *listener.Pool
	store     *keeper.Store
	slog      *slog.Logger
	argv      func(configs.Service) ([]string, error)
	variable  func(configs.Service) []string // of the process's environment
	marks     func(name string) []string     // those that every process of the service has
	paths     func(name string, launch int) runPaths
	lookup    func(name string) *row // nil: there is none
	changed   func()                 // something of this service is to be seen
	moved     func()                 // its state is another one
	decided   func()                 // it will not run again by itself; returns when that is written down
	looks     *looks
	groups    groups
	gaveUp    func(cfg configs.Service, why string)
}

type verb int

const (
	start verb = iota
	begin      // as the configuration says: at once, or by its schedule
	stop
	restart
	finish      // stop, and be gone
	reconfigure // with a new process
	amend       // for the supervisor alone
)

// command is a wish of somebody who waits for the outcome.
type command struct {
	verb verb
	cfg  configs.Service // of reconfigure
	done chan error      // capacity 1
}

func newService(cfg configs.Service, env environment, log *logs.Log) *service {
	s := &service{
		name: cfg.Name, cfg: cfg, env: env, log: log,
		commands: make(chan command), happenings: make(chan happening),
		ended: make(chan struct{}), waker: make(chan struct{}, 1), edited: make(chan string),
		state: api.Stopped, wanted: true,
		retry: stoppedTimer(),
	}
	s.scheduled, _ = schedule.Parse(cfg.Schedule) // the configuration has been checked
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
			s.env.slog.Error("Lost a service's log", "service", s.name, "error", err)
		}
	})
	defer func() { stopLog(); logging.Wait() }()
	defer s.end()
	s.watchFiles()
	defer func() { s.watching.stop() }()

	ending := ctx.Done()
	for {
		if s.closing && len(s.runs) == 0 && s.state == api.Stopped {
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
			s.due()
		case path := <-s.edited:
			s.changedFile(path)
		case h := <-s.happenings:
			state, handover := s.state, s.next
			s.happened(h)
			if h.figures() && s.state == state && s.next == handover {
				s.row.Store(s.current()) // they move all the time; nobody is woken for them
				continue
			}
		}
		s.publish()
		s.settle() // what is answered is what others see
	}
}

// end answers whoever still waits.
func (s *service) end() {
	s.release()
	for _, w := range s.waiters {
		w.done <- &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s has ended", s.name)}
	}
	s.waiters = nil
}

// move takes one transition of the table.
func (s *service) move(ev event, reason string) {
	to, err := next(s.state, ev)
	if err != nil {
		s.env.slog.Error("A transition is missing; please report this", "service", s.name, "error", err)
		return
	}
	from := s.state
	s.state, s.reason = to, reason
	if to != from {
		s.stateSince = time.Now()
	}
	args := []any{"service", s.name, "from", from, "to", to}
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
	if r.done && !before.done || r.State == api.Failed && before.State != api.Failed {
		s.env.decided() // before anything follows from it: what is done is not to be done again
	}
	s.env.changed()
	if before.State != r.State || before.blocked != r.blocked {
		s.env.moved()
	}
}

func (s *service) current() *row {
	r := &row{Service: s.view(), cfg: s.cfg, wanted: s.wanted, blocked: s.blocked, done: s.completed, byHand: s.byHand, closing: s.closing, port: s.port, launches: s.launches}
	if s.cur != nil {
		r.started = s.cur.started
	}
	return r
}

// view is the service in the words of the API.
func (s *service) view() api.Service {
	v := api.Service{
		Name: s.name, Kind: s.cfg.Kind, State: s.state, Restarts: s.restarts,
		LastExit: s.lastExit, Reason: s.reason, Rates: s.rates, TLS: s.cfg.TLSCert != "",
		StoppedByHand: s.byHand,
		Command:       s.cfg.CommandLine(),
	}
	switch {
	case s.listener != nil:
		v.Addr = s.listener.Addr
	case s.cfg.Port > 0:
		v.Addr = configuredAddr(s.cfg)
	}
	if s.cur != nil {
		v.PID, v.Status, v.Adopted = s.cur.PID, s.cur.status, s.cur.Adopted()
		v.Control = s.cur.paths.control
		s.cur.sampled.Apply(&v)
	}
	for _, r := range s.runs {
		switch {
		case r == s.cur:
		case s.next != nil && r == s.next.run:
			v.NextPID = r.PID
		default:
			v.Draining = append(v.Draining, r.PID)
		}
	}
	if !s.nextStart.IsZero() {
		at := s.nextStart
		v.NextStart = &at
	}
	if since := s.stateSince; !since.IsZero() {
		v.StateSince = &since
	}
	if until := s.deadline(); !until.IsZero() {
		v.Deadline = &until
	}
	v.Share = s.share
	return v
}

func configuredAddr(cfg configs.Service) string {
	return net.JoinHostPort(cfg.Bind, strconv.Itoa(cfg.Port))
}

// deadline is when what goes on ends at the latest; zero where nothing does, or
// it has no end.
func (s *service) deadline() time.Time {
	switch {
	case s.state == api.Starting && s.cur != nil, s.state == api.Stopping && s.cur != nil:
		return s.cur.until
	case s.next != nil:
		return s.next.run.until
	}
	var last time.Time
	for _, r := range s.runs {
		if r != s.cur && r.until.After(last) {
			last = r.until
		}
	}
	return last
}
