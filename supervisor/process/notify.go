//go:build unix

package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Message is what a service said on its notify socket, see sd_notify(3).
type Message struct {
	Ready    bool
	Watchdog bool
	Status   string // empty: it sent none
}

// notifySocket receives the messages of one process.
type notifySocket struct {
	conn     *net.UnixConn
	path     string
	record   *RecordFile // of the process
	messages chan Message
	quit     chan struct{}
	done     sync.WaitGroup
	once     sync.Once
}

func listenNotify(path string, record *RecordFile) (*notifySocket, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot make the notify socket: %w", err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("cannot make the notify socket: %w", err)
	}
	return receiveNotify(conn, path, record), nil
}

// inheritNotify continues with a socket that the previous supervisor made at
// path.
func inheritNotify(kept *descriptor.Descriptor, path string, record *RecordFile) (*notifySocket, error) {
	file := kept.File(path)
	defer file.Close()
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, fmt.Errorf("cannot use the notify socket that was kept: %w", err)
	}
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		_ = conn.Close()
		return nil, fmt.Errorf("cannot use the notify socket that was kept: expected a unix socket, got %T", conn)
	}
	return receiveNotify(unixConn, path, record), nil
}

func receiveNotify(conn *net.UnixConn, path string, record *RecordFile) *notifySocket {
	n := &notifySocket{conn: conn, path: path, record: record, messages: make(chan Message), quit: make(chan struct{})}
	n.done.Go(n.receive)
	return n
}

// receive removes a message from the socket only after its READY=1 is in the
// record. A process sends READY=1 once: if the supervisor is killed in between,
// the next one must still find it.
func (n *notifySocket) receive() {
	for {
		text, err := n.peek()
		if err != nil {
			return
		}
		m := parseNotify(text)
		if m.Ready {
			_ = n.record.MarkReady(true) // the record is removed only after the process ended
		}
		if _, err := n.conn.Read(make([]byte, 1)); err != nil {
			return
		}
		select {
		case n.messages <- m:
		case <-n.quit:
			return
		}
	}
}

// maxMessage bounds what is read of a message, in bytes.
const maxMessage = 8 << 10

// peek waits for a message and leaves it where it is. There is room for one
// only when it has come: most services never speak again.
func (n *notifySocket) peek() (text string, err error) {
	raw, err := n.conn.SyscallConn()
	if err != nil {
		return "", err
	}
	var first [1]byte
	failed := raw.Read(func(fd uintptr) bool {
		_, err = recvPeek(fd, first[:])
		return err != unix.EAGAIN
	})
	if err := errors.Join(failed, err); err != nil {
		return "", err
	}
	failed = raw.Control(func(fd uintptr) {
		buf, size := make([]byte, maxMessage), 0
		size, err = recvPeek(fd, buf)
		text = string(buf[:max(size, 0)])
	})
	return text, errors.Join(failed, err)
}

func recvPeek(fd uintptr, buf []byte) (size int, err error) {
	for {
		size, _, err = unix.Recvfrom(int(fd), buf, unix.MSG_PEEK)
		if err != unix.EINTR {
			return size, err
		}
	}
}

// parseNotify reads one datagram: lines of KEY=VALUE. Unknown keys and
// malformed lines are passed over, as sd_notify(3) asks.
func parseNotify(text string) Message {
	var m Message
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
		switch {
		case key == "READY" && value == "1":
			m.Ready = true
		case key == "WATCHDOG" && value == "1":
			m.Watchdog = true
		case key == "STATUS":
			m.Status = shorten(strings.ToValidUTF8(value, "�"))
		}
	}
	return m
}

func (n *notifySocket) close() {
	n.once.Do(func() {
		close(n.quit)
		_ = n.conn.Close()
		_ = os.Remove(n.path)
		n.done.Wait()
	})
}
