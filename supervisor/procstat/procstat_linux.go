// Package procstat reads what the system says of a process. It is on the way
// of a service's start, and so imports little; see docs/decisions/010.
package procstat

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// Stat are the fields of proc_pid_stat(5) from the one after the name on.
type Stat [][]byte

// Their numbers.
const (
	state    = 0
	parent   = 1
	start    = 19
	envEnd   = 48
	exitCode = 49
)

// Read reads them. Emulators make up a short file for the process itself; of
// its first thread, which says the same of these, they show the system's.
func Read(pid int) (Stat, error) {
	folder := "/proc/" + strconv.Itoa(pid)
	s, err := read(folder + "/stat")
	if err == nil && len(s) <= exitCode {
		s, err = read(folder + "/task/" + strconv.Itoa(pid) + "/stat")
	}
	if err != nil {
		return nil, err
	}
	if len(s) <= exitCode {
		return nil, fmt.Errorf("cannot read the stat file of process %d: it has %d fields after the name", pid, len(s))
	}
	return s, nil
}

// read splits a stat file. The name, in parentheses, may hold anything.
func read(path string) (Stat, error) {
	text, err := os.ReadFile(path)
	return bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]), err
}

// Ended tells whether the process has, and nobody has reaped it.
func (s Stat) Ended() bool { return s[state][0] == 'Z' || s[state][0] == 'X' }

// Parent is the number of its parent.
func (s Stat) Parent() (int, error) { return strconv.Atoi(string(s[parent])) }

// Start is when it was started, in ticks since the machine began; a tick is a
// hundredth of a second wherever Go runs on Linux.
func (s Stat) Start() (uint64, error) { return strconv.ParseUint(string(s[start]), 10, 64) }

// HasEnvironment tells whether the kernel has laid out an environment for the
// program, be it an empty one.
func (s Stat) HasEnvironment() bool { return string(s[envEnd]) != "0" }

// ExitStatus is how it ended, as wait(2) has it.
func (s Stat) ExitStatus() (int, error) { return strconv.Atoi(string(s[exitCode])) }

// StartTime is when the process that has a number now was started, in the
// system's own units, and whether it has ended.
func StartTime(pid int) (start uint64, ended bool, err error) {
	s, err := Read(pid)
	if err != nil {
		return 0, false, err
	}
	start, err = s.Start()
	return start, s.Ended(), err
}
