package process

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/procstat"
)

// Unreaped returns how a process ended that is still a zombie, if the system shows
// that.
func Unreaped(id Identity) (Exit, bool) {
	stat, err := procstat.Read(id.PID)
	if err != nil || !stat.Ended() {
		return Exit{}, false
	}
	if start, err := stat.Start(); err != nil || start != id.Start {
		return Exit{}, false
	}
	status, err := stat.ExitStatus()
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

// Age is the time since the process was started, independent of changes to the clock.
func (id Identity) Age() (age time.Duration, ok bool) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil || id.Start == 0 {
		return 0, false
	}
	return max(0, time.Duration(now.Nano())-time.Duration(id.Start)*time.Second/userHZ), true
}
