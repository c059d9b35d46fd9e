package ui

import (
	"reflect"
	"slices"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/feed"
)

// The paces of drawing. Bubble Tea checks at a fixed rate whether there is
// something to draw. At a rate that makes keys feel quick, these checks are most
// of what an idle dashboard costs. So it checks less often while nothing
// happens: once after each of the snapshots, which come every second.
const (
	brisk = 20 * time.Millisecond
	calm  = 600 * time.Millisecond
	// calmChecked is when a calm check has happened, also on a slow machine.
	calmChecked = calm + 200*time.Millisecond
	// calmAfter is how long nothing happens before the pace becomes calm.
	calmAfter = time.Second
)

// pace decides how often the library checks whether there is something to draw.
type pace struct {
	set     func(time.Duration) // nil: it cannot be set
	current time.Duration
	setAt   time.Time
	movedAt time.Time // when something happened last
}

// pacer returns a function that sets how often a program checks. The library has
// no call for that, so its ticker is reset; that is safe at any time. It is nil
// when a later version of the library has no such ticker.
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

// note draws quickly while something happens. It is called with every message,
// before that is shown, on the goroutine that also makes the ticker.
func (p *pace) note(msg tea.Msg, services []api.Service, lost bool) {
	if p.set == nil {
		return
	}
	want, now := brisk, time.Now()
	if isMove(msg, services, lost) {
		p.movedAt = now
	} else if now.Sub(p.movedAt) > calmAfter {
		want = calm
	}
	// Setting the pace again puts the next check off. That saves a second check
	// after a snapshot, but not before the first one: otherwise news that come
	// quickly would put it off for ever.
	if want != p.current || want == calm && now.Sub(p.setAt) >= calmChecked {
		p.current, p.setAt = want, now
		p.set(want)
	}
}

// isMove tells whether a message is more than the passing of time.
func isMove(msg tea.Msg, services []api.Service, lost bool) bool {
	switch msg := msg.(type) {
	case feed.TickMsg:
		return false
	case feed.NewsMsg:
		return len(msg.Lines) > 0 || msg.Lost != lost || msg.Snapshot != nil && !sameStates(services, msg.Snapshot.Services)
	}
	return true
}

// sameStates tells whether these are the same services in the same states.
func sameStates(before, now []api.Service) bool {
	return slices.EqualFunc(before, now, func(a, b api.Service) bool {
		return a.Name == b.Name && a.State == b.State && a.PID == b.PID
	})
}
