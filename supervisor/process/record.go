//go:build unix

package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Record is what outlives the supervisor of a process that it started, in a
// file of the runtime folder. The supervisor writes the file before the
// launcher exists. The launcher appends its identity before it becomes the
// service, and continues only while its supervisor lives. So a running process
// has a complete record, at whatever moment the supervisor is killed.
type Record struct {
	Service  string          `json:"service"`
	Launch   int             `json:"launch"`             // number of the process among those of the service
	Restarts int             `json:"restarts,omitempty"` // of the service until then
	Time     time.Time       `json:"time"`
	Boot     string          `json:"boot"`
	Config   json.RawMessage `json:"config"` // the service's configuration when the process was launched
	Addr     string          `json:"addr"`   // of the service's listener, host:port; empty without one

	Identity  Identity `json:"-"` // from the line that the launcher appends
	Ready     bool     `json:"-"` // it has been ready
	Announced bool     `json:"-"` // it announced that itself: READY=1, see sd_notify(3)
	Status    string   `json:"-"` // its latest STATUS=
}

// A record begins with a line of fixed length: one byte for the readiness, then
// the status, padded with spaces. These bytes are overwritten in place, through
// a descriptor that is open for as long as the process lives. That works
// without a free descriptor and without free disk space.
const (
	notReady       = '-'
	observedReady  = 'r'
	announcedReady = 'R'

	headSize = 1 + maxStatus + 1 // with its newline
)

func recordHead(ready byte, status string) []byte {
	head := append([]byte{ready}, statusField(status)...)
	return append(head, '\n')
}

// maxStatus bounds a status text, in bytes; it is one line of a screen.
const maxStatus = 200

// statusField is a status as it is stored: maxStatus bytes.
func statusField(status string) []byte {
	field := bytes.Repeat([]byte{' '}, maxStatus)
	copy(field, shorten(strings.ReplaceAll(status, "\n", " ")))
	return field
}

// ErrUnsigned is the error of a record to which no launcher has appended its
// identity.
var ErrUnsigned = errors.New("no process has signed the record")

func parseRecord(text []byte) (Record, error) {
	if len(text) < headSize || text[headSize-1] != '\n' {
		return Record{}, errors.New("its first line is cut off")
	}
	r, _, err := parseLaunch(text[headSize:])
	r.Ready = text[0] == observedReady || text[0] == announcedReady
	r.Announced = text[0] == announcedReady
	r.Status = strings.TrimRight(string(text[1:headSize-1]), " ")
	return r, err
}

// parseLaunch reads the supervisor's line and the launcher's. rest is what
// follows them.
func parseLaunch(text []byte) (r Record, rest []byte, err error) {
	first, rest, whole := bytes.Cut(text, []byte("\n"))
	if err := json.Unmarshal(first, &r); err != nil {
		return Record{}, nil, err
	}
	if !whole || len(rest) == 0 {
		return r, nil, ErrUnsigned
	}
	signature, rest, whole := bytes.Cut(rest, []byte("\n"))
	if !whole {
		return Record{}, nil, errors.New("its last line is cut off")
	}
	id := &r.Identity
	if _, err := fmt.Sscanf(string(signature), "%d %d", &id.PID, &id.Start); err != nil || id.PID <= 1 {
		return Record{}, nil, fmt.Errorf("expected a process and its start time, got %q", signature)
	}
	id.Boot = r.Boot
	return r, rest, nil
}

// shorten cuts text to maxStatus bytes, between two letters.
func shorten(text string) string {
	if len(text) <= maxStatus {
		return text
	}
	end := maxStatus
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
