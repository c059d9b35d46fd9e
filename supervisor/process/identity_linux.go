package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Fields of proc_pid_stat(5), counted from the one after the name.
const (
	statState     = 0
	statParent    = 1
	statStartTime = 19
	statExitCode  = 49
)

// statFields reads them. The name, in parentheses, may hold anything.
func statFields(pid int) ([][]byte, error) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil, err
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= statExitCode {
		return nil, fmt.Errorf("cannot read the stat file of process %d: it has %d fields after the name", pid, len(fields))
	}
	return fields, nil
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
