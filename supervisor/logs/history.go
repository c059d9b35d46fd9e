package logs

import (
	"bytes"
	"io"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// remember fills r with at most limit bytes from the end of the log at path. It
// returns the last line if that is incomplete: the next bytes of the FIFO continue it.
// A line without a time gets the time of the previous line, and the first line that of
// its segment.
func remember(r *ring, path string, limit int) (pending []byte) {
	tail, modified := readTail(path, limit)
	segments := listSegments(path)
	for len(segments) > 0 && len(tail) < limit {
		last := segments[len(segments)-1]
		segments = segments[:len(segments)-1]
		whole, err := readSegment(last)
		if err != nil {
			break
		}
		modified = last.modified
		tail = slices.Concat(whole, tail)
	}
	if len(tail) > limit || len(segments) > 0 {
		r.evicted = true
	}
	if len(tail) > limit {
		tail = tail[len(tail)-limit:]
		if i := bytes.IndexByte(tail, '\n'); i >= 0 {
			tail = tail[i+1:]
		}
	}
	var s splitter
	at := modified
	s.feed(slices.Clip(tail), func(line []byte) {
		if t := parseLine(line).Time; !t.IsZero() {
			at = t
		}
		r.add(at, true, func(emit func([]byte)) { emit(line) })
	})
	return s.pending
}

func readSegment(s segment) ([]byte, error) {
	f, err := s.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// readTail returns the last limit+1 bytes of the file. No file is an empty
// one: a log is never refused for the lack of its past.
func readTail(path string, limit int) ([]byte, time.Time) {
	f, err := os.Open(path)
	if err != nil {
		return nil, time.Time{}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, time.Time{}
	}
	from := max(info.Size()-int64(limit)-1, 0)
	tail, err := io.ReadAll(io.NewSectionReader(f, from, info.Size()-from))
	if err != nil {
		return nil, info.ModTime()
	}
	return tail, info.ModTime()
}

// Past is every line that the log still has, oldest first: out of the files,
// then out of the ring. seq is the number of the last one, for Since. A line
// that is only in the files has the number 0. Whole segments that end before
// since are left out. The files are read as the sequence is; it may be used
// once, and what a file lacks by then is passed over.
func (l *Log) Past(since time.Time) (lines iter.Seq[api.LogLine], seq uint64) {
	l.mu.Lock() // a batch is in the ring and in the file, or in neither
	stored, first, evicted := l.ring.all()
	seq = first + uint64(len(stored)) - 1
	segments := listSegments(l.cfg.File)
	current, err := os.Open(l.cfg.File)
	size := l.file.size
	l.mu.Unlock()

	inRing := l.ring.parse(first, stored)
	ringOnly := !evicted || len(inRing) > 0 && !since.IsZero() && inRing[0].Time.Before(since)
	if err != nil {
		current = nil
	}
	return func(yield func(api.LogLine) bool) {
		if current != nil {
			defer current.Close()
		}
		if !ringOnly {
			older := olderLines{service: l.cfg.Service, held: onDisk(stored), yield: yield}
			older.read(segments, current, size, since)
			if older.stopped {
				return
			}
		}
		for _, line := range inRing {
			if !yield(line) {
				return
			}
		}
	}, seq
}

func onDisk(stored []storedLine) int {
	n := 0
	for _, e := range stored {
		if e.onDisk {
			n++
		}
	}
	return n
}

// olderLines reads what is in the files and has fallen out of the ring: all
// lines but the last held ones.
type olderLines struct {
	service string
	held    int
	yield   func(api.LogLine) bool
	stopped bool

	split splitter
	at    time.Time
	queue [][]byte // the newest ones, held at most
	head  int
}

func (o *olderLines) read(segments []segment, current *os.File, size int64, since time.Time) {
	for _, s := range segments {
		if s.modified.Before(since) {
			o.at = s.modified
			continue
		}
		f, err := s.open()
		if err != nil {
			continue // it was the oldest, and is gone
		}
		o.feed(f)
		_ = f.Close()
		if o.stopped {
			return
		}
	}
	if current != nil {
		o.feed(io.NewSectionReader(current, 0, size))
	}
}

func (o *olderLines) feed(r io.Reader) {
	for !o.stopped {
		block := make([]byte, batchSize)
		n, err := r.Read(block)
		o.split.feed(block[:n:n], o.line)
		if err != nil {
			return
		}
	}
}

// line delays each line until held others came after it.
func (o *olderLines) line(text []byte) {
	o.queue = append(o.queue, text)
	if len(o.queue)-o.head <= o.held || o.stopped {
		return
	}
	oldest := o.queue[o.head]
	o.queue[o.head] = nil
	if o.head++; o.head > len(o.queue)/2 {
		o.queue = append(o.queue[:0], o.queue[o.head:]...)
		o.head = 0
	}
	line := parseLine(oldest)
	line.Service = o.service
	if line.Time.IsZero() {
		line.Time = o.at
	} else {
		o.at = line.Time
	}
	o.stopped = !o.yield(line)
}
