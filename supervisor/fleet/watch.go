package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/wake"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

const (
	pace       = 100 * time.Millisecond // between two snapshots at least
	askAgain   = time.Second            // after a machine was lost
	silentFor  = 5 * time.Second        // then a machine that says nothing is lost: it speaks once a second
	showsAfter = time.Second            // between two snapshots at most
)

// view is what was last seen of a machine.
type view struct {
	snapshot api.Snapshot
	at       time.Time // zero: nothing yet
	err      error     // why it is lost
}

// Watch calls fn with all machines as they are now, and again after each
// change, as the client's does. A machine that is lost is shown as it was, with
// the reason, until it is back. It runs until ctx ends or fn returns an error.
func (f *Fleet) Watch(ctx context.Context, fn func(api.Snapshot) error) error {
	var mu sync.Mutex
	views := make([]view, len(f.members))
	changed := wake.New()
	see := func(i int, change func(*view)) {
		mu.Lock()
		change(&views[i])
		mu.Unlock()
		changed.Set()
	}
	watching, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	for i, m := range f.members {
		all.Go(func() { m.watch(watching, func(change func(*view)) { see(i, change) }) })
	}
	heartbeat := time.NewTicker(showsAfter)
	defer heartbeat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-heartbeat.C:
		}
		mu.Lock()
		s := f.merge(views, time.Now())
		mu.Unlock()
		if err := fn(s); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pace):
		}
	}
}

// watch follows one machine until ctx ends, and asks again when it was lost.
func (m Member) watch(ctx context.Context, see func(func(*view))) {
	for ctx.Err() == nil {
		err := m.Client.Watch(ctx, func(s api.Snapshot) error {
			see(func(v *view) { *v = view{snapshot: s, at: time.Now()} })
			return nil
		})
		if ctx.Err() != nil {
			return
		}
		see(func(v *view) { v.err = err })
		select {
		case <-ctx.Done():
		case <-time.After(askAgain):
		}
	}
}

// merge is one snapshot of all.
func (f *Fleet) merge(views []view, now time.Time) api.Snapshot {
	out := api.Snapshot{Time: now}
	var names []string
	for i, m := range f.members {
		v := views[i]
		lost := v.err
		if lost == nil && !v.at.IsZero() && now.Sub(v.at) > silentFor {
			lost = fmt.Errorf("it has not been heard for %s", now.Sub(v.at).Round(time.Second))
		}
		if lost == nil && v.at.IsZero() {
			lost = errors.New("not heard yet")
		}
		if m.Name == "" {
			out.Info = v.snapshot.Info
			names = append(names, "this machine")
		} else {
			names = append(names, m.Name)
		}
		if v.at.IsZero() {
			out.Services = append(out.Services, api.Service{Name: m.called("…"), Host: m.Name, State: api.Stopped, Lost: true,
				Reason: lost.Error()})
			continue
		}
		for _, s := range v.snapshot.Services {
			s = m.foreign(s, v.snapshot.Info)
			if lost != nil {
				s.Lost, s.Reason = true, "lost: "+lost.Error()
				s.Rates, s.RequestsPerSecond, s.BytesPerSecond, s.CPUPercent = nil, 0, 0, 0
			}
			out.Services = append(out.Services, s)
		}
	}
	out.Info.Instance = strings.Join(names, " + ")
	return out
}
