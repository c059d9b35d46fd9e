//go:build unix

// Package process starts and ends the processes of services. A process is
// started in two steps: this program's own binary as a launcher, which
// prepares the environment that only the new process can prepare, and then
// replaces itself with the service.
package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// LaunchArg is the first argument with which this program's binary is a
// launcher; main hands the rest to Launch before it does anything else.
const LaunchArg = "launch"

// PassArg is the first argument with which it passes on the descriptors that
// it was given, and does as the other arguments say; see Pass.
const PassArg = "pass"

// Pass makes the descriptors from 3 on this process's own, as sd_listen_fds(3)
// has it: whoever starts a process cannot know the number that it will have.
func Pass() error {
	if os.Getenv(contract.ListenFDs) == "" {
		return nil
	}
	return os.Setenv(contract.ListenPID, strconv.Itoa(os.Getpid()))
}

// Launch turns this process into a service: args are the path of the log
// FIFO, that of the process's record, the descriptor on which a failure is
// reported, and the command line. It returns only when that failed; the
// supervisor has the reason by then.
func Launch(args []string) error {
	if len(args) < 4 {
		return fmt.Errorf("expected: %s FIFO RECORD FD COMMAND [ARGUMENT...]; this is not for people", LaunchArg)
	}
	fd, err := strconv.Atoi(args[2])
	if err != nil {
		return fmt.Errorf("expected a descriptor, got %q", args[2])
	}
	// The report is the last descriptor that was passed on purpose.
	unix.CloseOnExec(fd)
	closeOnExec(fd + 1)
	report := os.NewFile(uintptr(fd), "report")
	if err = sign(args[1], report); err == nil {
		err = launch(args[0], args[3:])
	}
	_, _ = report.WriteString(err.Error())
	return err
}

// sign completes the record, and then makes sure that there is a supervisor:
// one that comes after it finds the record, and this process in it.
func sign(record string, report *os.File) error {
	id, err := Identify(os.Getpid())
	if err != nil {
		return fmt.Errorf("cannot tell who this process is: %w", err)
	}
	if err := signRecord(record, id); err != nil {
		return fmt.Errorf("cannot sign the record of this process: %w", err)
	}
	if abandoned(report) {
		_ = os.Remove(record)
		return errors.New("the supervisor is gone")
	}
	return nil
}

// abandoned tells whether nobody holds the other end of a pipe any more.
func abandoned(pipe *os.File) bool {
	ends := []unix.PollFd{{Fd: int32(pipe.Fd()), Events: unix.POLLOUT}}
	_, err := unix.Poll(ends, 0)
	return err == nil && ends[0].Revents&unix.POLLERR != 0
}

func launch(fifo string, argv []string) error {
	// Held open for reading too, the FIFO never breaks and never loses what
	// is in it, whoever else is gone.
	out, err := unix.Open(fifo, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot open its log %s: %w", fifo, err)
	}
	for _, std := range []int{1, 2} {
		if err := dup(out, std); err != nil {
			return fmt.Errorf("cannot redirect its output: %w", err)
		}
	}
	runtime.LockOSThread() // what is set for a thread is the service's
	if err := settle(); err != nil {
		return err
	}
	path, err := exec.LookPath(argv[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return explain(argv[0], err)
	}
	if os.Getenv(contract.ListenFDs) != "" {
		if err := os.Setenv(contract.ListenPID, strconv.Itoa(os.Getpid())); err != nil {
			return err
		}
	}
	return explain(argv[0], unix.Exec(path, argv, os.Environ()))
}

// explain says what to do about a command that cannot be executed.
func explain(command string, err error) error {
	where, _ := os.Getwd()
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		err = lookup.Err
	}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("cannot run %s: no such program in PATH; name it with its path", command)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot run %s: no such file, seen from %s", command, where)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot run %s: it is not executable; chmod +x makes it so", command)
	case errors.Is(err, unix.ENOEXEC):
		return fmt.Errorf("cannot run %s: it is no program of this machine; a script needs #! in its first line", command)
	}
	return fmt.Errorf("cannot run %s: %w", command, err)
}
