//go:build unix

// Package service supervises one service: an executable that it launches,
// watches, restarts and stops. It knows no particular service, only executables
// and what docs/service-contract.md says of them. The states and the events
// between them are a table in phase.go.
package service

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/wake"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/history"
	"github.com/ammarctl/ammarctl/supervisor/logs"
)

// Service is one supervised executable. Its methods are safe for concurrent use.
type Service struct {
	name     string
	log      *logs.Log
	host     Host
	actor    *actor // for Serve's goroutine, and before that for the maker's
	snapshot atomic.Pointer[Snapshot]
	history  history.History

	commands            chan command
	dependenciesChanged wake.Signal
	ended               chan struct{} // closed when Serve returns
}

// New makes a service that does not run, and its log. Nothing is started before
// Serve.
func New(cfg configs.Service, env *Environment, host Host) (*Service, error) {
	if err := env.Dirs.CreateService(cfg.Name); err != nil {
		return nil, err
	}
	requests := &requestLog{}
	log, err := logs.New(logConfig(cfg, env.Dirs, requests.line))
	if err != nil {
		return nil, err
	}
	s := &Service{
		name: cfg.Name, log: log, host: host, commands: make(chan command),
		dependenciesChanged: wake.New(), ended: make(chan struct{}),
	}
	held := newPorts(cfg.Name, env)
	s.actor = &actor{
		machine: machine{name: cfg.Name, logger: env.Log, phase: api.Stopped, waiters: waiters{name: cfg.Name}},
		env:     env, host: host, log: log, cfg: cfg, nextStart: startTimer{timer: stoppedTimer()},
		processes: processes{name: cfg.Name, env: env, log: log, events: make(chan runEvent), ports: held},
		socket:    socket{name: cfg.Name, env: env, ports: held},
		demand:    demand{arrived: wake.New()},
		files:     watchedFiles{edited: make(chan string), note: log.Note},
		measures:  measures{history: &s.history, requests: requests, traffic: traffic{meter: env.Meter}},
	}
	s.snapshot.Store(snapshotOf(s.actor))
	return s, nil
}

// Adopt takes over what the previous supervisor left. It is called before
// Serve, at most once.
func (s *Service) Adopt(p Previous) {
	adoption{s.actor}.adopt(p)
	s.snapshot.Store(snapshotOf(s.actor))
}

// Name is the service's name, which never changes.
func (s *Service) Name() string { return s.name }

// Snapshot is the service as it is now.
func (s *Service) Snapshot() *Snapshot { return s.snapshot.Load() }

// Log is the service's log.
func (s *Service) Log() *logs.Log { return s.log }

// History is what was measured over the last hour: the span 1m, 15m or 1h, or
// all of them where that is empty.
func (s *Service) History(span string) ([]api.Span, error) { return s.history.Spans(span, time.Now()) }

// Ended is closed when Serve has returned.
func (s *Service) Ended() <-chan struct{} { return s.ended }

// Discard closes the log of a service that will not be served.
func (s *Service) Discard() {
	s.log.Close()
	s.actor.socket.ports.close()
}

// DependenciesChanged tells that another service has changed its state. It does
// not wait.
func (s *Service) DependenciesChanged() {
	s.dependenciesChanged.Set()
}

// Start starts the service and returns when it is ready, or with the reason why
// it will not be. Like every command it continues when ctx ends first.
func (s *Service) Start(ctx context.Context) error { return s.do(ctx, command{kind: start}) }

// Begin is Start for a service that begins as its configuration says: one with
// a schedule waits for its time, and Begin returns.
func (s *Service) Begin(ctx context.Context) error { return s.do(ctx, command{kind: begin}) }

// Stop stops the service and returns when no process of it is left. It stays
// stopped until a person starts it. A second Stop before that kills what is left.
func (s *Service) Stop(ctx context.Context) error { return s.do(ctx, command{kind: stop}) }

// ForceStop kills at once what is left of the service, which stays down until a
// command or the configuration starts it. It returns when SIGKILL is sent.
func (s *Service) ForceStop(ctx context.Context) error { return s.do(ctx, command{kind: forceStop}) }

// Signal sends a signal to the process that serves, or to every process of the
// service. The error says that there is none.
func (s *Service) Signal(ctx context.Context, signal syscall.Signal, all bool) error {
	return s.do(ctx, command{kind: sendSignal, sent: signalRequest{signal, all}})
}

