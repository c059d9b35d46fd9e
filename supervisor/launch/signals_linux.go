package launch

import (
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

const (
	lastSignal = 64
	ignored    = 1 // SIG_IGN of sigaction(2); SIG_DFL is 0
)

// defaultSignals gives the signals that this process ignores their default
// action. A program keeps ignored signals over execve(2), and a shell cannot
// even trap them. So nohup, or a supervisor that ignores a hang-up, would take
// SIGHUP from every service.
func defaultSignals() {
	// On MIPS struct sigaction begins with the flags, and masks are longer.
	handler, maskSize := 0, uintptr(8)
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		handler, maskSize = 1, 16
	}
	for signal := uintptr(1); signal <= lastSignal; signal++ {
		var action [8]uintptr // longer than any architecture's struct
		_, _, err := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, signal, 0,
			uintptr(unsafe.Pointer(&action)), maskSize, 0, 0)
		if err == 0 && action[handler] == ignored {
			action = [8]uintptr{} // SIG_DFL
			_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, signal,
				uintptr(unsafe.Pointer(&action)), 0, maskSize, 0, 0)
		}
	}
}
