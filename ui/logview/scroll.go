package logview

// Following tells whether the newest line is always shown.
func (v *View) Following() bool { return v.following }

// Fresh is how many lines came since the view stopped following.
func (v *View) Fresh() int { return v.fresh }

// Below is how many lines are below the screen.
func (v *View) Below() int {
	if v.following {
		return 0
	}
	return max(0, v.shown.len()-1-v.shown.find(v.bottom.id))
}

// Follow goes to the newest line and stays with it.
func (v *View) Follow() { v.following, v.fresh = true, 0 }

// spot is a row of a line, by the index of the line among the shown ones.
type spot struct{ i, row int }

// rows are all rows of the shown lines. Line i has count(i) rows.
type rows struct {
	lines int
	count func(i int) int
}

func (v *View) rows() rows {
	d := v.drawing()
	return rows{v.shown.len(), func(i int) int { return d.rows(v.store.at(v.shown.at(i))) }}
}

// last is the last row of all; line -1 when there is none.
func (r rows) last() spot {
	if r.lines == 0 {
		return spot{-1, 0}
	}
	return spot{r.lines - 1, r.count(r.lines-1) - 1}
}

// up is the row n rows above p, or the first one; left is how many rows are
// missing then.
func (r rows) up(p spot, n int) (to spot, left int) {
	for n > 0 {
		if p.row >= n {
			return spot{p.i, p.row - n}, 0
		}
		if p.i <= 0 {
			return spot{p.i, 0}, n - p.row
		}
		n -= p.row + 1
		p = spot{p.i - 1, r.count(p.i-1) - 1}
	}
	return p, 0
}

// down is the row n rows below p, or the last one.
func (r rows) down(p spot, n int) spot {
	for n > 0 && p.i < r.lines {
		rest := r.count(p.i) - 1 - p.row
		if rest >= n {
			return spot{p.i, p.row + n}
		}
		if p.i == r.lines-1 {
			return spot{p.i, p.row + rest}
		}
		n -= rest + 1
		p = spot{p.i + 1, 0}
	}
	return p
}

// at is the last row on the screen.
func (v *View) at() spot {
	if v.following || v.shown.len() == 0 {
		return v.rows().last()
	}
	i := v.shown.find(v.bottom.id)
	if i >= v.shown.len() {
		return v.rows().last()
	}
	return spot{i, min(v.bottom.row, v.rows().count(i)-1)}
}

// Scroll moves the view by rows: up for a positive number. Scrolling up stops
// following; coming to the end follows again.
func (v *View) Scroll(rows int) {
	if v.shown.len() == 0 || v.following && rows <= 0 {
		return
	}
	p := v.at()
	if rows > 0 {
		p, _ = v.rows().up(p, rows)
	} else {
		p = v.rows().down(p, -rows)
	}
	v.show(p)
	v.holdCursor()
}

// show makes p the last row on the screen, or as near as the screen stays full.
func (v *View) show(p spot) {
	if p.i < 0 { // nothing is shown
		v.Follow()
		return
	}
	if _, left := v.rows().up(p, v.height-1); left > 0 {
		p = v.rows().down(p, left)
	}
	if p == v.rows().last() {
		v.Follow()
		return
	}
	v.following = false
	v.bottom = position{v.shown.at(p.i), p.row}
}

// clamp moves the view to where the screen is full.
func (v *View) clamp() {
	if !v.following {
		v.show(v.at())
	}
}

// Top shows the oldest line.
func (v *View) Top() {
	if v.shown.len() > 0 {
		v.show(spot{0, 0})
		v.cursor = v.shown.at(v.top().i)
	}
}

// AtTop tells whether the oldest line is on the screen.
func (v *View) AtTop() bool {
	return v.shown.len() == 0 || v.top() == spot{0, 0}
}

// top is the first row on the screen.
func (v *View) top() spot {
	p, _ := v.rows().up(v.at(), v.height-1)
	return p
}

// Move moves the cursor by lines, up for a positive number; the view goes with
// it.
func (v *View) Move(lines int) {
	n := v.shown.len()
	if n == 0 {
		return
	}
	i := n - 1
	if !v.following {
		i = min(v.shown.find(v.cursor), n-1)
	}
	i = min(max(i-lines, 0), n-1)
	v.reveal(i, false)
	if i == n-1 && lines < 0 {
		v.Follow()
	}
}

// reveal puts the cursor on the ith line and scrolls as little as possible. With
// middle a line that was not on the screen is put in its middle.
func (v *View) reveal(i int, middle bool) {
	first, last := v.top(), v.at()
	switch {
	case i < first.i || i == first.i && first.row > 0:
		below := v.height - 1
		if middle {
			below = v.height / 2
		}
		v.show(v.rows().down(spot{i, 0}, below))
	case i > last.i || i == last.i && last.row < v.rows().count(i)-1:
		p := spot{i, v.rows().count(i) - 1}
		if middle {
			p = v.rows().down(p, v.height/2)
		}
		v.show(p)
	case v.following: // it is on the screen: keep it there
		v.following, v.bottom, v.fresh = false, position{v.shown.at(last.i), last.row}, 0
	}
	v.cursor = v.shown.at(i)
}

// holdCursor keeps the cursor on the screen.
func (v *View) holdCursor() {
	if v.following {
		return
	}
	first, last := v.top(), v.at()
	i := min(max(v.shown.find(v.cursor), first.i), last.i)
	v.cursor = v.shown.at(i)
}

// Click puts the cursor on the line that is shown in this row.
func (v *View) Click(row int) {
	visible := v.visible()
	if row < 0 || row >= len(visible) {
		return
	}
	v.reveal(visible[row].i, false)
}

// Found is how many lines match the search, and whether all lines were searched.
func (v *View) Found() (n int, all bool) {
	if v.found == nil {
		return 0, true
	}
	return v.found.len(), v.found.low <= v.store.first
}

// Jump goes to the previous match (up) or to the next one. After the last match
// comes the first.
func (v *View) Jump(up bool) {
	n, _ := v.Found()
	if n == 0 {
		return
	}
	here := v.store.next
	if !v.following {
		here = v.cursor
	}
	i := v.found.find(here)
	switch {
	case up:
		i = (i - 1 + n) % n
	case i < n && v.found.at(i) == here:
		i = (i + 1) % n
	default:
		i %= n
	}
	v.reveal(v.shown.find(v.found.at(i)), true)
}

// JumpNear goes to the last match at or above the bottom, unless one is on the
// screen.
func (v *View) JumpNear() {
	n, _ := v.Found()
	if n == 0 || v.shown.len() == 0 {
		return
	}
	from, to := v.shown.at(v.top().i), v.shown.at(v.at().i)
	i := v.found.find(to + 1)
	if i > 0 && v.found.at(i-1) >= from {
		v.reveal(v.shown.find(v.found.at(i-1)), false)
		return
	}
	v.reveal(v.shown.find(v.found.at((i-1+n)%n)), true)
}

// Sideways moves the view by columns, where lines are cut.
func (v *View) Sideways(columns int) {
	if !v.options.Wrap {
		v.sideways = max(0, v.sideways+columns)
	}
}

// visible lists the rows on the screen from top to bottom.
func (v *View) visible() []spot {
	if v.shown.len() == 0 || v.height == 0 {
		return nil
	}
	p, end, all := v.top(), v.at(), v.rows()
	list := []spot{p}
	for p != end && len(list) < v.height {
		p = all.down(p, 1)
		list = append(list, p)
	}
	return list
}

// drawing is how the lines are drawn at the moment.
func (v *View) drawing() drawing {
	return drawing{v.store, v.options, v.width, v.sideways, v.search}
}
