package camera

import (
	"context"
	"errors"
	"slices"
	"time"
)

// errReopen asks the hub to open the source again, because a better one may
// be there. It is no failure.
var errReopen = errors.New("a camera may be there")

// autoSource is the first camera that works, else the test pattern.
type autoSource struct {
	want    settings
	devices *devices
	// chosen is the camera that worked before. Once there is one, the pattern
	// no longer takes its place: a camera that is unplugged is waited for.
	chosen string
}

func (a *autoSource) open(ctx context.Context) (source, error) {
	if a.chosen != "" {
		return a.devices.open(ctx, a.chosen, a.want)
	}
	paths, err := a.devices.list()
	if err != nil {
		return openPattern(a.want, "no camera: "+err.Error()), nil
	}
	var refusals []error
	for _, path := range paths {
		src, err := a.devices.open(ctx, path, a.want)
		if err == nil {
			a.chosen = path
			return src, nil
		}
		refusals = append(refusals, err)
	}
	caption := "no camera is connected"
	if len(refusals) > 0 {
		caption = "no camera works: " + joined(refusals)
	}
	return newStandIn(openPattern(a.want, caption), a.devices.nodes, len(refusals) > 0), nil
}

func joined(errs []error) string {
	text := errs[0].Error()
	for _, err := range errs[1:] {
		text += "; " + err.Error()
	}
	return text
}

const (
	lookEvery  = time.Second
	retryBusy  = 10 * time.Second
	neverAgain = time.Duration(1<<63 - 1)
)

// standIn is the pattern in the place of a camera. It gives way when a device
// appears, and now and then when there is one that did not work.
type standIn struct {
	*pattern
	nodes  func() []string
	seen   []string
	look   time.Time // when to look for devices next
	opened time.Time
	limit  time.Duration // how long it stays at most
}

func newStandIn(p *pattern, nodes func() []string, refused bool) *standIn {
	s := &standIn{pattern: p, nodes: nodes, seen: nodes(), opened: time.Now(), limit: neverAgain}
	s.look = s.opened.Add(lookEvery)
	if refused {
		s.limit = retryBusy
	}
	return s
}

func (s *standIn) grab(ctx context.Context, number uint64) (time.Time, error) {
	captured, err := s.pattern.grab(ctx, number)
	if err != nil || captured.Before(s.look) {
		return captured, err
	}
	s.look = captured.Add(lookEvery)
	now := s.nodes()
	appeared := slices.ContainsFunc(now, func(path string) bool { return !slices.Contains(s.seen, path) })
	s.seen = now
	if appeared || captured.Sub(s.opened) > s.limit {
		return time.Time{}, errReopen
	}
	return captured, nil
}
