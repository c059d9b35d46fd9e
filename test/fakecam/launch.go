//go:build linux && amd64

package fakecam

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// launcherEnv tells a process that it is the launcher.
const launcherEnv = "AMMAR_FAKECAM_LAUNCHER"

// Launcher must be called first by the main function (or TestMain) of whoever
// calls Start. In a process that Start has made it becomes the program and does
// not return; in any other it does nothing.
func Launcher() {
	if os.Getenv(launcherEnv) == "" {
		return
	}
	err := launch(os.Args[1:])
	fmt.Fprintln(os.Stderr, "fakecam:", err)
	os.Exit(125)
}

// socketFD is where the launcher finds the socket to its parent: os/exec puts
// the first extra file there.
const socketFD = 3

// launch installs the filter, hands its listener to the parent and executes
// argv. The filter stays with the thread that executes, which is all that is left then.
func launch(argv []string) error {
	runtime.LockOSThread()
	unix.CloseOnExec(socketFD)
	env := make([]string, 0, len(os.Environ()))
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, launcherEnv+"=") {
			env = append(env, e)
		}
	}
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	listener, err := install(filter())
	if err != nil {
		// The parent reads the error's number instead of a descriptor.
		var errno syscall.Errno
		_ = errors.As(err, &errno)
		_, _ = unix.Write(socketFD, []byte{byte(errno)})
		return fmt.Errorf("seccomp: %w", err)
	}
	if err := unix.Sendmsg(socketFD, []byte{0}, unix.UnixRights(listener), nil, 0); err != nil {
		return fmt.Errorf("cannot hand over the listener: %w", err)
	}
	return syscall.Exec(path, argv, env)
}

func install(program []unix.SockFilter) (int, error) {
	prog := &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	// Without WAIT_KILLABLE_RECV, the signals by which Go preempts its threads
	// would end calls that are being answered.
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(prog)))
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

// filter asks the parent about opening, closing, waiting and V4L2's ioctls.
func filter() []unix.SockFilter {
	const (
		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		ret   = unix.BPF_RET | unix.BPF_K
		// Offsets in struct seccomp_data.
		number, arch, secondArgument = 0, 4, 24
	)
	always := []uint32{unix.SYS_OPENAT, unix.SYS_CLOSE, unix.SYS_POLL, unix.SYS_PPOLL, unix.SYS_SELECT, unix.SYS_PSELECT6,
		unix.SYS_EPOLL_CTL}
	program := []unix.SockFilter{
		{Code: load, K: arch},
		{Code: equal, K: unix.AUDIT_ARCH_X86_64, Jt: 1},
		{Code: ret, K: unix.SECCOMP_RET_ALLOW},
		{Code: load, K: number},
	}
	for i, nr := range always { // to the last instruction
		program = append(program, unix.SockFilter{Code: equal, K: nr, Jt: uint8(len(always) - 1 - i + 6)})
	}
	return append(program,
		unix.SockFilter{Code: equal, K: unix.SYS_IOCTL, Jf: 4},
		unix.SockFilter{Code: load, K: secondArgument},
		unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_RSH | unix.BPF_K, K: 8},
		unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0xFF},
		unix.SockFilter{Code: equal, K: 'V', Jt: 1},
		unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_USER_NOTIF},
	)
}
