//go:build unix

package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// Command is what to start.
type Command struct {
	Service  string   // its name
	Argv     []string // the service's command line
	Dir      string   // working folder; empty: this process's
	Env      []string // beside this process's own environment
	Listener *os.File // nil: none
	FIFO     string   // standard output and error
	Notify   string   // path of the notify socket, made here
}

// Process is a running process of a service, the leader of its own group.
type Process struct {
	PID      int
	Messages <-chan Message // what it says on its notify socket
	Done     <-chan struct{}

	cmd    *exec.Cmd
	notify *notifySocket
	table  *Table
	exit   Exit
}

// Exit is how a process ended.
type Exit struct {
	Code   int    // -1 when a signal ended it
	Signal string // "killed"; empty when it exited by itself
}

// String is what a person reads: "exit status 3", "signal: killed".
func (e Exit) String() string {
	if e.Signal != "" {
		return "signal: " + e.Signal
	}
	return "exit status " + strconv.Itoa(e.Code)
}

// Start starts c. An error says why the command cannot be executed; a process
// is returned only when the service's own program runs.
func (t *Table) Start(c Command) (*Process, error) {
	self, err := t.self()
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(c.Dir); c.Dir != "" && (err != nil || !info.IsDir()) {
		return nil, fmt.Errorf("cannot start in %s: no such folder; make it, or change dir", c.Dir)
	}
	notify, err := listenNotify(c.Notify)
	if err != nil {
		return nil, err
	}
	reportR, reportW, err := os.Pipe()
	if err != nil {
		notify.close()
		return nil, err
	}
	defer reportR.Close()
	reportFD := contract.ListenFDsStart
	cmd := &exec.Cmd{Path: self, Dir: c.Dir, SysProcAttr: &syscall.SysProcAttr{Setpgid: true}}
	cmd.Env = append(environment(), c.Env...)
	cmd.Env = append(cmd.Env, contract.NotifySocket+"="+c.Notify)
	if c.Listener != nil {
		cmd.ExtraFiles = append(cmd.ExtraFiles, c.Listener)
		cmd.Env = append(cmd.Env, contract.ListenFDs+"=1", contract.ListenFDNames+"="+c.Service)
		reportFD++
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, reportW)
	cmd.Args = append([]string{"ammarctl", LaunchArg, c.FIFO, strconv.Itoa(reportFD)}, c.Argv...)

	err = t.start(cmd)
	_ = reportW.Close()
	if err != nil {
		notify.close()
		return nil, &NoRoomError{err}
	}
	done := make(chan struct{})
	p := &Process{PID: cmd.Process.Pid, Messages: notify.messages, Done: done, cmd: cmd, notify: notify, table: t}
	go p.wait(done)

	// The launcher's end of the pipe closes when it becomes the service.
	problem, err := io.ReadAll(io.LimitReader(reportR, 4096))
	if err != nil || len(problem) > 0 {
		p.Kill()
		<-done
		return nil, errors.New(strings.TrimSpace(string(problem)))
	}
	return p, nil
}

// NoRoomError says that the system has no process to give just now: too many
// of them, or of open files, or no memory. It is worth trying again.
type NoRoomError struct{ Err error }

// Error says so.
func (e *NoRoomError) Error() string { return fmt.Sprintf("cannot start a process: %v", e.Err) }

// Unwrap gives the system's error.
func (e *NoRoomError) Unwrap() error { return e.Err }

// environment is this process's own, less what speaks of its own supervisor.
func environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case contract.ListenFDs, contract.ListenPID, contract.ListenFDNames, contract.NotifySocket, "WATCHDOG_USEC", "WATCHDOG_PID":
		default:
			env = append(env, kv)
		}
	}
	return env
}

// wait learns of the end from the kernel, whatever else holds the log open.
func (p *Process) wait(done chan<- struct{}) {
	// What the service has started ends with it; where the system allows it,
	// while the group's number is still its own.
	if awaitExit(p.PID) {
		p.signal(syscall.SIGKILL)
		_ = p.cmd.Wait() // the state says more than the error
	} else {
		_ = p.cmd.Wait()
		p.signal(syscall.SIGKILL)
	}
	p.table.forget(p.PID)
	p.notify.close()
	p.exit = exitOf(p.cmd.ProcessState)
	close(done)
}

func exitOf(state *os.ProcessState) Exit {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return Exit{Code: -1, Signal: status.Signal().String()}
	}
	return Exit{Code: state.ExitCode()}
}

// Exit is how it ended; only after Done.
func (p *Process) Exit() Exit { return p.exit }

// Terminate asks the service and what it started to end (SIGTERM).
func (p *Process) Terminate() { p.signal(syscall.SIGTERM) }

// Kill ends them (SIGKILL).
func (p *Process) Kill() { p.signal(syscall.SIGKILL) }

// signal reaches the whole group. The error is that it is gone already.
func (p *Process) signal(sig syscall.Signal) { _ = syscall.Kill(-p.PID, sig) }
