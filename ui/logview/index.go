package logview

import "sort"

// step is how many lines are examined before the screen is drawn again.
const step = 20_000

// index lists the lines that pass a filter, by number. It begins at the newest
// line and works backwards step by step, so the screen is right at once even with
// a million lines. New lines are examined as they come.
type index struct {
	want  func(entry) bool // nil: every line
	low   uint64           // the lines low <= id < high were examined
	high  uint64
	older []uint64 // lines below where it began, in descending order
	newer []uint64 // lines above, in ascending order
}

func newIndex(s *Store, want func(entry) bool) *index {
	return &index{want: want, low: s.next, high: s.next}
}

// catchUp examines new lines, and forgets lines that the store has dropped.
func (x *index) catchUp(s *Store) {
	if x.want == nil {
		x.low, x.high = s.first, s.next
		return
	}
	for x.high = max(x.high, s.first); x.high < s.next; x.high++ {
		if x.want(s.at(x.high)) {
			x.newer = append(x.newer, x.high)
		}
	}
	if x.low >= s.first {
		return
	}
	x.low = s.first
	for len(x.older) > 0 && x.older[len(x.older)-1] < s.first {
		x.older = x.older[:len(x.older)-1]
	}
	if len(x.older) == 0 {
		gone := sort.Search(len(x.newer), func(i int) bool { return x.newer[i] >= s.first })
		x.newer = x.newer[gone:]
	}
}

// back examines at most n older lines. It returns true when more are left.
func (x *index) back(s *Store, n int) (more bool) {
	if x.want == nil {
		return false
	}
	for ; n > 0 && x.low > s.first; n-- {
		x.low--
		if x.want(s.at(x.low)) {
			x.older = append(x.older, x.low)
		}
	}
	return x.low > s.first
}

// len is how many lines were found so far.
func (x *index) len() int {
	if x.want == nil {
		return int(x.high - x.low)
	}
	return len(x.older) + len(x.newer)
}

// at is the number of the ith line, counted from the oldest.
func (x *index) at(i int) uint64 {
	switch {
	case x.want == nil:
		return x.low + uint64(i)
	case i < len(x.older):
		return x.older[len(x.older)-1-i]
	}
	return x.newer[i-len(x.older)]
}

// find is the index of the first line whose number is id or more.
func (x *index) find(id uint64) int {
	if x.want == nil {
		switch {
		case id <= x.low:
			return 0
		case id >= x.high:
			return x.len()
		}
		return int(id - x.low)
	}
	return sort.Search(x.len(), func(i int) bool { return x.at(i) >= id })
}
