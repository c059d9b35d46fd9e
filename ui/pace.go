package ui

import (
	"reflect"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// The paces of drawing. Bubble Tea looks at a fixed rate whether there is
// something to draw, and at a rate that makes keys feel quick this looking is
// most of what an idle dashboard costs; so it looks more seldom while nothing
// happens.
const (
	brisk = 20 * time.Millisecond
	calm  = 300 * time.Millisecond
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
	want := brisk
	if at := time.Now(); moves(msg) {
		m.moved = at
	} else if at.Sub(m.moved) > calmAfter {
		want = calm
	}
	if want != m.paced {
		m.paced = want
		m.pace(want)
	}
}

// moves tells whether a message is more than the passing of time.
func moves(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tickMsg:
		return false
	case newsMsg:
		return len(msg.lines) > 0 || msg.lost
	}
	return true
}
