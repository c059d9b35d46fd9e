package logs

import (
	"bytes"
	"slices"
)

// ownMark begins the lines that the supervisor itself writes into a log. It is JSON
// like the rest of such a line. disowner changes it wherever a service writes it. So a
// service cannot write a line that passes for the supervisor's, even if a file, a
// segment or the memory begins in the middle of a line.
const ownMark = "{ \t \t"

// isOwn tells whether the supervisor wrote a line that is in a log.
func isOwn(line []byte) bool { return bytes.HasPrefix(line, []byte(ownMark)) }

// own marks one JSON object as the supervisor's line.
func own(object []byte) []byte { return append([]byte(ownMark), object[1:]...) }

// disowner changes ownMark in what a service writes: its last byte becomes a
// space. So a line keeps its length, and JSON its meaning.
type disowner struct {
	tail []byte // the end of the bytes so far, shorter than ownMark
}

// disown returns batch without ownMark. If it has to change something, that is
// in a copy.
func (d *disowner) disown(batch []byte) (clean []byte, changed bool) {
	const last = len(ownMark) - 1
	clean = batch
	set := func(i int) {
		if !changed {
			clean, changed = bytes.Clone(batch), true
		}
		clean[i] = ' '
	}
	seam := slices.Concat(d.tail, batch[:min(last, len(batch))])
	if i := bytes.Index(seam, []byte(ownMark)); i >= 0 {
		set(i + last - len(d.tail))
	}
	for from := 0; ; {
		i := bytes.Index(batch[from:], []byte(ownMark))
		if i < 0 {
			break
		}
		from += i + last
		set(from)
	}
	d.remember(batch)
	return clean, changed
}

// remember notes the end of what precedes the next batch.
func (d *disowner) remember(batch []byte) {
	end := slices.Concat(d.tail, batch[max(0, len(batch)-len(ownMark)+1):])
	d.tail = end[max(0, len(end)-len(ownMark)+1):]
}
