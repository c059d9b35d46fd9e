package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// retryAfter is how long a file that failed is left alone, and how often a
// file that works is compared with its path.
const retryAfter = time.Second

// file appends to a log file and rotates it by size. The files hold the bytes
// as they were written: path.N … path.1, path in a row are the service's
// output, as far back as it is kept. It never fails its caller: what could not
// be written is counted, and tried again with the next write a second later.
type file struct {
	path string
	max  int64
	keep int
	now  func() time.Time

	f       *os.File // nil while it cannot be opened
	size    int64
	midLine bool // the last byte is not a newline
	checked time.Time

	failing bool
	dropped uint64 // lines, ever
	missing uint64 // lines, since it began to fail
}

// write appends data. It returns the number of missing lines when a failure
// ends, and the error that began one, once.
func (w *file) write(data []byte) (recovered uint64, failed error) {
	now := w.now()
	if w.failing && now.Sub(w.checked) < retryAfter {
		return w.fail(nil, bytes.Count(data, []byte{'\n'}))
	}
	if w.failing || now.Sub(w.checked) >= retryAfter {
		w.checked = now
		if err := w.reopen(); err != nil {
			return w.fail(err, bytes.Count(data, []byte{'\n'}))
		}
	}
	for len(data) > 0 {
		n, err := w.append(data)
		data = data[n:]
		if err != nil {
			return w.fail(err, bytes.Count(data, []byte{'\n'}))
		}
	}
	if w.failing {
		recovered = w.missing
		w.failing, w.missing = false, 0
	}
	return recovered, nil
}

// append writes as much of data as belongs into the present file: up to a
// newline where that is possible, so that files begin with a whole line.
func (w *file) append(data []byte) (int, error) {
	part := data
	if room := w.max - w.size; int64(len(data)) > room {
		cut := bytes.LastIndexByte(data[:max(room, 0)], '\n') + 1
		if cut == 0 && w.size > 0 && (!w.midLine || room <= 0) {
			if err := w.rotate(); err != nil {
				return 0, err
			}
			return 0, nil
		}
		if cut == 0 { // a line longer than a whole file
			cut = int(room)
		}
		part = data[:cut]
	}
	n, err := w.f.Write(part)
	w.size += int64(n)
	if n > 0 {
		w.midLine = part[n-1] != '\n'
	}
	return n, err
}

// newline ends an unterminated line.
func (w *file) newline() (recovered uint64, failed error) {
	if w.failing || !w.midLine {
		return 0, nil
	}
	return w.write([]byte{'\n'})
}

// fail counts lines that were not written, and returns err the first time.
func (w *file) fail(err error, lines int) (uint64, error) {
	w.dropped += uint64(lines)
	w.missing += uint64(lines)
	if w.failing {
		return 0, nil
	}
	w.failing, w.checked = true, w.now()
	return 0, err
}

// reopen opens the file again unless the one that is open is still the one at
// the path: somebody may have moved it away or deleted the folder.
func (w *file) reopen() error {
	if w.f != nil {
		mine, err1 := w.f.Stat()
		there, err2 := os.Stat(w.path)
		if err1 == nil && err2 == nil && os.SameFile(mine, there) {
			w.size = there.Size()
			return nil
		}
		w.close()
	}
	return w.open()
}

func (w *file) open() error {
	if err := os.MkdirAll(filepath.Dir(w.path), 0o700); err != nil {
		return fmt.Errorf("cannot make the log's folder: %w", err)
	}
	f, err := os.OpenFile(w.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("cannot open the log file: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", w.path)
	}
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("cannot open the log file: %w", err)
	}
	w.f, w.size, w.checked, w.midLine = f, info.Size(), w.now(), false
	last := make([]byte, 1)
	if w.size > 0 {
		if _, err := f.ReadAt(last, w.size-1); err == nil {
			w.midLine = last[0] != '\n'
		}
	}
	return nil
}

// rotate renames path.N-1 to path.N … path to path.1 and begins a new file.
func (w *file) rotate() error {
	for i := w.keep; i > 0; i-- {
		err := os.Rename(w.numbered(i-1), w.numbered(i))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot rotate the log file: %w", err)
		}
	}
	w.close()
	return w.open()
}

func (w *file) numbered(i int) string {
	if i == 0 {
		return w.path
	}
	return w.path + "." + strconv.Itoa(i)
}

func (w *file) close() {
	if w.f != nil {
		_ = w.f.Close()
		w.f = nil
	}
}
