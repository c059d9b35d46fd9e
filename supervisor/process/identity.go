//go:build unix

package process

import (
	"fmt"

	"github.com/ammarctl/ammarctl/supervisor/procstat"
)

// Identity is one process for as long as the machine runs. The system gives a
// process number to other processes later; together with the start time,
// counted from boot, it is unique.
type Identity struct {
	PID   int
	Start uint64 // in the system's own units; 0 where that can't be known
	Boot  string // which run of the machine; empty where that can't be known
}

// line is the identity as a launcher appends it to its record.
func (id Identity) line() string { return fmt.Sprintf("%d %d\n", id.PID, id.Start) }

// Identify looks at the process that has a number now.
func Identify(pid int) (Identity, error) {
	start, ended, err := procstat.StartTime(pid)
	if err != nil {
		return Identity{}, err
	}
	if ended {
		return Identity{}, fmt.Errorf("process %d has ended", pid)
	}
	return Identity{PID: pid, Start: start, Boot: BootID()}, nil
}

// Alive tells whether this very process runs. It is false for another process
// with its number, and for a process that has ended and was not reaped yet.
func (id Identity) Alive() bool {
	now, err := Identify(id.PID)
	return err == nil && id.PID > 0 && id.Start != 0 && now == id
}

// IdentifyEnded is the identity of a child that has ended and was not reaped
// yet; ok is false for every other process.
func IdentifyEnded(pid int) (id Identity, ok bool) {
	start, ended, err := procstat.StartTime(pid)
	if err != nil || !ended {
		return Identity{}, false
	}
	return Identity{PID: pid, Start: start, Boot: BootID()}, true
}
