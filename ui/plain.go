package ui

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// Plain prints one line for each thing that happens, for screen readers and
// pipes, until ctx ends or w fails: first what every service does, then each
// change of a state, and what the services warn of. There are no colours, no
// drawing and nothing that moves.
func Plain(ctx context.Context, e Engine, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &plain{out: w, seen: map[string]api.Service{}, stop: cancel}
	var group sync.WaitGroup
	group.Go(func() { p.warnings(ctx, e) })
	for ctx.Err() == nil {
		_ = e.Watch(ctx, func(s api.Snapshot) error { return p.take(s) })
		if ctx.Err() == nil {
			p.lose()
		}
		pause(ctx, retryEvery)
	}
	group.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// plain prints events; its lines come from two goroutines.
type plain struct {
	mu   sync.Mutex
	out  io.Writer
	err  error
	seen map[string]api.Service
	lost bool
	stop func()
}

// say prints a line with the time in front.
func (p *plain) say(at time.Time, text string) {
	if p.err != nil {
		return
	}
	if _, err := fmt.Fprintln(p.out, at.Local().Format("15:04:05"), safe.Text(text)); err != nil {
		p.err = fmt.Errorf("cannot print what happens: %w", err)
		p.stop()
	}
}

// take prints what is different from the snapshot before.
func (p *plain) take(s api.Snapshot) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost {
		p.lost = false
		p.say(s.Time, words.ThereAgain)
	}
	now := map[string]bool{}
	for _, svc := range s.Services {
		now[svc.Name] = true
		before, known := p.seen[svc.Name]
		p.seen[svc.Name] = svc
		if !known || before.State != svc.State || before.PID != svc.PID || before.Reason != svc.Reason {
			p.say(s.Time, describe(svc))
		}
	}
	for name := range p.seen {
		if !now[name] {
			delete(p.seen, name)
			p.say(s.Time, words.Gone(name))
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
	if s.State == api.Ready || s.State == api.Degraded {
		if url := addressOf(s, nil); url != "" {
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
		p.say(time.Now(), words.Lost)
	}
}

// warnings prints the lines of all logs that are warnings or worse, from now
// on.
func (p *plain) warnings(ctx context.Context, e Engine) {
	for ctx.Err() == nil {
		_ = e.Logs(ctx, client.LogQuery{Follow: true}, func(l api.LogLine) error {
			if l.Level == "WARN" || l.Level == "ERROR" {
				p.mu.Lock()
				p.say(l.Time, l.Service+" "+l.Level+" "+l.Msg)
				p.mu.Unlock()
			}
			return nil
		})
		pause(ctx, retryEvery)
	}
}
