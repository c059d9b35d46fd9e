//go:build unix

package keeper

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// message is one datagram of the supervisor, see sd_notify(3).
type message struct {
	words map[string]string
	files []*descriptor.Descriptor
}

// inbox is the socket to which the supervisor speaks. It is in a folder that
// only this user can enter.
type inbox struct {
	conn     *net.UnixConn
	path     string
	messages chan message
	quit     chan struct{}
	done     sync.WaitGroup
	self     *net.UnixConn // to itself, wherever path leads by now
	mine     os.FileInfo   // the socket's
}

func listen(path string) (*inbox, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot make the keeper's socket: %w", err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("cannot make the keeper's socket: %w", err)
	}
	mine, err := os.Lstat(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot make the keeper's socket: %w", err), conn.Close())
	}
	self, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot reach the keeper's socket: %w", err), conn.Close())
	}
	b := &inbox{conn: conn, self: self, path: path, mine: mine, messages: make(chan message, 64),
		quit: make(chan struct{})}
	b.done.Go(b.receive)
	return b, nil
}

func (b *inbox) receive() {
	text, rights := make([]byte, 8<<10), make([]byte, unix.CmsgSpace(4*16))
	for {
		n, nr, _, _, err := b.conn.ReadMsgUnix(text, rights)
		if err != nil {
			return
		}
		select {
		case b.messages <- parse(string(text[:n]), rights[:nr]):
		case <-b.quit:
			return
		}
	}
}

// drain handles all messages sent so far. The reader may be between the socket and the
// channel, so a message to itself marks the end. A goroutine sends it, since the
// socket may have no room for it until drain listens.
func (b *inbox) drain(hear func(message)) {
	sent := make(chan error, 1)
	go func() { // it ends when the mark is heard, or could not be sent
		_, err := b.self.Write([]byte(lastWords))
		sent <- err
	}()
	for {
		select {
		case err := <-sent:
			if err != nil {
				return
			}
			sent = nil // the mark is on its way
		case m := <-b.messages:
			if _, last := m.words[lastWords]; last {
				return
			}
			hear(m)
		}
	}
}

const lastWords = "X_AMMAR_LAST"

func (b *inbox) close() {
	close(b.quit)
	removeOwn(b.path, b.mine) // while it is there: its number may be the next one's
	_ = b.conn.Close()
	_ = b.self.Close()
	b.done.Wait()
}

// removeOwn removes what is at path unless it is another's by now.
func removeOwn(path string, mine os.FileInfo) {
	if there, err := os.Lstat(path); err == nil && os.SameFile(mine, there) {
		_ = os.Remove(path)
	}
}

// parse reads a datagram; what it does not know it passes over.
func parse(text string, rights []byte) message {
	m := message{words: map[string]string{}}
	for line := range strings.SplitSeq(text, "\n") {
		if key, value, _ := strings.Cut(line, "="); key != "" {
			m.words[key] = value
		}
	}
	controls, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return m
	}
	for i := range controls {
		fds, err := unix.ParseUnixRights(&controls[i])
		if err != nil {
			continue
		}
		for _, fd := range fds {
			m.files = append(m.files, descriptor.New(fd))
		}
	}
	return m
}

// hear takes a message.
func (k *Keeper) hear(m message) {
	name := m.words["FDNAME"]
	switch {
	case m.words["FDSTORE"] == "1" && name != "" && !strings.ContainsAny(name, ":\x00"):
		for _, file := range m.files {
			if len(k.kept) == maxKept {
				k.Log.Error("Cannot keep more descriptors", "kept", maxKept, "refused", name)
				file.Close()
				continue
			}
			k.kept = append(k.kept, kept{name, file})
		}
		m.files = nil
	case m.words["FDSTOREREMOVE"] == "1":
		k.kept = slices.DeleteFunc(k.kept, func(held kept) bool {
			if held.name != name {
				return false
			}
			held.file.Close()
			return true
		})
	}
	for _, file := range m.files {
		file.Close()
	}
	if m.words["READY"] == "1" {
		k.ready, k.up, k.proven = true, true, k.runs
	}
	if m.words["STOPPING"] == "1" {
		k.stopping = true
	}
	if path := m.words[executes]; path != "" {
		k.binary = path // proven when a supervisor of it is ready
	}
}
