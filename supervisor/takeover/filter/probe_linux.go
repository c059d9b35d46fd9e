//go:build amd64 || arm64 || arm || riscv64

package filter

import (
	"errors"
	"runtime"
	"syscall"
	"unsafe"
)

// Probe tells whether this process could install a filter and answer its
// notifications. It tries on a thread that ends with it.
func Probe() Reason {
	result := make(chan Reason, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the filter ends with the thread
		result <- probe()
	}()
	return <-result
}

func probe() Reason {
	notify, reason := install(nil)
	if reason != Taken {
		return reason
	}
	defer syscall.Close(notify)
	var add struct { // struct seccomp_notif_addfd
		id                   uint64
		flags, from, to, new uint32
	}
	// Linux 5.9 and later look for the notification, and find none.
	if err := ioctl(notify, IoctlAddFD, unsafe.Pointer(&add)); !errors.Is(err, syscall.ENOENT) {
		return Kernel
	}
	return Taken
}
