package process

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// zombie is SZOMB of sys/proc.h.
const zombie = 5

// startTime is in microseconds since 1970.
func startTime(pid int) (start uint64, ended bool, err error) {
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

// BootID is empty: the start times count from 1970.
func BootID() string { return "" }

// Age is not known here but by the clock on the wall.
func (id Identity) Age() (age time.Duration, ok bool) { return 0, false }
