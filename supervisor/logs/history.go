package logs

import (
	"io"
	"os"
	"time"
)

// remember fills r with the tail of the file at path, at most limit bytes of
// it, and returns its last line if that is not complete: what comes next out
// of the FIFO continues it. A line without a time gets that of the line before
// it, and before the first one that of the file.
func remember(r *ring, path string, limit int) (pending []byte) {
	tail, modified := readTail(path, limit)
	var s splitter
	at := modified
	s.feed(tail, func(line []byte) {
		if t := parseLine(line).Time; !t.IsZero() {
			at = t
		}
		r.add(at, func(emit func([]byte)) { emit(line) })
	})
	return s.pending
}

// readTail returns the end of the file, from the beginning of a line on. No
// file is an empty one: a log is never refused for the lack of its past.
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
	from := max(info.Size()-int64(limit), 0)
	tail, err := io.ReadAll(io.NewSectionReader(f, from, info.Size()-from))
	if err != nil {
		return nil, info.ModTime()
	}
	if from > 0 {
		for i, b := range tail {
			if b == '\n' {
				return tail[i+1:], info.ModTime()
			}
		}
	}
	return tail, info.ModTime()
}
