package status

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// fakeEngine knows of each service the same.
type fakeEngine struct {
	did   func(string)
	lines []api.LogLine
}

func (fakeEngine) Watch(ctx context.Context, _ func(api.Snapshot) error) error {
	<-ctx.Done()
	return ctx.Err()
}

func (fakeEngine) History(_ context.Context, name, span string) (api.History, error) {
	at := sample().Time
	point := func(ago time.Duration, v float64) api.Point {
		return api.Point{Time: at.Add(-ago), RequestsPerSecond: v, P50MS: v, P99MS: 2 * v, Busy: int(v), CPUPercent: v,
			RSSBytes: 1 << 20}
	}
	return api.History{Service: name, Spans: []api.Span{{Name: span, StepSeconds: 1, Points: []api.Point{
		point(50*time.Second, 1), point(49*time.Second, 2), point(2*time.Second, 8), point(time.Second, 4)}}}}, nil
}

func (fakeEngine) Settings(context.Context, string) ([]api.Setting, error) {
	return []api.Setting{{Key: "port", Value: "8080"}, {Key: "env.KEY", Value: "(hidden)"},
		{Key: "queue", Value: "256", Default: true}}, nil
}

func (fakeEngine) Transfers(_ context.Context, s api.Service) ([]api.Transfer, error) {
	if s.Name != "files" {
		return nil, nil
	}
	return []api.Transfer{{Path: nasty + "film.mkv", Client: "10.0.0.7", Direction: "download", DoneBytes: 1 << 20,
		TotalBytes: 4 << 20, BytesPerSecond: 2048}}, nil
}

func (fakeEngine) Picture(context.Context, api.Service) ([]byte, error) {
	return []byte("\xff\xd8jpeg"), nil
}

func (e fakeEngine) Logs(ctx context.Context, q client.LogQuery, fn func(api.LogLine) error) error {
	for _, l := range e.lines {
		if text := strings.TrimPrefix(q.Grep, "(?i)"); strings.Contains(l.Msg, text) {
			if err := fn(l); err != nil {
				return err
			}
		}
	}
	if q.Follow {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (e fakeEngine) act(what string) error {
	if e.did == nil {
		return errors.New("nothing moves here")
	}
	e.did(what)
	return nil
}

func (e fakeEngine) Start(_ context.Context, n string) error   { return e.act("start " + n) }
func (e fakeEngine) Stop(_ context.Context, n string) error    { return e.act("stop " + n) }
func (e fakeEngine) Restart(_ context.Context, n string) error { return e.act("restart " + n) }
