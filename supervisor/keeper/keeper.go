//go:build unix

// Package keeper outlives the supervisor. A Keeper holds the descriptors that the
// supervisor must not lose, reaps its orphans, and starts it again when it dies. It
// does nothing else, so that little can go wrong. It speaks the descriptor store's
// protocol of sd_notify(3). Under systemd, which does the same, no keeper is needed.
package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// Keeper watches over one supervisor.
type Keeper struct {
	Socket string // where the supervisor speaks to it; made here
	Exits  string // the file in which it says how others ended, see process.RecordExit
	Args   []string
	// Self is the path of the binary to start with Args when the supervisor
	// has named none.
	Self func() (string, error)
	Log  *slog.Logger

	kept     []kept
	binary   string // to start next, as the supervisor said
	runs     string // the one that was started
	proven   string // the last one that worked
	ready    bool   // a supervisor has worked
	up       bool   // the one that runs works
	stopping bool   // its end is meant
	pid      int    // of the supervisor; 0: none runs
	started  time.Time
	quick    int // deaths in a row before it worked
}

type kept struct {
	name string
	file *descriptor.Descriptor
}

const (
	// maxKept bounds the store.
	maxKept = 4096
	// soon after its start, even a supervisor that worked is given a moment.
	soon         = 500 * time.Millisecond
	firstDelay   = 100 * time.Millisecond
	longestDelay = 5 * time.Second
)

// LeaveAlone is the exit status of a supervisor that found another one in
// charge: the processes are that one's.
const LeaveAlone = 75

// Serve starts the supervisor, again and again when it dies, until it ends on purpose
// or has never been ready. It returns its exit status. inherited is kept from the
// beginning. If it is not empty, an earlier supervisor worked, and its services still
// run. The end of ctx, and SIGTERM, ask the supervisor to end.
func (k *Keeper) Serve(ctx context.Context, inherited map[string]*descriptor.Descriptor) (status int, err error) {
	table, err := process.NewTable(k.Self, "")
	if err != nil {
		return 1, err
	}
	for name, file := range inherited {
		k.kept = append(k.kept, kept{name, file})
	}
	k.ready = len(inherited) > 0
	inbox, err := listen(k.Socket)
	if err != nil {
		return 1, err
	}
	defer inbox.close()
	exits, err := makeExits(k.Exits)
	if err != nil {
		return 1, fmt.Errorf("cannot make the file of exits: %w", err)
	}
	defer exits.Close()
	if mine, err := exits.Stat(); err == nil {
		defer removeOwn(k.Exits, mine) // while it is open, its number is no other's
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, unix.SIGCHLD, unix.SIGTERM, unix.SIGINT)
	signal.Ignore(unix.SIGHUP)
	defer signal.Stop(signals)
	again := time.NewTimer(0)
	defer again.Stop()
	ending := ctx.Done()
	for {
		select {
		case <-ending:
			ending = nil
			k.ask()
		case m := <-inbox.messages:
			k.hear(m)
		case <-again.C:
			if err := k.start(); err != nil {
				k.Log.Error("Cannot start the supervisor", "error", err)
				if !k.ready {
					return 1, err
				}
				again.Reset(longestDelay)
			}
		case s := <-signals:
			if s != unix.SIGCHLD {
				k.ask()
				continue
			}
			ended, status := k.reap()
			if !ended {
				continue
			}
			inbox.drain(k.hear) // its last words
			if k.stopping || !k.ready {
				if status.ExitStatus() != LeaveAlone {
					table.KillOrphans(false)
				}
				return status.ExitStatus(), nil
			}
			if !k.up && k.runs != k.proven {
				k.Log.Error("The new binary does not work; back to the one before", "path", k.runs)
				k.binary = k.proven
			}
			delay := k.delay()
			k.Log.Warn("The supervisor ended; it is started again, and its services go on", "exit",
				process.ExitOf(status).String(), "in", delay)
			again.Reset(delay)
		}
	}
}

// makeExits makes an empty file that no earlier keeper has used.
func makeExits(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	for tries := 0; errors.Is(err, os.ErrExist) && tries < 100; tries++ { // one that is about to end may still write there
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		f, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	}
	return f, err
}

// ask has the supervisor end.
func (k *Keeper) ask() {
	if k.pid > 0 {
		_ = syscall.Kill(k.pid, syscall.SIGTERM)
	} else {
		k.stopping = true
	}
}

// delay is how long to wait before the next start: the longer, the more often
// it has not come to work; one that has worked is started again at once.
func (k *Keeper) delay() time.Duration {
	if k.up {
		k.quick = 0
		if time.Since(k.started) < soon {
			return firstDelay / 2
		}
		return 0
	}
	k.quick++
	return min(firstDelay<<min(k.quick-1, 10), longestDelay)
}

// start executes the supervisor, with what is kept from descriptor 3 on.
func (k *Keeper) start() error {
	path, err := k.binary, error(nil)
	if _, gone := os.Stat(path); path == "" || gone != nil {
		if path, err = k.Self(); err != nil {
			return err
		}
	}
	child := &process.Child{
		Path: path, Argv: append([]string{"ammarctl", process.PassArg}, k.Args...), Output: os.Stderr,
		Env: append(process.Environment(), contract.NotifySocket+"="+k.Socket),
	}
	var names []string
	for _, held := range k.kept {
		child.Passed = append(child.Passed, held.file)
		names = append(names, held.name)
	}
	if len(names) > 0 {
		child.Env = append(child.Env, contract.ListenFDs+"="+strconv.Itoa(len(names)),
			contract.ListenFDNames+"="+strings.Join(names, ":"))
	}
	pid, err := process.Fork(child)
	if err != nil {
		return fmt.Errorf("cannot start %s: %w", path, err)
	}
	k.runs = k.binary
	k.pid, k.started, k.up = pid, time.Now(), false
	return nil
}

// reap takes in every child that has ended, and tells whether the supervisor
// was among them. How the others ended is written down before anybody else
// can get their numbers.
func (k *Keeper) reap() (supervisor bool, how unix.WaitStatus) {
	for _, pid := range append(process.Children(), k.pid) {
		if pid == 0 {
			continue
		}
		id, _ := process.IdentifyEnded(pid)
		var status unix.WaitStatus
		if pid == k.pid {
			if got, _ := unix.Wait4(pid, &status, unix.WNOHANG, nil); got == pid {
				supervisor, how, k.pid = true, status, 0
			}
			continue
		}
		if id.PID == 0 {
			continue
		}
		// Its group's number is its own until it is reaped.
		if group, err := unix.Getpgid(pid); err == nil && group == pid {
			_ = syscall.Kill(-pid, syscall.SIGKILL)
		}
		if err := k.record(id); err != nil && !errors.Is(err, unix.ECHILD) {
			k.Log.Error("Cannot write down how a process ended", "pid", pid, "error", err)
		}
	}
	return supervisor, how
}

// record reaps a process. If the system shows how it ended, the file has that before
// the process is gone, so the exit can be read at every moment.
func (k *Keeper) record(id process.Identity) error {
	var failed error
	shown, known := process.Unreaped(id)
	if known {
		failed = process.RecordExit(k.Exits, id, shown)
	}
	var status unix.WaitStatus
	if got, err := unix.Wait4(id.PID, &status, unix.WNOHANG, nil); err != nil || got != id.PID {
		return err
	}
	if exit := process.ExitOf(status); !known || exit != shown { // it may be shown to its own user only
		failed = process.RecordExit(k.Exits, id, exit)
	}
	return failed
}
