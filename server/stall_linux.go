package server

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// acknowledged is how many bytes the peer has taken so far, as tcp(7) counts
// them: a single sendfile of a large file tells nothing until its end. Kernels
// before 4.1 do not know.
func acknowledged(nc net.Conn) (n uint64, known bool) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return 0, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, false
	}
	_ = raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err == nil && info.Bytes_acked > 0 {
			n, known = info.Bytes_acked, true
		}
	})
	return n, known
}
