//go:build unix

package keeper

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Store hands descriptors to their keeper by sd_notify(3): to systemd, or to a Keeper.
// The nil Store keeps nothing and is for a supervisor that has no keeper. Its methods
// are safe for concurrent use and never wait for an answer.
type Store struct {
	pid int // of the keeper

	mu   sync.Mutex
	conn *net.UnixConn                     // nil: the keeper cannot be reached
	held map[string]*descriptor.Descriptor // what is kept, so that it can be given to another keeper
}

// Open connects to the socket named by NOTIFY_SOCKET; it returns nil without one. If
// the keeper cannot be reached, it returns a Store and an error. That Store holds
// descriptors for another keeper, and cannot reach this one.
func Open(getenv func(string) string) (*Store, error) {
	path := getenv(contract.NotifySocket)
	if path == "" {
		return nil, nil
	}
	s := &Store{pid: os.Getppid(), held: map[string]*descriptor.Descriptor{}}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return s, explain.Errorf("keeper-gone", "cannot reach the keeper at %s: %w", path, err)
	}
	s.conn = conn
	return s, nil
}

// Keep stores a copy of a descriptor under a name without a colon, of which
// there is one then.
func (s *Store) Keep(name string, file *descriptor.Descriptor) error {
	if s == nil {
		return nil
	}
	if err := s.Drop(name); err != nil {
		return err
	}
	copied, err := file.Copy()
	if err != nil {
		return explain.Errorf("no-descriptors", "cannot copy the descriptor %s: %w", name, err)
	}
	s.hold(name, copied)
	if err := s.send("FDSTORE=1\nFDNAME="+name, unix.UnixRights(copied.FD())); err != nil {
		return fmt.Errorf("cannot leave the descriptor %s with the keeper: %w", name, err)
	}
	return nil
}

// Holds takes note of descriptors that the keeper has, and has passed on.
func (s *Store) Holds(files map[string]*descriptor.Descriptor) error {
	if s == nil {
		return nil
	}
	for name, file := range files {
		copied, err := file.Copy()
		if err != nil {
			return explain.Errorf("no-descriptors", "cannot copy the descriptor %s: %w", name, err)
		}
		s.hold(name, copied)
	}
	return nil
}

func (s *Store) hold(name string, file *descriptor.Descriptor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[name] = file
}

// Drop takes what was kept under a name out of the store.
func (s *Store) Drop(name string) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	if file := s.held[name]; file != nil {
		file.Close()
		delete(s.held, name)
	}
	s.mu.Unlock()
	return s.say("FDSTOREREMOVE=1\nFDNAME=" + name)
}

// Ready says that the supervisor works.
func (s *Store) Ready() error { return s.say("READY=1") }

// Stopping says that the supervisor's end will be meant.
func (s *Store) Stopping() error { return s.say("STOPPING=1") }

// Executes says which binary to start from now on in the supervisor's stead.
func (s *Store) Executes(path string) error { return s.say(executes + "=" + path) }

// executes is no word of sd_notify(3), which leaves those with X_ to others.
const executes = "X_AMMAR_EXECUTES"

func (s *Store) say(text string) error {
	if s == nil {
		return nil
	}
	if err := s.send(text, nil); err != nil {
		return fmt.Errorf("cannot speak to the keeper: %w", err)
	}
	return nil
}

var errGone = errors.New("it is gone")

// patience is how long a keeper may take to read; its socket's queue is short.
const patience = 2 * time.Second

func (s *Store) send(text string, rights []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return errGone
	}
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	var sent error
	err = raw.Write(func(fd uintptr) bool { // net sends no rights on a connected socket
		sent = unix.Sendmsg(int(fd), []byte(text), rights, nil, 0)
		return !errors.Is(sent, unix.EAGAIN)
	})
	return errors.Join(err, sent)
}

// PID returns the process number of the keeper, or 0 without one. The keeper was this
// process's parent when the store was opened, even if it has ended since.
func (s *Store) PID() int {
	if s == nil {
		return 0
	}
	return s.pid
}

// Close leaves what is kept where it is.
func (s *Store) Close() error {
	if s == nil || s.conn == nil {
		return nil
	}
	return s.conn.Close()
}
