package logs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// retryAfter is how long a file that failed is left alone, and how often a
// file that works is compared with its path.
const retryAfter = time.Second

// file appends to a log file and rotates it by size and age. Its segments hold
// the bytes as they were written: path.1, path.2 …, path in a row are the
// service's output, as far back as it is kept; those that are complete are
// compressed. It never fails its caller: what could not be written is counted,
// and tried again with the next write a second later.
type file struct {
	path   string
	max    int64         // bytes of the file at path
	maxAge time.Duration // of its first line
	total  int64         // bytes of all segments
	now    func() time.Time
	sealed func() // called when a segment is complete

	f       *os.File // nil while it cannot be opened
	size    int64
	lineEnd int64 // offset after the last newline
	born    time.Time
	next    int // number of the segment that the file becomes
	checked time.Time

	stuck         bool  // it could not be rotated within the last second
	rotationNoted bool  // and the log says so
	rotationError error // and the log will say so
	failing       bool
	dropped       uint64 // lines, ever
	missing       uint64 // lines, since it began to fail
}

// put writes part at an offset of f. The bytes that it returns were written, and are
// gone from their source.
type put func(f *os.File, at int64, part []byte) (int, error)

func plainly(f *os.File, at int64, part []byte) (int, error) { return f.WriteAt(part, at) }

// outcome is what a write did.
type outcome struct {
	taken     int    // bytes that put has taken
	written   int    // of them, bytes that are in the file; after them there is a hole
	recovered uint64 // lines that are missing, when a failure has ended
	failed    error  // what began a failure, once
	stuck     error  // why the file cannot be rotated, once
}

// write appends data with w. After a failure the file ends in a whole line.
func (w *file) write(data []byte, with put) outcome {
	now := w.now()
	if w.failing && now.Sub(w.checked) < retryAfter {
		return w.fail(nil, data, 0)
	}
	if w.failing || now.Sub(w.checked) >= retryAfter {
		w.checked = now
		if err := w.reopen(); err != nil {
			return w.fail(err, data, 0)
		}
	}
	done := 0
	for done < len(data) {
		n, err := w.append(data[done:], with)
		done += n
		if err != nil {
			return w.fail(err, data, done)
		}
	}
	o := outcome{taken: done, written: done, stuck: w.rotationError}
	w.rotationError = nil
	if w.failing {
		o.recovered = w.missing
		w.failing, w.missing = false, 0
	}
	return o
}

// append writes as much of data as belongs into the present segment: up to a
// newline where that is possible, so that segments begin with a whole line.
func (w *file) append(data []byte, with put) (int, error) {
	part := data
	old := w.size > 0 && w.maxAge > 0 && w.now().Sub(w.born) >= w.maxAge
	if room := w.max - w.size; (int64(len(data)) > room || old) && !w.mayGrow() {
		cut := bytes.LastIndexByte(data[:min(max(room, 0), int64(len(data)))], '\n') + 1
		midLine := w.size != w.lineEnd
		switch {
		case w.size > 0 && (cut == 0 || old) && (!midLine || room <= 0):
			return 0, w.rotate()
		case old:
			cut = bytes.IndexByte(data, '\n') + 1 // the end of its line, then it is rotated
		}
		if cut == 0 { // a line longer than a whole segment
			cut = int(min(max(room, 1), int64(len(data))))
		}
		part = data[:cut]
	}
	n, err := with(w.f, w.size, part)
	w.size += int64(n)
	if i := bytes.LastIndexByte(part[:n], '\n'); i >= 0 {
		w.lineEnd = w.size - int64(n-i-1)
	}
	return n, err
}

// mayGrow tells whether a file that cannot be rotated now can grow instead, which
// loses nothing: until it has the size of all segments together.
func (w *file) mayGrow() bool {
	return w.stuck && w.size < w.total
}

// newline ends an unterminated line.
func (w *file) newline() outcome {
	if w.failing || w.size == w.lineEnd {
		return outcome{}
	}
	return w.write([]byte{'\n'}, plainly)
}

// fail removes the beginning of a line that has no end, counts the missing lines of
// data, and returns err the first time.
func (w *file) fail(err error, data []byte, done int) outcome {
	taken := done
	if w.f != nil && w.size > w.lineEnd && w.f.Truncate(w.lineEnd) == nil {
		w.size = w.lineEnd
		done = bytes.LastIndexByte(data[:done], '\n') + 1
	}
	lines := uint64(bytes.Count(data[done:], []byte{'\n'}))
	w.dropped += lines
	w.missing += lines
	o := outcome{taken: taken, written: done}
	if !w.failing {
		w.failing, w.checked, o.failed = true, w.now(), err
	}
	return o
}

// reopen opens the file again unless the open one is still the one at the path. A
// person may have moved it or deleted the folder.
func (w *file) reopen() error {
	w.stuck = false
	if w.f != nil {
		mine, err1 := w.f.Stat()
		there, err2 := os.Stat(w.path)
		if err1 == nil && err2 == nil && os.SameFile(mine, there) {
			if there.Size() < w.size { // it was emptied
				w.size, w.lineEnd = there.Size(), there.Size()
			}
			return nil
		}
		w.close()
	}
	return w.open()
}

func (w *file) open() error {
	if err := os.MkdirAll(filepath.Dir(w.path), 0o700); err != nil {
		return explain.Errorf("disk-write", "cannot make the log's folder: %w", err)
	}
	// Not for appending: the system moves no data into such a file.
	f, err := os.OpenFile(w.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return explain.Errorf("disk-write", "cannot open the log file: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", w.path)
	}
	if err != nil {
		_ = f.Close()
		return explain.Errorf("disk-write", "cannot open the log file: %w", err)
	}
	w.f, w.size, w.checked = f, info.Size(), w.now()
	w.lineEnd = lastLineEnd(f, w.size)
	w.born = birth(w.path, info, w.now())
	w.next = 1
	if segments := listSegments(w.path); len(segments) > 0 {
		w.next = segments[len(segments)-1].number + 1
	}
	return nil
}

// lastLineEnd is the offset after the last newline; 0 when there is none.
func lastLineEnd(f *os.File, size int64) int64 {
	buf := make([]byte, 64<<10)
	for end := size; end > 0; {
		from := max(end-int64(len(buf)), 0)
		n, err := f.ReadAt(buf[:end-from], from)
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			return from + int64(i) + 1
		}
		if err != nil && n == 0 {
			return size
		}
		end = from
	}
	return 0
}

// rotate makes the file a segment and begins a new one. If that is impossible now, the
// file continues.
func (w *file) rotate() error {
	if err := os.Rename(w.path, segmentPath(w.path, w.next)); err != nil {
		err = explain.Errorf("disk-write", "cannot rotate the log file: %w", err)
		if w.size >= w.total {
			return err
		}
		w.stuck, w.checked = true, w.now()
		if !w.rotationNoted {
			w.rotationNoted, w.rotationError = true, err
		}
		return nil
	}
	w.close()
	if err := w.open(); err != nil {
		return err
	}
	w.born, w.rotationNoted = w.now(), false
	w.sealed()
	return nil
}

func (w *file) close() {
	if w.f != nil {
		_ = w.f.Close()
		w.f = nil
	}
}
