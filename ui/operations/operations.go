// Package operations is the part of the dashboard that starts, stops and
// restarts services, ends shares, and stops everything or leaves.
package operations

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/dialogs"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Engine starts and stops services.
type Engine interface {
	Start(ctx context.Context, name string) error
	Stop(ctx context.Context, name string) error
	Restart(ctx context.Context, name string) error
	// Unshare ends a share and removes its service.
	Unshare(ctx context.Context, name string) error
	// Down stops everything. It returns when the supervisor has ended.
	Down(ctx context.Context) error
}

// Part knows which operations are in progress.
type Part struct {
	ctx    context.Context
	engine Engine

	running map[string]operation // by service
	count   int                  // how many were begun
	ending  time.Time            // since when everything is being stopped; zero: it is not
}

// operation is a request that has not ended.
type operation struct {
	number int
	verb   verb
	since  time.Time
}

// verb is what an operation does.
type verb struct {
	doing, done string // "stopping", "stopped"
	// urgent tells that it may begin while another operation is in progress.
	urgent bool
}

// DoneMsg ends an operation.
type DoneMsg struct {
	Service, Done string // what was done, as a participle
	Err           error

	number int
}

// downMsg comes when everything is stopped, or cannot be.
type downMsg struct{ err error }

// New makes the part.
func New(ctx context.Context, e Engine) *Part {
	return &Part{ctx: ctx, engine: e, running: map[string]operation{}}
}

// Busy tells what is being done with a service, and since when.
func (p *Part) Busy(service string) (doing string, since time.Time, busy bool) {
	o, busy := p.running[service]
	return o.verb.doing, o.since, busy
}

// Ending is since when everything is being stopped. It is zero otherwise.
func (p *Part) Ending() time.Time { return p.ending }

// Update takes the ends of operations.
func (p *Part) Update(_ component.Screen, msg tea.Msg) component.Effects {
	switch msg := msg.(type) {
	case DoneMsg:
		if p.running[msg.Service].number == msg.number {
			delete(p.running, msg.Service)
		}
		switch {
		case errors.Is(msg.Err, context.Canceled):
			return nil
		case msg.Err != nil:
			return component.Warn(safe.FirstLine(msg.Err.Error()))
		}
		return component.Notify(messages.Done(msg.Service, msg.Done))
	case downMsg:
		if msg.err != nil {
			p.ending = time.Time{}
			return component.Warn(safe.FirstLine(msg.err.Error()))
		}
		return component.Effects{component.QuitMsg{Farewell: messages.Everything}}
	}
	return nil
}

// do requests an operation from the engine. A machine that does not answer gets no
// request: it might act much later, when no person expects it.
func (p *Part) do(scr component.Screen, name string, v verb, op func(context.Context, string) error) component.Effects {
	if s, _ := scr.Service(name); s.Lost {
		return component.Warn(messages.LostAction(s.Host, name, v.done))
	}
	if o, busy := p.running[name]; busy && !v.urgent {
		return component.Warn(messages.Already(name, o.verb.doing))
	}
	p.count++
	number, ctx := p.count, p.ctx
	p.running[name] = operation{number, v, scr.Now}
	return component.Run(func() tea.Msg {
		return DoneMsg{Service: name, Done: v.done, Err: op(ctx, name), number: number}
	})
}

func (p *Part) start(scr component.Screen) component.Effects {
	return p.do(scr, scr.Selected, verb{messages.Starting, messages.Started, false}, p.engine.Start)
}

func (p *Part) restart(scr component.Screen) component.Effects {
	return p.do(scr, scr.Selected, verb{messages.Restarting, messages.Restarted, false}, p.engine.Restart)
}

func (p *Part) stop(scr component.Screen) component.Effects {
	s, _ := scr.Current()
	stop := func(scr component.Screen) component.Effects {
		return p.do(scr, s.Name, verb{messages.Stopping, messages.Stopped, true}, p.engine.Stop)
	}
	if interrupted := interrupts(s); interrupted != "" {
		return component.Open(dialogs.NewConfirm(messages.StopQuestion(s.Name, interrupted), stop))
	}
	return stop(scr)
}

func (p *Part) unshare(scr component.Screen) component.Effects {
	s, _ := scr.Current()
	if s.Share == nil {
		return component.Warn(messages.NoShare(s.Name))
	}
	question := messages.EndQuestion(s.Share.Path, interrupts(s))
	return component.Open(dialogs.NewConfirm(question, func(scr component.Screen) component.Effects {
		return p.do(scr, s.Name, verb{messages.Ending, messages.Ended, true}, p.engine.Unshare)
	}))
}

// interrupts says what a stop of the service would interrupt; empty for nothing.
func interrupts(s api.Service) string {
	switch {
	case s.Camera != nil && s.Camera.Clients > 0:
		return messages.Watching(s.Camera.Clients)
	case s.Streams > 0:
		return messages.Streaming(s.Streams)
	case s.Pool != nil && s.Pool.Busy > 0:
		return messages.InProgress(s.Pool.Busy + s.Pool.Queued)
	}
	return ""
}

// countInterrupted is how many clients and requests the end of everything would
// interrupt.
func countInterrupted(services []api.Service) (n int) {
	for _, s := range services {
		switch {
		case s.Camera != nil && s.Camera.Clients > 0:
			n += s.Camera.Clients
		case s.Streams > 0:
			n += s.Streams
		case s.Pool != nil:
			n += s.Pool.Busy + s.Pool.Queued
		}
	}
	return n
}

// Leave closes the dashboard. The services keep running.
func (p *Part) Leave(scr component.Screen) component.Effects {
	running := 0
	for _, s := range scr.Snapshot.Services {
		if s.PID != 0 {
			running++
		}
	}
	if !p.ending.IsZero() || running == 0 {
		return component.Effects{component.QuitMsg{}}
	}
	return component.Effects{component.QuitMsg{Farewell: messages.KeepRunning(running)}}
}

// askStopAll asks, and then stops everything.
func (p *Part) askStopAll(scr component.Screen) component.Effects {
	interrupted := ""
	if n := countInterrupted(scr.Snapshot.Services); n > 0 {
		interrupted = messages.OverAll(n)
	}
	question := messages.DownQuestion(len(scr.Snapshot.Services), interrupted)
	return component.Open(dialogs.NewConfirm(question, func(scr component.Screen) component.Effects {
		p.ending = scr.Now
		ctx, engine := p.ctx, p.engine
		return component.Run(func() tea.Msg { return downMsg{engine.Down(ctx)} })
	}))
}
