package fleet

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// Logs calls fn with each line that q asks for, of all machines in the order
// of time; those to come as they come. An error names the machines that could
// not be asked; the others' lines have been shown.
func (f *Fleet) Logs(ctx context.Context, q client.LogQuery, fn func(api.LogLine) error) error {
	asked, err := f.divide(q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex // of what follows, and for fn
	var past []api.LogLine
	var refused error // what fn has returned
	errs := make([]error, len(f.members))
	var all sync.WaitGroup
	for i, m := range f.members {
		own, ok := asked[i]
		if !ok {
			continue
		}
		all.Go(func() {
			err := m.Client.Logs(ctx, own, func(l api.LogLine) error {
				l.Service = m.called(l.Service)
				mu.Lock()
				defer mu.Unlock()
				if !q.Follow {
					past = append(past, l)
					return nil
				}
				if refused == nil {
					refused = fn(l)
				}
				if refused != nil {
					cancel()
				}
				return refused
			})
			if err != nil && ctx.Err() == nil {
				errs[i] = m.failed(err)
			}
		})
	}
	all.Wait()
	if refused != nil {
		return refused
	}
	slices.SortStableFunc(past, func(a, b api.LogLine) int { return a.Time.Compare(b.Time) })
	if q.N >= 0 && len(past) > q.N {
		past = past[len(past)-q.N:]
	}
	for _, l := range past {
		if err := fn(l); err != nil {
			return err
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// divide returns the query for each member. A query without names goes to all.
func (f *Fleet) divide(q client.LogQuery) (map[int]client.LogQuery, error) {
	asked := map[int]client.LogQuery{}
	for i := range f.members {
		if len(q.Names) == 0 {
			asked[i] = q
		}
	}
	for _, name := range q.Names {
		m, there, err := f.of(name)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(f.members, func(other Member) bool { return other.Name == m.Name })
		own, ok := asked[i]
		if !ok {
			own = q
			own.Names = nil
		}
		own.Names = append(own.Names, there)
		asked[i] = own
	}
	return asked, nil
}
