package camera

import (
	"context"
	"errors"
	"slices"
	"time"
)

// autoType is the first camera that works, else the test pattern.
func autoType() sourceType {
	return sourceType{
		name:    "auto",
		hint:    "the first camera that works, else the pattern",
		example: "`auto`",
		docs:    "the first camera that works, else the test pattern until one is plugged in",
		matches: func(spec string) bool { return spec == "" || spec == "auto" },
		newOpener: func(_ string, want settings) (opener, error) {
			return (&autoSource{want: want, devices: newDevices()}).open, nil
		},
	}
}

// errReopen asks the hub to open the source again, because there may be a better
// one. It is not a failure.
var errReopen = errors.New("a camera may be there")

// autoSource chooses the source each time it is opened.
type autoSource struct {
	want    settings
	devices *devices
	// chosen is the first camera that worked. Once it is set, an unplugged camera
	// is waited for, and the pattern does not replace it.
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
	searchEvery = time.Second
	retryBusy   = 10 * time.Second
	noLimit     = time.Duration(1<<63 - 1)
)

// standIn is the pattern instead of a camera. It asks to be reopened when a
// device appears, and every ten seconds if there is one that did not work.
type standIn struct {
	*pattern
	nodes  func() []string
	seen   []string
	look   time.Time // time of the next search for devices
	opened time.Time
	limit  time.Duration // asks to be reopened after this time
}

func newStandIn(p *pattern, nodes func() []string, refused bool) *standIn {
	s := &standIn{pattern: p, nodes: nodes, seen: nodes(), opened: time.Now(), limit: noLimit}
	s.look = s.opened.Add(searchEvery)
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
	s.look = captured.Add(searchEvery)
	now := s.nodes()
	appeared := slices.ContainsFunc(now, func(path string) bool { return !slices.Contains(s.seen, path) })
	s.seen = now
	if appeared || captured.Sub(s.opened) > s.limit {
		return time.Time{}, errReopen
	}
	return captured, nil
}
