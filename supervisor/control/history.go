package control

import (
	"iter"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// history returns the past lines that q selects, in the order of time. It leaves each
// source at the last line that it has read. If the rings do not suffice, it reads the
// files while the caller consumes. At most one line of each service, or the last q.n,
// is in memory.
func history(sources []*source, q query) iter.Seq[api.LogLine] {
	if q.n == 0 {
		for _, src := range sources {
			src.seq = src.log.Seq()
		}
		return func(func(api.LogLine) bool) {}
	}
	pasts := make([]iter.Seq[api.LogLine], len(sources))
	for i, src := range sources {
		pasts[i] = src.past(q)
	}
	wanted := func(yield func(api.LogLine) bool) {
		for line := range merge(pasts) {
			if !line.Time.Before(q.after) && q.wants(line) && !yield(line) {
				return
			}
		}
	}
	if q.n < 0 {
		return wanted
	}
	return newest(wanted, q.n)
}

// past is what the source has, out of its ring where that is enough.
func (s *source) past(q query) iter.Seq[api.LogLine] {
	if q.n > 0 && q.grep == nil {
		if lines := s.log.Last(q.n); len(lines) == q.n {
			s.seq = lines[len(lines)-1].Seq
			return slices.Values(lines)
		}
	}
	lines, seq := s.log.Past(q.after)
	s.seq = seq
	return lines
}

// newest is the end of a sequence, n at most.
func newest(lines iter.Seq[api.LogLine], n int) iter.Seq[api.LogLine] {
	return func(yield func(api.LogLine) bool) {
		var kept []api.LogLine
		for line := range lines {
			if kept = append(kept, line); len(kept) >= 2*n {
				kept = append(kept[:0], kept[len(kept)-n:]...)
			}
		}
		for _, line := range kept[max(0, len(kept)-n):] {
			if !yield(line) {
				return
			}
		}
	}
}

// merge puts sequences into the order of time. The lines of one sequence keep their
// order, even if the clock was set back.
func merge(from []iter.Seq[api.LogLine]) iter.Seq[api.LogLine] {
	type head struct {
		line api.LogLine
		at   time.Time // the latest so far
		next func() (api.LogLine, bool)
	}
	return func(yield func(api.LogLine) bool) {
		var heads []*head
		for _, lines := range from {
			next, stop := iter.Pull(lines)
			defer stop()
			if line, ok := next(); ok {
				heads = append(heads, &head{line, line.Time, next})
			}
		}
		for len(heads) > 0 {
			first := 0
			for i, h := range heads {
				if h.at.Before(heads[first].at) {
					first = i
				}
			}
			h := heads[first]
			if !yield(h.line) {
				return
			}
			line, ok := h.next()
			if !ok {
				heads = slices.Delete(heads, first, first+1)
				continue
			}
			h.line = line
			if line.Time.After(h.at) {
				h.at = line.Time
			}
		}
	}
}
