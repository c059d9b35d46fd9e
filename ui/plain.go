package ui

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/ui/address"
	"github.com/ammarctl/ammarctl/ui/feed"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Plain prints one line for each thing that happens, for screen readers and
// pipes, until ctx ends or w fails: first the state of every service, then each
// change of a state, and the warnings of the services. It prints no colours and
// moves nothing.
func Plain(ctx context.Context, source feed.Source, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &plain{out: w, seen: map[string]api.Service{}, stop: cancel}
	var group sync.WaitGroup
	group.Go(func() { p.warnings(ctx, source) })
	for ctx.Err() == nil {
		_ = source.Watch(ctx, func(s api.Snapshot) error { return p.changes(s) })
		if ctx.Err() == nil {
			p.lose()
		}
		feed.Pause(ctx, feed.RetryEvery)
	}
	group.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// plain prints events, which come from two goroutines.
type plain struct {
	mu   sync.Mutex
	out  io.Writer
	err  error // why nothing more is printed
	seen map[string]api.Service
	lost bool
	stop func()
}

// print prints a line with the time in front. The caller holds p.mu.
func (p *plain) print(at time.Time, text string) {
	if p.err != nil {
		return
	}
	if _, err := fmt.Fprintln(p.out, at.Local().Format("15:04:05"), safe.Text(text)); err != nil {
		p.err = fmt.Errorf("cannot print what happens: %w", err)
		p.stop()
	}
}

// changes prints how a snapshot differs from the previous one.
func (p *plain) changes(s api.Snapshot) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost {
		p.lost = false
		p.print(s.Time, messages.ThereAgain)
	}
	exists := map[string]bool{}
	for _, svc := range s.Services {
		exists[svc.Name] = true
		before, known := p.seen[svc.Name]
		p.seen[svc.Name] = svc
		if !known || before.State != svc.State || before.PID != svc.PID || before.Reason != svc.Reason {
			p.print(s.Time, describe(svc))
		}
	}
	for name := range p.seen {
		if !exists[name] {
			delete(p.seen, name)
			p.print(s.Time, messages.Gone(name))
		}
	}
	return p.err
}

// describe is a service in a sentence.
func describe(s api.Service) string {
	text := s.Name + " " + string(s.State)
	if s.PID != 0 {
		text += fmt.Sprintf(", pid %d", s.PID)
	}
	if s.State.Serving() {
		if url := address.Of(s, nil); url != "" {
			text += ", " + url
		}
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

func (p *plain) lose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.lost {
		p.lost = true
		p.print(time.Now(), messages.Lost)
	}
}

// warnings prints the new lines of all logs that are warnings or errors.
func (p *plain) warnings(ctx context.Context, source feed.Source) {
	for ctx.Err() == nil {
		_ = source.Logs(ctx, client.LogQuery{Follow: true}, func(l api.LogLine) error {
			if l.Level == "WARN" || l.Level == "ERROR" {
				p.mu.Lock()
				p.print(l.Time, l.Service+" "+l.Level+" "+l.Msg)
				p.mu.Unlock()
			}
			return nil
		})
		feed.Pause(ctx, feed.RetryEvery)
	}
}