// ReloadProgram runs the service's reload command, which finds the number of
// its process in MAINPID, and returns when that has ended.
func (s *Service) ReloadProgram(ctx context.Context) error {
	now := s.Snapshot()
	switch {
	case len(now.Config.Reload) == 0:
		return conflict("%s has no reload command; set it in its table: "+
			`reload = ["sh", "-c", "kill -HUP $MAINPID"]`, s.name)
	case now.PID == 0:
		return conflict("%s has no process: it is %s", s.name, now.State)
	}
	err := s.actor.env.runHook(ctx, now.Config, s.log, "reload", now.Config.Reload, fmt.Sprintf("MAINPID=%d", now.PID))
	if err != nil {
		return &api.Error{Code: api.CodeFailed, Message: err.Error(), Explain: explain.Code(err)}
	}
	return nil
}

// Restart replaces the service's process and returns when the previous one has
// ended. Clients that connect during the restart wait.
func (s *Service) Restart(ctx context.Context) error { return s.do(ctx, command{kind: restart}) }

// Reconfigure puts cfg in force, with a new process.
func (s *Service) Reconfigure(ctx context.Context, cfg configs.Service) error {
	return s.do(ctx, command{kind: reconfigure, cfg: cfg})
}

// Amend puts cfg in force, which differs only in keys that need no new process.
func (s *Service) Amend(ctx context.Context, cfg configs.Service) error {
	return s.do(ctx, command{kind: amend, cfg: cfg})
}

// Settle changes nothing and returns when the service has come to rest: it is
// ready, done, failed, stopped, or waits for something that is not on its way.
func (s *Service) Settle(ctx context.Context) error { return s.do(ctx, command{kind: settle}) }

// Remove stops the service and returns when Serve has returned.
func (s *Service) Remove(ctx context.Context) error {
	if err := s.do(ctx, command{kind: remove}); err != nil {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SendBegin is Begin for a caller that does not wait for the answer.
func (s *Service) SendBegin() { s.send(command{kind: begin}) }

// do sends a command and waits for its answer.
func (s *Service) do(ctx context.Context, c command) error {
	select {
	case err := <-s.send(c):
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send hands a command to Serve and returns the channel of its answer.
func (s *Service) send(c command) <-chan error {
	done := make(chan error, 1)
	c.done = done
	select {
	case s.commands <- c:
	case <-s.ended:
		done <- conflict("%s has ended", s.name)
	}
	return done
}

// Serve runs the service until it is removed or ctx ends. It returns when no
// process of it is left. An error is an ImpossibleEventError: the state machine
// made a mistake, and went on. It is called once.
func (s *Service) Serve(ctx context.Context) error {
	defer close(s.ended)
	var logging sync.WaitGroup
	logCtx, stopLog := context.WithCancel(context.WithoutCancel(ctx))
	logging.Go(func() {
		if err := s.log.Serve(logCtx); err != nil {
			s.actor.env.Log.Error("Lost a service's log", "service", s.name, "error", err)
		}
	})
	defer func() { stopLog(); logging.Wait() }()
	s.loop(ctx.Done())
	return s.actor.fault
}

// loop handles one thing after the other until the service is gone.
func (s *Service) loop(down <-chan struct{}) {
	a := s.actor
	requests, monitor := requests{a}, monitor{a}
	a.down = down
	a.setConfig(a.cfg)
	a.socket.ports.serve()
	defer a.waiters.end()
	defer a.socket.ports.close()
	defer a.socket.release()
	defer a.demand.stop()
	defer a.measures.traffic.watch(nil)
	defer a.files.stop()
	defer a.hooks.Wait()
	for !a.ending() || a.phase != api.Stopped {
		select {
		case <-down:
			down = nil
			requests.goDown()
		case c := <-s.commands:
			requests.command(c)
		case <-s.dependenciesChanged:
			requests.dependenciesChanged()
		case <-a.nextStart.timer.C:
			requests.timerFired()
		case <-a.demand.arrived:
			requests.clientCame()
		case err := <-a.preparation.ended():
			preparing{a}.prepared(err)
		case path := <-a.files.edited:
			requests.fileChanged(path)
		case <-a.socket.ports.queue.changed:
			for _, e := range a.socket.ports.queue.takeAll() {
				monitor.portEvent(e)
			}
		case e := <-a.processes.events:
			phase, successor := a.phase, a.successor()
			monitor.happened(e)
			if e.onlyMeasured() && a.phase == phase && a.successor() == successor {
				s.snapshot.Store(snapshotOf(a)) // no subscriber is woken for figures
				continue
			}
		}
		s.publish(snapshotOf(a))
		a.waiters.deliver() // an answer comes when others can see what it tells
	}
}

// publish shows the service to others, and tells them that it has changed.
func (s *Service) publish(now *Snapshot) {
	previous := s.snapshot.Swap(now)
	if now.State != previous.State && (now.State == api.Done || now.State == api.Failed) {
		s.host.Persist() // before anything follows from it: what is done is not to be done again
	}
	s.host.Changed(now.State != previous.State || now.Outlook != previous.Outlook)
}
