// Package procstat reads what the system says of a process. It is on the way
// of a service's start, and so imports little; see docs/decisions/010.
package procstat

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// Stat is the list of fields of proc_pid_stat(5) that follow the name.
type Stat [][]byte

// Their numbers.
const (
	state    = 0
	parent   = 1
	flags    = 6
	start    = 19
	pending  = 28
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

// Ended tells whether the process has ended and is not yet reaped.
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

// exiting is PF_EXITING of the kernel's include/linux/sched.h.
const exiting = 0x4

// Dying tells whether a process has ended or can do nothing else any more: it
// was killed, and the system has yet to take from it what it holds.
func Dying(pid int) bool {
	s, err := Read(pid)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
	}
	has := func(field int, bit uint64) bool {
		bits, err := strconv.ParseUint(string(s[field]), 10, 64)
		return err == nil && bits&bit != 0
	}
	return s.Ended() || has(flags, exiting) || has(pending, 1<<(syscall.SIGKILL-1))
}
