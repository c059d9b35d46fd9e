//go:build unix

package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/launch"
)

// Command describes a process to start.
type Command struct {
	Service  string                 // its name
	Argv     []string               // the service's command line
	Dir      string                 // working folder; empty: this process's
	Env      []string               // added to this process's own environment
	Listener *descriptor.Descriptor // nil: none
	Takeover *descriptor.Descriptor // socket for the launcher's filter, see filter.Install; nil: none
	FIFO     string                 // path of its standard output and error
	Notify   string                 // path of its notify socket, made by Start
	Record   string                 // path of its record, made by Start
	Launch   int                    // number of the process among those of the service
	Restarts int                    // automatic restarts of the service so far; for the record
	Config   []byte                 // JSON; for the record
	Addr     string                 // of the listener; for the record
}

// Process is a running process of a service, the leader of its own group.
type Process struct {
	PID      int
	Messages <-chan Message // from its notify socket
	Done     <-chan struct{}

	identity Identity
	child    bool // of this process
	adopted  bool // another supervisor started it
	handle   handle
	notify   *notifySocket
	record   *RecordFile
	table    *Table
	exit     Exit // once Done is closed
	killed   chan struct{}
	killOnce sync.Once // closes killed

	mu    sync.Mutex
	ended bool
	tree  *treeOf // since Terminate
}

// Start starts c. It returns a process only when the service's own program
// runs. An error says why the command cannot be executed.
func (t *Table) Start(c Command) (*Process, error) {
	self, err := t.self()
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(c.Dir); c.Dir != "" && (err != nil || !info.IsDir()) {
		return nil, fmt.Errorf("cannot start in %s: no such folder; make it, or change dir", c.Dir)
	}
	record, err := CreateRecord(c.Record, Record{
		Service: c.Service, Launch: c.Launch, Restarts: c.Restarts, Time: time.Now(), Boot: BootID(), Config: c.Config,
		Addr: c.Addr,
	})
	if err != nil {
		return nil, &NoRoomError{err}
	}
	p, err := t.launch(self, c, record)
	if err != nil {
		record.Close()
		_ = os.Remove(c.Record)
	}
	return p, err
}

func (t *Table) launch(self string, c Command, record *RecordFile) (*Process, error) {
	notify, err := listenNotify(c.Notify, record)
	if err != nil {
		return nil, &NoRoomError{err}
	}
	reportR, reportW, err := os.Pipe()
	if err != nil {
		notify.close()
		return nil, &NoRoomError{err}
	}
	defer reportR.Close()
	report, err := descriptor.Of(reportW)
	_ = reportW.Close()
	if err != nil {
		notify.close()
		return nil, &NoRoomError{err}
	}
	child := launcher(self, c, report)
	pid, handle, err := t.forkWithHandle(child)
	report.Close()
	if err != nil {
		notify.close()
		return nil, &NoRoomError{err}
	}
	done := make(chan struct{})
	p := &Process{
		PID: pid, Messages: notify.messages, Done: done,
		child: true, handle: handle, notify: notify, record: record, table: t, killed: make(chan struct{}),
	}
	go p.wait(done)

	// The launcher's end of the pipe closes when it becomes the service.
	problem, err := io.ReadAll(io.LimitReader(reportR, 4096))
	if err != nil || len(problem) > 0 {
		p.Kill()
		<-done
		return nil, errors.New(strings.TrimSpace(string(problem)))
	}
	p.identity, _ = Identify(p.PID) // it may have ended
	return p, nil
}

// Run runs a command to its end that is no service, as a service would be run:
// with the settings in c.Env, and with its output in the log. Only Argv, Dir,
// FIFO and Env of c count. When ctx ends it is killed with its group.
func (t *Table) Run(ctx context.Context, c Command) error {
	self, err := t.self()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{launch.Arg, c.FIFO, launch.NoRecord, launch.NoRecord,
		launch.NoTakeover}, c.Argv...)...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = c.Dir, append(Environment(), c.Env...), time.Second
	_, err = t.Output(cmd)
	return err
}

// launcher is the process that re-executes this program and becomes c.
func launcher(self string, c Command, report *descriptor.Descriptor) *Child {
	child := &Child{Path: self, Dir: c.Dir, Env: append(Environment(), c.Env...)}
	child.Env = append(child.Env, contract.NotifySocket+"="+c.Notify, contract.Launch+"="+strconv.Itoa(c.Launch))
	if c.Listener != nil {
		child.Passed = append(child.Passed, c.Listener)
		child.Env = append(child.Env, contract.ListenFDs+"=1", contract.ListenFDNames+"="+c.Service)
	}
	takeover := launch.NoTakeover
	if c.Takeover != nil {
		takeover = strconv.Itoa(contract.ListenFDsStart + len(child.Passed))
		child.Passed = append(child.Passed, c.Takeover)
	}
	reportFD := contract.ListenFDsStart + len(child.Passed)
	child.Passed = append(child.Passed, report)
	child.Argv = append([]string{"ammarctl", launch.Arg, c.FIFO, c.Record, strconv.Itoa(reportFD), takeover}, c.Argv...)
	return child
}

// NoRoomError says that the system cannot start a process now: there are too
// many processes or open files, or too little memory. A later try may succeed.
type NoRoomError struct{ Err error }

// Error begins with "cannot start a process".
func (e *NoRoomError) Error() string { return fmt.Sprintf("cannot start a process: %v", e.Err) }

// Unwrap gives the system's error.
func (e *NoRoomError) Unwrap() error { return e.Err }

// Environment is this process's environment without the variables that its own
// supervisor set for it: this process may be a service of another instance.
func Environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case contract.ListenFDs, contract.ListenPID, contract.ListenFDNames, contract.NotifySocket,
			contract.Control, contract.Listen, contract.Service, contract.Instance, contract.StopTimeout,
			contract.Launch, contract.Reason, contract.FilesUsers, contract.Supervisor,
			"WATCHDOG_USEC", "WATCHDOG_PID":
		default:
			env = append(env, kv)
		}
	}
	return env
}

// MarkReady notes in the process's record that it has been ready. announced
// tells whether it said so itself, see sd_notify(3).
func (p *Process) MarkReady(announced bool) error { return p.record.MarkReady(announced) }

// SetStatus notes its latest status in the process's record.
func (p *Process) SetStatus(status string) error { return p.record.SetStatus(status) }

// Exit is how it ended; only after Done.
func (p *Process) Exit() Exit { return p.exit }

// Adopted tells whether another supervisor started it.
func (p *Process) Adopted() bool { return p.adopted }

// NotifySocket is a copy of the descriptor of its notify socket.
func (p *Process) NotifySocket() (*descriptor.Descriptor, error) { return descriptor.Of(p.notify.conn) }

// Signal sends a signal to the process alone; see SignalAll for the others.
func (p *Process) Signal(sig syscall.Signal) { p.signal(p.PID, sig) }
