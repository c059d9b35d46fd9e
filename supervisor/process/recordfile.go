//go:build unix

package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// RecordFile is the open record of one process. Its methods are safe for
// concurrent use.
type RecordFile struct {
	path string

	mu     sync.Mutex
	f      *os.File // nil: not open yet, or closed
	closed bool
}

// CreateRecord writes the supervisor's part of a record. A file at path is
// replaced.
func CreateRecord(path string, r Record) (*RecordFile, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		_, err = f.Write(append(recordHead(notReady, ""), append(line, '\n')...))
	}
	if err != nil {
		if f != nil {
			_ = f.Close()
		}
		return nil, fmt.Errorf("cannot write the record of a process: %w", err)
	}
	return &RecordFile{path: path, f: f}, nil
}

// openRecord is the record at path, which another supervisor wrote. If it
// cannot be opened now, each write tries again.
func openRecord(path string) *RecordFile {
	r := &RecordFile{path: path}
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.open()
	return r
}

// open is called with mu held.
func (r *RecordFile) open() error {
	switch {
	case r.closed:
		return fs.ErrClosed
	case r.f != nil:
		return nil
	}
	if err := addHead(r.path); err != nil {
		return err
	}
	f, err := os.OpenFile(r.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	r.f = f
	return nil
}

// MarkReady notes that the process has been ready. announced tells whether it
// said so itself. A later call takes nothing back.
func (r *RecordFile) MarkReady(announced bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.open(); err != nil {
		return err
	}
	var now [1]byte
	if _, err := r.f.ReadAt(now[:], 0); err != nil {
		return err
	}
	mark := byte(observedReady)
	if announced || now[0] == announcedReady {
		mark = announcedReady
	}
	_, err := r.f.WriteAt([]byte{mark}, 0)
	return err
}

// SetStatus stores the text that the process sent as its status.
func (r *RecordFile) SetStatus(status string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.open(); err != nil {
		return err
	}
	_, err := r.f.WriteAt(statusField(status), 1)
	return err
}

// Close closes the descriptor and leaves the file. Later writes fail.
func (r *RecordFile) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.f != nil {
		_ = r.f.Close()
		r.f = nil
	}
}

// maxRecord bounds what is read of a record, in bytes.
const maxRecord = 1 << 20

// ReadRecord reads a record. ErrUnsigned if it has the supervisor's part only.
func ReadRecord(path string) (Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return Record{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Record{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxRecord))
	if err != nil {
		return Record{}, err
	}
	parse := parseRecord
	if isHeadless(text) {
		parse = func(text []byte) (Record, error) { return parseHeadless(text, info.Mode()) }
	}
	r, err := parse(text)
	if err != nil && !errors.Is(err, ErrUnsigned) {
		return Record{}, fmt.Errorf("cannot read the record %s: %w", path, err)
	}
	return r, err
}
