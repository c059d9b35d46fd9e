//go:build unix

package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Record is what outlives the supervisor of a process that it started, in a
// file of the runtime folder. The supervisor writes the first line before the
// launcher exists; the launcher adds who it is before it becomes the service,
// and goes on only while its supervisor lives. So a process that runs has a
// complete record, at whatever moment the supervisor is killed.
type Record struct {
	Service  string          `json:"service"`
	Launch   int             `json:"launch"`             // counts the processes of the service
	Restarts int             `json:"restarts,omitempty"` // of the service until then
	Time     time.Time       `json:"time"`
	Boot     string          `json:"boot"`
	Config   json.RawMessage `json:"config"` // what the service was when it was launched
	Addr     string          `json:"addr"`   // where its listener listens, host:port; empty without one

	// From the lines that follow.
	Identity Identity `json:"-"`
	Ready    bool     `json:"-"` // it has been ready
	Said     bool     `json:"-"` // it has said so itself
	Status   string   `json:"-"` // what it last said of itself
}

// maxRecord bounds what is read of a record, in bytes.
const maxRecord = 1 << 20

// WriteRecord writes the supervisor's part.
func WriteRecord(path string, r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(line, '\n'), recordMode); err != nil {
		return fmt.Errorf("cannot write the record of a process: %w", err)
	}
	return nil
}

// What is known of a process's readiness is in the mode of its record: that
// can be set by a supervisor that has neither a descriptor nor room left.
const (
	recordMode = 0o600
	readyMode  = 0o100 // it has been ready
	saidMode   = 0o010 // it has said so itself
)

// MarkReady notes that the process has been ready; said is whether it has said
// so itself, see sd_notify(3). What has been noted stays.
func MarkReady(path string, said bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	mode := info.Mode().Perm() | readyMode
	if said {
		mode |= saidMode
	}
	return os.Chmod(path, mode)
}

// statusPrefix begins a line that says what the process last said of itself.
const statusPrefix = "status "

// maxStatuses bounds what these lines may take, in bytes; then the record is
// written anew.
const maxStatuses = 64 << 10

// MarkStatus adds what the process says of itself.
func MarkStatus(path, status string) error {
	line := statusPrefix + strings.ReplaceAll(status, "\n", " ") + "\n"
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() < maxStatuses {
		return appendTo(path, line)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var kept []byte
	for old := range bytes.Lines(text) {
		if !bytes.HasPrefix(old, []byte(statusPrefix)) {
			kept = append(kept, old...)
		}
	}
	if err := os.WriteFile(path+".new", append(kept, line...), info.Mode().Perm()); err != nil {
		return err
	}
	if err := os.Chmod(path+".new", info.Mode().Perm()); err != nil { // whatever the umask leaves of it
		return err
	}
	return os.Rename(path+".new", path)
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// ErrUnsigned is the error of a record whose launcher has not come to sign it.
var ErrUnsigned = errors.New("no process has signed the record")

// ReadRecord reads a record. ErrUnsigned when it is the supervisor's part only.
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
	r, err := parseRecord(text)
	if err != nil && !errors.Is(err, ErrUnsigned) {
		return Record{}, fmt.Errorf("cannot read the record %s: %w", path, err)
	}
	r.Ready, r.Said = info.Mode()&readyMode != 0, info.Mode()&saidMode != 0
	return r, err
}

func parseRecord(text []byte) (Record, error) {
	first, rest, whole := bytes.Cut(text, []byte("\n"))
	var r Record
	if err := json.Unmarshal(first, &r); err != nil {
		return Record{}, err
	}
	if !whole || len(rest) == 0 {
		return r, ErrUnsigned
	}
	second, rest, whole := bytes.Cut(rest, []byte("\n"))
	if !whole {
		return Record{}, errors.New("its second line is cut off")
	}
	if _, err := fmt.Sscanf(string(second), "%d %d", &r.Identity.PID, &r.Identity.Start); err != nil || r.Identity.PID <= 1 {
		return Record{}, fmt.Errorf("expected a process and its start time in the second line, got %q", second)
	}
	r.Identity.Boot = r.Boot
	for line := range bytes.Lines(rest) {
		if status, is := bytes.CutPrefix(line, []byte(statusPrefix)); is && bytes.HasSuffix(line, []byte("\n")) {
			r.Status = string(bytes.TrimSuffix(status, []byte("\n")))
		}
	}
	return r, nil
}
