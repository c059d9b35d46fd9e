//go:build unix

// Package launch starts a service's process by re-execution: a new process of
// this program's own binary prepares what only the process itself can prepare,
// and then executes the service.
//
// It runs between a crash and the next process, before the rest of the program
// is initialised (package reexec). Its imports, and the packages that the
// language sorts before them, are initialised first. So it imports as little as
// it can; see docs/decisions/010.
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
	"time"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/program"
	"github.com/ammarctl/ammarctl/supervisor/procstat"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// Arg is the first argument that makes this program's binary a launcher; the
// others are for Run.
const Arg = "launch"

// NoTakeover stands for the descriptor of the socket for port takeover where
// there is none.
const NoTakeover = "-"

// NoRecord stands for the path of the record, and for the descriptor of the
// report, of a command that is no service: its failure is in its log.
const NoRecord = "-"

// Run turns this process into a service. args are the path of the log FIFO, the
// path of the process's record, the descriptor to which a failure is reported,
// the descriptor of the socket for port takeover (see filter.Install) or
// NoTakeover, and the command line. It returns only when it failed; the
// supervisor has the error by then.
func Run(args []string) error {
	if len(args) < 5 {
		return fmt.Errorf("expected: %s FIFO RECORD FD FD COMMAND [ARGUMENT...]; this is not for people", Arg)
	}
	if args[1] == NoRecord {
		closeOnExec(3)
		return become(args[0], -1, args[4:])
	}
	report, err := strconv.Atoi(args[2])
	if err != nil {
		return fmt.Errorf("expected a descriptor, got %q", args[2])
	}
	takeover := -1
	if args[3] != NoTakeover {
		if takeover, err = strconv.Atoi(args[3]); err != nil {
			return fmt.Errorf("expected a descriptor, got %q", args[3])
		}
		syscall.CloseOnExec(takeover)
	}
	// The report is the last of the descriptors that the supervisor passed.
	syscall.CloseOnExec(report)
	closeOnExec(report + 1)
	if err = sign(args[1], report); err == nil {
		err = become(args[0], takeover, args[4:])
	}
	_, _ = syscall.Write(report, []byte(err.Error()))
	return err
}

// sign completes the record, and then checks that the supervisor still lives. A
// later supervisor finds this process in the record.
func sign(record string, report int) error {
	pid := os.Getpid()
	start, _, err := procstat.StartTime(pid)
	if err != nil {
		return fmt.Errorf("cannot tell who this process is: %w", err)
	}
	// It makes no file: if the record is gone, the supervisor has given up on
	// this process.
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

// become prepares this process, whose record is signed, and executes the
// service. takeover is the socket for port takeover, -1 without one.
func become(fifo string, takeover int, argv []string) error {
	// The service holds the FIFO open for reading too. So writing to it never
	// fails, and its content survives the supervisor.
	out, err := syscall.Open(fifo, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot open its log %s: %w", fifo, err)
	}
	for _, std := range []int{1, 2} {
		if err := dup(out, std); err != nil {
			return fmt.Errorf("cannot redirect its output: %w", err)
		}
	}
	runtime.LockOSThread() // settings of this thread become the service's
	settings, err := applySettings()
	if err != nil {
		return err
	}
	if os.Getenv(contract.ListenFDs) != "" {
		if err := os.Setenv(contract.ListenPID, strconv.Itoa(os.Getpid())); err != nil {
			return err
		}
	}
	defaultSignals()
	replace := func() error { return describe(argv[0], execute(argv, os.Environ())) }
	if takeover < 0 || filter.Install(takeover, argv) != filter.Unanswered {
		return replace()
	}
	return filter.OnCleanThread(func() error {
		if err := settings.limitThread(); err != nil {
			return err
		}
		return replace()
	})
}

// errNotFound says that no folder of PATH has the program.
var errNotFound = errors.New("no such program")

// execute is execvp(3): a name without a slash is looked for in PATH. A file
// there that cannot be executed does not hide a program in a later folder.
func execute(argv, env []string) error {
	if strings.Contains(argv[0], "/") {
		return executeFile(argv[0], argv, env)
	}
	path := os.Getenv("PATH")
	if path == "" {
		return errNotFound
	}
	failed := errNotFound
	for _, dir := range strings.Split(path, ":") {
		if dir == "" {
			dir = "." // as in shells
		}
		switch err := executeFile(dir+"/"+argv[0], argv, env); err {
		case syscall.ENOENT, syscall.ENOTDIR:
		case syscall.EACCES:
			failed = err
		default:
			return err
		}
	}
	return failed
}

// A file that is open for writing cannot be executed: it is still being copied,
// or a process that was just forked has the descriptor for a moment.
const (
	busyTries = 100
	busyPause = 20 * time.Millisecond
)

func executeFile(path string, argv, env []string) error {
	for try := 1; ; try++ {
		if err := syscall.Exec(path, argv, env); err != syscall.ETXTBSY || try == busyTries {
			return err
		}
		time.Sleep(busyPause)
	}
}

// describe adds to the error of a command that cannot be executed what to do.
func describe(command string, err error) error {
	if why := (program.Place{Path: os.Getenv("PATH")}).Check(command); why != nil {
		return why
	}
	where, _ := os.Getwd()
	switch {
	case errors.Is(err, errNotFound):
		return explain.Errorf("program-not-found", "cannot run %s: no such program in PATH; name it with its path", command)
	case errors.Is(err, fs.ErrNotExist):
		return explain.Errorf("program-not-found", "cannot run %s: no such file, seen from %s", command, where)
	case errors.Is(err, fs.ErrPermission):
		return explain.Errorf("program-not-executable", "cannot run %s: this user may not execute it", command)
	case errors.Is(err, syscall.ENOEXEC):
		return explain.Errorf("program-not-executable",
			"cannot run %s: it is no program of this machine; a script needs #! in its first line", command)
	}
	return fmt.Errorf("cannot run %s: %w", command, err)
}
