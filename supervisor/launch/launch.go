//go:build unix

// Package launch is the first stage of a service's process: this program's own
// binary, which prepares what only the new process can prepare, and then
// replaces itself with the service.
//
// It is on the way from a crash to the next process, and runs before the rest
// of the program is initialised (package first). What it imports is
// initialised before it, together with all that the language sorts before
// that, so it imports as little as it can; see docs/decisions/010.
package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/procstat"
)

// Arg is the first argument with which this program's binary is a launcher;
// the rest is for Run.
const Arg = "launch"

// Run turns this process into a service: args are the path of the log
// FIFO, that of the process's record, the descriptor on which a failure is
// reported, and the command line. It returns only when that failed; the
// supervisor has the reason by then.
func Run(args []string) error {
	if len(args) < 4 {
		return fmt.Errorf("expected: %s FIFO RECORD FD COMMAND [ARGUMENT...]; this is not for people", Arg)
	}
	report, err := strconv.Atoi(args[2])
	if err != nil {
		return fmt.Errorf("expected a descriptor, got %q", args[2])
	}
	// The report is the last descriptor that was passed on purpose.
	syscall.CloseOnExec(report)
	closeOnExec(report + 1)
	if err = sign(args[1], report); err == nil {
		err = become(args[0], args[3:])
	}
	_, _ = syscall.Write(report, []byte(err.Error()))
	return err
}

// sign completes the record, and then makes sure that there is a supervisor:
// one that comes after it finds the record, and this process in it.
func sign(record string, report int) error {
	pid := os.Getpid()
	start, _, err := procstat.StartTime(pid)
	if err != nil {
		return fmt.Errorf("cannot tell who this process is: %w", err)
	}
	// It makes no file: without the first line the supervisor has given this
	// process up.
	f, err := os.OpenFile(record, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = fmt.Fprintf(f, "%d %d\n", pid, start)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("cannot sign the record of this process: %w", err)
	}
	if abandoned(report) {
		_ = os.Remove(record)
		return errors.New("the supervisor is gone")
	}
	return nil
}

// become is the rest of it, once the record is signed.
func become(fifo string, argv []string) error {
	// Held open for reading too, the FIFO never breaks and never loses what
	// is in it, whoever else is gone.
	out, err := syscall.Open(fifo, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
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
	if os.Getenv(contract.ListenFDs) != "" {
		if err := os.Setenv(contract.ListenPID, strconv.Itoa(os.Getpid())); err != nil {
			return err
		}
	}
	return explain(argv[0], execute(argv, os.Environ()))
}

// errNotFound says that no folder of PATH has the program.
var errNotFound = errors.New("no such program")

// execute is execvp(3): a name without a slash is looked for in PATH, where a
// program that cannot be executed does not hide another one behind it.
func execute(argv, env []string) error {
	if strings.Contains(argv[0], "/") {
		return syscall.Exec(argv[0], argv, env)
	}
	path := os.Getenv("PATH")
	if path == "" {
		return errNotFound
	}
	failed := errNotFound
	for _, dir := range strings.Split(path, ":") {
		if dir == "" {
			dir = "." // as shells have it
		}
		switch err := syscall.Exec(dir+"/"+argv[0], argv, env); err {
		case syscall.ENOENT, syscall.ENOTDIR:
		case syscall.EACCES:
			failed = err
		default:
			return err
		}
	}
	return failed
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir() && strings.Contains(path, "/")
}

// explain says what to do about a command that cannot be executed.
func explain(command string, err error) error {
	where, _ := os.Getwd()
	switch {
	case errors.Is(err, errNotFound):
		return fmt.Errorf("cannot run %s: no such program in PATH; name it with its path", command)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot run %s: no such file, seen from %s", command, where)
	case errors.Is(err, syscall.EACCES) && isFolder(command): // as execve(2) says of one
		return fmt.Errorf("cannot run %s: it is a directory; name the program in it", command)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot run %s: it is not executable; chmod +x makes it so", command)
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("cannot run %s: it is no program of this machine; a script needs #! in its first line", command)
	}
	return fmt.Errorf("cannot run %s: %w", command, err)
}
