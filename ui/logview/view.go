package logview

import (
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Times is how the time of a line is shown.
type Times int

// The ways to show a time.
const (
	Clock Times = iota // 15:04:05
	Relative
	NoTimes
)

// Options are what a person chose about how lines are shown. They outlive a
// View, as the choice holds for the next service too.
type Options struct {
	Times Times
	Wrap  bool // long lines continue below; else they are cut, and moved sideways
	Open  bool // each field on a line of its own, JSON inside them too
	Level string
	// Search marks lines; Only and Without are patterns that a line must and
	// must not have to be shown.
	Search, Only, Without string
}

// View is a window on a store of lines. The zero value is not ready: New.
type View struct {
	store   *Store
	options Options
	shown   *index // the lines that pass the filters
	found   *index // of them, those with the search in them; nil: no search
	search  *matcher
	only    *matcher
	without *matcher
	problem string // with the pattern typed last

	width, height int
	following     bool
	bottom        position // the last row on the screen, when not following
	cursor        uint64   // the line that is copied
	fresh         int      // lines that came since following ended
	sideways      int      // cells
}

// position is one row of one line, by the number of the line. It stays valid
// while lines are added and filtered.
type position struct {
	id  uint64
	row int
}

// New makes an empty view that follows.
func New(o Options) *View {
	v := &View{store: &Store{}, following: true, width: 80, height: 10}
	v.Choose(o)
	return v
}

// Options are those that were chosen last.
func (v *View) Options() Options { return v.options }

// Choose changes what is shown and how. When a pattern is no regular expression
// the previous one stays in force, and Problem says why.
func (v *View) Choose(o Options) {
	v.problem = ""
	set := func(to **matcher, pattern string) {
		m, err := newMatcher(pattern)
		if err != nil {
			v.problem = err.Error()
			return
		}
		*to = m
	}
	set(&v.search, o.Search)
	set(&v.only, o.Only)
	set(&v.without, o.Without)
	before := v.options
	v.options = o
	if v.shown == nil || before.Level != o.Level || before.Only != o.Only || before.Without != o.Without {
		v.filter()
	} else if before.Search != o.Search {
		v.startSearch()
	}
	if !o.Wrap == before.Wrap || o.Open != before.Open {
		v.sideways = 0
		v.bottom.row = 1 << 20 // all of the line
		v.clamp()
	}
}

// Problem says what is wrong with the pattern that was typed last; empty when
// nothing is.
func (v *View) Problem() string { return v.problem }

// filter makes the list of shown lines again. The view stays where it is if its
// line is still shown.
func (v *View) filter() {
	v.shown = newIndex(v.store, passes(v.options.Level, v.only, v.without))
	v.startSearch()
	v.Work()
}

// startSearch makes the list of matches again.
func (v *View) startSearch() {
	v.found = nil
	if v.search == nil {
		return
	}
	passes, search := v.shown.want, v.search
	var buf []byte
	v.found = newIndex(v.store, func(e entry) bool {
		if passes != nil && !passes(e) {
			return false
		}
		buf = e.appendPlain(buf[:0])
		return search.in(buf)
	})
	v.Work()
}

// Work filters and searches some more lines. It returns true when lines are
// left; then call it again after the screen was drawn.
func (v *View) Work() bool {
	v.shown.catchUp(v.store)
	more := v.shown.back(v.store, step)
	if v.found != nil {
		v.found.catchUp(v.store)
		more = v.found.back(v.store, step) || more
	}
	return more
}

// Clear forgets all lines.
func (v *View) Clear() {
	v.store = &Store{}
	v.following, v.fresh, v.cursor = true, 0, 0
	v.filter()
}

// Add appends lines; the view stays where it is unless it follows.
func (v *View) Add(lines ...api.LogLine) {
	before, oldest := v.shown.len(), v.store.first
	v.store.Add(lines...)
	v.added(before, oldest)
}

// Mark appends a line with the time, to find this moment again.
func (v *View) Mark(at time.Time) {
	before, oldest := v.shown.len(), v.store.first
	v.store.Mark(at)
	v.added(before, oldest)
}

// added updates the lists after lines were added. before is how many lines were
// shown, oldest the first line of the store.
func (v *View) added(before int, oldest uint64) {
	v.shown.catchUp(v.store)
	if v.found != nil {
		v.found.catchUp(v.store)
	}
	if v.following {
		return
	}
	v.fresh += max(0, v.shown.len()-before)
	if v.store.first != oldest { // lines on the screen may have been dropped
		v.clamp()
	}
}

// Len is how many lines there are, and of them shown.
func (v *View) Len() (all, shown int) { return v.store.Len(), v.shown.len() }

// Resize says how many cells there are for the lines.
func (v *View) Resize(width, height int) {
	if width == v.width && height == v.height {
		return
	}
	v.width, v.height = max(1, width), max(0, height)
	v.clamp()
}
