//go:build unix

package logs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// openFIFO opens the FIFO at path, and makes it if nothing is there. Opened for
// reading and writing, it never ends, even if all writers leave. It does not block, so
// Go's poller can read it.
func openFIFO(path string) (*os.File, error) {
	if err := unix.Mkfifo(path, 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, &fs.PathError{Op: "mkfifo", Path: path, Err: err}
	}
	// O_NOFOLLOW: a link in our place is not ours.
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	if err := checkFIFO(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	widen(f)
	return f, nil
}

func checkFIFO(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeNamedPipe {
		return fmt.Errorf("expected a FIFO at %s, found %s; move it away", f.Name(), info.Mode())
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("the FIFO %s belongs to the user with id %d; move it away", f.Name(), stat.Uid)
	}
	return f.Chmod(0o600)
}

// readable is how many bytes a read would find.
func readable(f *os.File) (int, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var ioctlErr error
	err = conn.Control(func(fd uintptr) { n, ioctlErr = unix.IoctlGetInt(int(fd), fionread) })
	return n, errors.Join(err, ioctlErr)
}

// openTerminal makes a terminal (pty(7)) whose other side is the service's
// output. Its own end of that side is kept open, so that reading does not end
// with the first process that had it. Lines come as they are written: nothing
// is echoed, and no newline becomes two characters.
func openTerminal() (master, slave *os.File, err error) {
	master, slave, err = pty.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a terminal: %w", err)
	}
	_, err = term.MakeRaw(int(slave.Fd()))
	if err == nil {
		err = pty.Setsize(slave, &pty.Winsize{Rows: 24, Cols: 200})
	}
	if err == nil {
		master, err = pollable(master)
	}
	if err != nil {
		_ = master.Close()
		_ = slave.Close()
		return nil, nil, fmt.Errorf("cannot prepare a terminal: %w", err)
	}
	return master, slave, nil
}

// pollable is the same file, read through Go's poller.
func pollable(f *os.File) (*os.File, error) {
	defer f.Close()
	fd, err := unix.Dup(int(f.Fd()))
	if err != nil {
		return f, err
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return f, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
