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
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// LaunchArg is the first argument with which this program's binary is a
// launcher; main hands the rest to Launch before it does anything else.
const LaunchArg = "launch"

// Launch turns this process into a service: args are the path of the log
// FIFO, the descriptor on which a failure is reported, and the command line.
// It returns only when that failed; the supervisor has the reason by then.
func Launch(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("expected: %s FIFO FD COMMAND [ARGUMENT...]; this is not for people", LaunchArg)
	}
	fd, err := strconv.Atoi(args[1])
	if err != nil {
		return fmt.Errorf("expected a descriptor, got %q", args[1])
	}
	// The report is the last descriptor that was passed on purpose.
	unix.CloseOnExec(fd)
	closeOnExec(fd + 1)
	report := os.NewFile(uintptr(fd), "report")
	err = launch(args[0], args[2:])
	_, _ = report.WriteString(err.Error())
	return err
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
