package launch

import (
	"errors"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTheNumbersAreThoseOfTheSystem(t *testing.T) {
	if closeRange() != unix.SYS_CLOSE_RANGE {
		t.Errorf("close_range is %d, want %d", closeRange(), unix.SYS_CLOSE_RANGE)
	}
	if limitOfProcesses() != unix.RLIMIT_NPROC {
		t.Errorf("RLIMIT_NPROC is %d, want %d", limitOfProcesses(), unix.RLIMIT_NPROC)
	}
}

func TestAThreadRunsWhereItIsPinned(t *testing.T) {
	runtime.LockOSThread() // and never unlocked: the thread ends with the test
	var may, now unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		t.Skipf("the system does not say where it runs: %v", err)
	}
	last := -1
	for cpu := range 1024 {
		if may.IsSet(cpu) {
			last = cpu
		}
	}
	if err := pinTo([]int{last}); err != nil {
		t.Fatal(err)
	}
	if err := unix.SchedGetaffinity(0, &now); err != nil || now.Count() != 1 || !now.IsSet(last) {
		t.Errorf("it may run on %v of %d processors, want number %d; %v", now, now.Count(), last, err)
	}
	if err := pinTo([]int{1024}); err == nil {
		t.Error("a processor that cannot be is none of the system's")
	}
}

func TestDescriptorsFromOneOnEndWithThisProgram(t *testing.T) {
	var fds [3]int
	for i := range fds { // above all that other tests have
		fd, err := unix.FcntlInt(0, unix.F_DUPFD, 200+i)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		fds[i] = fd
	}
	closeOnExec(fds[1])
	for i, fd := range fds {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil {
			t.Fatal(err)
		}
		marked := flags&unix.FD_CLOEXEC != 0
		if i == 0 && marked {
			t.Error("the one before is marked")
		}
		if i > 0 && !marked && errors.Is(unix.CloseRange(1<<20, 1<<20, unix.CLOSE_RANGE_CLOEXEC), syscall.ENOSYS) {
			t.Skip("this system has no close_range(2)")
		} else if i > 0 && !marked {
			t.Errorf("%d from the first on is not marked", i)
		}
	}
}
