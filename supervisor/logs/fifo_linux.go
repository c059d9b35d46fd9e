package logs

import (
	"os"

	"golang.org/x/sys/unix"
)

// fifoSize is Linux' limit for an unprivileged user (pipe(7)).
const fifoSize = 1 << 20

const fionread = unix.TIOCINQ // FIONREAD's other name

// widen gives the FIFO room for a burst while the supervisor is busy or being
// replaced. Where the system refuses, it keeps its 64 KiB.
func widen(f *os.File) {
	conn, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, fifoSize) })
}
