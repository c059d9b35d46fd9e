package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Fields of proc_pid_stat(5), counted from the one after the name.
const (
	statState     = 0
	statParent    = 1
	statStartTime = 19
	statExitCode  = 49
)

// statFields reads them. Emulators make up a short one for the process itself;
// of its first thread, which says the same of these, they show the system's.
func statFields(pid int) ([][]byte, error) {
	folder := "/proc/" + strconv.Itoa(pid)
	fields, err := readStat(folder + "/stat")
	if err == nil && len(fields) <= statExitCode {
		fields, err = readStat(folder + "/task/" + strconv.Itoa(pid) + "/stat")
	}
	if err != nil {
		return nil, err
	}
	if len(fields) <= statExitCode {
		return nil, fmt.Errorf("cannot read the stat file of process %d: it has %d fields after the name", pid, len(fields))
	}
	return fields, nil
}

// readStat splits a stat file. The name, in parentheses, may hold anything.
func readStat(path string) ([][]byte, error) {
	stat, err := os.ReadFile(path)
	return bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]), err
}

func ended(fields [][]byte) bool { return fields[statState][0] == 'Z' || fields[statState][0] == 'X' }

func startTime(pid int) (start uint64, over bool, err error) {
	fields, err := statFields(pid)
	if err != nil {
		return 0, false, err
	}
	start, err = strconv.ParseUint(string(fields[statStartTime]), 10, 64)
	return start, ended(fields), err
}

// unreaped is how a process ended that nobody has reaped.
func unreaped(id Identity) (Exit, bool) {
	fields, err := statFields(id.PID)
	if err != nil || !ended(fields) || string(fields[statStartTime]) != strconv.FormatUint(id.Start, 10) {
		return Exit{}, false
	}
	status, err := strconv.Atoi(string(fields[statExitCode]))
	return ExitOf(unix.WaitStatus(status)), err == nil
}

// BootID tells one run of the machine from another.
func BootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// userHZ is the unit of start times, per second (USER_HZ): 100 wherever Go runs
// on Linux.
const userHZ = 100

// Age is how long ago the process was started, whatever has become of the
// clock on the wall meanwhile.
func (id Identity) Age() (age time.Duration, ok bool) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil || id.Start == 0 {
		return 0, false
	}
	return max(0, time.Duration(now.Nano())-time.Duration(id.Start)*time.Second/userHZ), true
}
