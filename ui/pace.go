package ui

import (
	"reflect"
	"slices"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// The paces of drawing. Bubble Tea looks at a fixed rate whether there is
// something to draw, and at a rate that makes keys feel quick this looking is
// most of what an idle dashboard costs; so it looks more seldom while nothing
// happens: once after each of the snapshots that come every second.
const (
	brisk = 20 * time.Millisecond
	calm  = 600 * time.Millisecond
	// surely is when a calm look is over, also on a machine that is late.
	surely = calm + 200*time.Millisecond
	// calmAfter is for how long nothing happens before it is calm.
	calmAfter = time.Second
)

// pacer sets how often a program looks for something to draw. The library has
// no call for that: it is told to its ticker, which is safe to be set anew at
// any time. A library that keeps no such ticker any more is left alone.
func pacer(p *tea.Program) func(time.Duration) {
	field := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	at := (**time.Ticker)(unsafe.Pointer(field.UnsafeAddr()))
	return func(every time.Duration) {
		if ticker := *at; ticker != nil {
			ticker.Reset(every)
		}
	}
}

// keepPace draws quickly as long as something happens. It is called with every
// message, on the goroutine that also makes the ticker.
func (m *model) keepPace(msg tea.Msg) {
	if m.pace == nil {
		return
	}
	want, at := brisk, time.Now()
	if m.moves(msg) {
		m.moved = at
	} else if at.Sub(m.moved) > calmAfter {
		want = calm
	}
	// Setting a pace anew puts off the next look. That saves the second look
	// after a snapshot; the first one must have been, or news that come quickly
	// would put it off for ever.
	if want != m.paced || want == calm && at.Sub(m.pacedAt) >= surely {
		m.paced, m.pacedAt = want, at
		m.pace(want)
	}
}

// moves tells whether a message is more than the passing of time.
func (m *model) moves(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tickMsg:
		return false
	case newsMsg:
		return len(msg.lines) > 0 || msg.lost != m.lost || msg.snapshot != nil && otherwise(m.snapshot.Services, msg.snapshot.Services)
	}
	return true
}

// otherwise tells whether services came, went or are in another state.
func otherwise(before, now []api.Service) bool {
	return !slices.EqualFunc(before, now, func(a, b api.Service) bool { return a.Name == b.Name && a.State == b.State && a.PID == b.PID })
}
