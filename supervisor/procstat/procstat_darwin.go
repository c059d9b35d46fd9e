// Package procstat reads what the system says of a process.
package procstat

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// zombie is SZOMB of sys/proc.h.
const zombie = 5

// StartTime is when the process that has a number now was started, in
// microseconds since 1970, and whether it has ended.
func StartTime(pid int) (start uint64, ended bool, err error) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return 0, false, err
	}
	if int(info.Proc.P_pid) != pid {
		return 0, false, fmt.Errorf("no process has the number %d", pid)
	}
	at := info.Proc.P_starttime
	return uint64(at.Sec)*1_000_000 + uint64(at.Usec), info.Proc.P_stat == zombie, nil
}

// Dying tells whether a process has ended.
func Dying(pid int) bool {
	_, ended, err := StartTime(pid)
	return err != nil || ended
}
