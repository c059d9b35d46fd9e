//go:build linux && amd64

package fakecam

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ErrRefused means that this kernel, or what surrounds this process, does not
// let a process have its calls answered by another.
var ErrRefused = errors.New("the kernel refuses seccomp user notification")

// Program is a running program with a camera.
type Program struct {
	Cmd    *exec.Cmd
	camera *Camera
	wait   func() error
}

// Start runs argv with its camera c, which no other program may have. out gets
// what it prints. Wait must be called. An error is ErrRefused where the kernel
// does not do this.
func Start(c *Camera, argv []string, env []string, out *os.File) (*Program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "launcher"), os.NewFile(uintptr(pair[1]), "parent")
	defer ours.Close()
	cmd := exec.Command(self, argv...)
	cmd.Env = append(append(os.Environ(), env...), launcherEnv+"=1")
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Start()
	_ = theirs.Close()
	if err != nil {
		return nil, err
	}
	listener, err := receive(ours)
	if err != nil {
		return nil, errors.Join(err, ignoreExit(cmd.Wait()))
	}
	if err := reachable(cmd.Process.Pid); err != nil {
		_ = unix.Close(listener)
		_ = cmd.Process.Kill()
		return nil, errors.Join(err, ignoreExit(cmd.Wait()))
	}
	done := make(chan struct{})
	go func() { defer close(done); c.serve(listener) }()
	return &Program{Cmd: cmd, camera: c, wait: sync.OnceValue(func() error {
		err := cmd.Wait()
		<-done // the kernel says when no thread of it is left
		return err
	})}, nil
}

// Wait waits until the program has ended.
func (p *Program) Wait() error { return p.wait() }

// End asks the program to end, kills it if it does not within limit, and waits.
func (p *Program) End(limit time.Duration) error {
	_ = p.Cmd.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(limit, func() { _ = p.Cmd.Process.Kill() })
	defer timer.Stop()
	return p.Wait()
}

// reachable tells whether the program's memory can be read, which some
// machines allow to debuggers only: nothing is at address 0, but to ask for it shows.
func reachable(pid int) error {
	var b [1]byte
	_, err := unix.ProcessVMReadv(pid, []unix.Iovec{{Base: &b[0], Len: 1}}, []unix.RemoteIovec{{Len: 1}}, 0)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("%w: the memory of a child: %w", ErrRefused, err)
	}
	return nil
}

func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// receive gets the listener from the launcher.
func receive(socket *os.File) (int, error) {
	conn, err := net.FileConn(socket)
	if err != nil {
		return -1, err
	}
	defer conn.Close()
	data, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	n, oobn, _, _, err := conn.(*net.UnixConn).ReadMsgUnix(data, oob)
	switch {
	case err != nil:
		return -1, fmt.Errorf("the launcher ended early: %w", err)
	case n == 1 && oobn == 0:
		return -1, fmt.Errorf("%w: %w", ErrRefused, syscall.Errno(data[0]))
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(messages) != 1 {
		return -1, fmt.Errorf("the launcher sent no descriptor: %w", err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1, fmt.Errorf("the launcher sent no descriptor: %w", err)
	}
	unix.CloseOnExec(fds[0])
	return fds[0], nil
}
