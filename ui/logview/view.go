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
	Wrap  bool // long lines go on below; else they are cut, and moved sideways
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
	bottom        place  // the last row on the screen, when not following
	cursor        uint64 // the line that is copied
	fresh         int    // lines that came since following ended
	sideways      int    // cells
}

// place is one row of one line.
type place struct {
	id  uint64
	row int
}

// New makes an empty view that follows.
func New(o Options) *View {
	v := &View{store: &Store{}, following: true, width: 80, height: 10}
	v.Choose(o)
	return v
}

// Options are those chosen last.
func (v *View) Options() Options { return v.options }

// Choose changes what is shown and how. A pattern that is no regular
// expression leaves the one before in force, and Problem says why.
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
		v.lookAnew()
	}
	if !o.Wrap == before.Wrap || o.Open != before.Open {
		v.sideways = 0
		v.bottom.row = 1 << 20 // all of the line
		v.settle()
	}
}

// Problem says what is wrong with a pattern; empty when nothing is.
func (v *View) Problem() string { return v.problem }

// filter begins the list of shown lines anew. The place stays, as far as its
// line is still shown.
func (v *View) filter() {
	v.shown = newIndex(v.store, v.passes())
	v.lookAnew()
	v.Work()
}

// passes is the filter; nil when all lines pass.
func (v *View) passes() func(entry) bool {
	least, only, without := levelOf(v.options.Level), v.only, v.without
	if v.options.Level == "" {
		least = debug
	}
	if least == debug && only == nil && without == nil {
		return nil
	}
	var buf []byte
	return func(e entry) bool {
		if e.level < least {
			return false
		}
		if e.level == mark || only == nil && without == nil {
			return true
		}
		// A matcher may write over the text, in small letters: the one that
		// minds capitals comes first.
		for _, f := range []struct {
			m    *matcher
			want bool
		}{{only, true}, {without, false}} {
			if f.m == nil {
				continue
			}
			buf = e.appendPlain(buf[:0])
			if f.m.in(buf) != f.want {
				return false
			}
		}
		return true
	}
}

// lookAnew begins the list of matches anew.
func (v *View) lookAnew() {
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

// Work goes on with what is too much for one moment: true when there is more
// to do. Call it again, after the screen was drawn.
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
	v.came(before, oldest)
}

// Mark appends a line with the time, to find this moment again.
func (v *View) Mark(at time.Time) {
	before, oldest := v.shown.len(), v.store.first
	v.store.Mark(at)
	v.came(before, oldest)
}

func (v *View) came(before int, oldest uint64) {
	v.shown.catchUp(v.store)
	if v.found != nil {
		v.found.catchUp(v.store)
	}
	if v.following {
		return
	}
	v.fresh += max(0, v.shown.len()-before)
	if v.store.first != oldest { // those on the screen may have gone
		v.settle()
	}
}

// Len is how many lines there are, and of them shown.
func (v *View) Len() (all, shown int) { return v.store.Len(), v.shown.len() }

// Services tells how many services wrote lines.
func (v *View) Services() int { return len(v.store.services) }

// Resize says how many cells there are for the lines.
func (v *View) Resize(width, height int) {
	if width == v.width && height == v.height {
		return
	}
	v.width, v.height = max(1, width), max(0, height)
	v.settle()
}
