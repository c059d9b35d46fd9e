// Package logview shows logs. It has a store of a million lines, an index of those
// that a person wants to see, and a view of them. The view follows, scrolls, searches
// and marks. The package reads nothing and draws text. One goroutine owns everything
// in it.
package logview

import (
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// The bounds of a Store: the oldest lines go when there are more, or when
// their text is longer. It is measured in whole chunks.
const (
	MaxLines = 1_000_000
	maxText  = 160 << 20
	perChunk = 4096
)

// maxFields bounds a field of a line, in bytes. A cut field ends with an ellipsis.
const maxFields = 64 << 10

// Store keeps lines in the order in which they came, safe for the terminal. The
// number of a line never changes.
type Store struct {
	chunks   []*chunk
	first    uint64   // number of the oldest line
	next     uint64   // number of the line to come
	text     int      // bytes in all chunks
	services []string // the names of the services
	names    []string // the same, safe for the terminal
}

// chunk holds lines without a pointer to each of them, which keeps the garbage
// collector idle.
type chunk struct {
	meta []meta
	text []byte
}

type meta struct {
	time    int64 // unix nanoseconds; 0: none
	end     uint32
	service uint16
	level   level
}

// level is the severity of a line.
type level uint8

// The levels. A line that has none counts as INFO.
const (
	debug level = iota
	info
	none
	warn
	bad
	mark // a person's mark; always shown
)

func levelOf(name string) level {
	switch name {
	case "DEBUG":
		return debug
	case "INFO":
		return info
	case "WARN":
		return warn
	case "ERROR":
		return bad
	}
	return none
}

// separator stands between the fields of a line in a chunk; safe text has none.
const separator = 0

// Add appends lines.
func (s *Store) Add(lines ...api.LogLine) {
	for i := range lines {
		s.add(&lines[i], levelOf(lines[i].Level))
	}
}

// Mark appends a mark with the time.
func (s *Store) Mark(at time.Time) {
	s.add(&api.LogLine{Time: at}, mark)
}

func (s *Store) add(l *api.LogLine, lv level) {
	if s.next%perChunk == 0 || len(s.chunks) == 0 {
		s.chunks = append(s.chunks, &chunk{meta: make([]meta, 0, perChunk)})
		s.trim()
	}
	c := s.chunks[len(s.chunks)-1]
	before := len(c.text)
	msg := l.Msg
	if lv == none && l.Level != "" {
		msg = l.Level + " " + msg // a level that only the service knows
	}
	c.text = append(c.text, bounded(safe.Text(msg))...)
	for _, a := range l.Attrs {
		c.text = append(append(c.text, separator), safe.Text(a.Key)...)
		c.text = append(append(c.text, separator), bounded(safe.Text(a.Value))...)
	}
	m := meta{end: uint32(len(c.text)), service: s.number(l.Service), level: lv}
	if !l.Time.IsZero() {
		m.time = l.Time.UnixNano()
	}
	c.meta = append(c.meta, m)
	s.text += len(c.text) - before
	s.next++
}

func bounded(text string) string {
	if len(text) <= maxFields {
		return text
	}
	return safe.Text(text[:maxFields]) + "…"
}

// number is the index of a service in services, to which it is added.
func (s *Store) number(service string) uint16 {
	for i, name := range s.services {
		if name == service {
			return uint16(i)
		}
	}
	s.services = append(s.services, service)
	s.names = append(s.names, safe.Text(service))
	return uint16(len(s.services) - 1)
}

// trim drops whole chunks.
func (s *Store) trim() {
	for len(s.chunks) > 1 && (int(s.next-s.first) > MaxLines-perChunk || s.text > maxText) {
		s.first += uint64(len(s.chunks[0].meta))
		s.text -= len(s.chunks[0].text)
		s.chunks[0] = nil
		s.chunks = s.chunks[1:]
	}
}

// Len is how many lines there are.
func (s *Store) Len() int { return int(s.next - s.first) }

// snapshot is the store as it is now. Another goroutine may read it while lines
// are added, because the written part of a chunk never changes.
func (s *Store) snapshot() *Store {
	copied := *s
	copied.names = append([]string(nil), s.names...)
	copied.chunks = make([]*chunk, len(s.chunks))
	for i, c := range s.chunks {
		shallow := *c
		copied.chunks[i] = &shallow
	}
	return &copied
}

// entry is one line, read from its chunk.
type entry struct {
	meta
	fields []byte // the message, then keys and values, separated
}

// at is the line of this number, first <= id < next.
func (s *Store) at(id uint64) entry {
	i := id - s.first
	c, k := s.chunks[i/perChunk], i%perChunk
	begin := uint32(0)
	if k > 0 {
		begin = c.meta[k-1].end
	}
	m := c.meta[k]
	return entry{m, c.text[begin:m.end]}
}
