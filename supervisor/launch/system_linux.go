package launch

import (
	"math/bits"
	"runtime"
	"syscall"
	"unsafe"
)

// x/sys/unix has these system calls too. But that package, and each that sorts
// before it, would be initialised before a launch.

func dup(from, to int) error { return syscall.Dup3(from, to, 0) }

// closeOnExec marks every descriptor from first on, also inherited ones. Before
// Linux 5.11 it does nothing: inherited descriptors stay open.
func closeOnExec(first int) {
	const cloexec = 1 << 2 // CLOSE_RANGE_CLOEXEC
	_, _, _ = syscall.RawSyscall(closeRange(), uintptr(first), uintptr(^uint32(0)), cloexec)
}

// MIPS numbers its system calls from another base for each calling convention.
const (
	mips32 = runtime.GOARCH == "mips" || runtime.GOARCH == "mipsle"
	mips64 = runtime.GOARCH == "mips64" || runtime.GOARCH == "mips64le"
)

// closeRange is the number of close_range(2).
func closeRange() uintptr {
	const number = 436
	switch {
	case mips32:
		return 4000 + number
	case mips64:
		return 5000 + number
	}
	return number
}

// limitOfProcesses is RLIMIT_NPROC.
func limitOfProcesses() int {
	if mips32 || mips64 {
		return 8
	}
	return 6
}

// abandoned tells whether the reading end of a pipe is closed.
func abandoned(pipe int) bool {
	const out, broken = 0x4, 0x8 // POLLOUT, POLLERR
	end := struct {
		fd              int32
		events, revents int16
	}{fd: int32(pipe), events: out}
	var now syscall.Timespec
	_, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&end)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
	return errno == 0 && end.revents&broken != 0
}

// pinTo restricts this thread to these processors.
func pinTo(cpus []int) error {
	var set [1024 / bits.UintSize]uint // cpu_set_t
	for _, cpu := range cpus {
		if cpu < 0 || cpu >= 1024 {
			return syscall.EINVAL
		}
		set[cpu/bits.UintSize] |= 1 << (cpu % bits.UintSize)
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set)))
	if errno != 0 {
		return errno
	}
	return nil
}
