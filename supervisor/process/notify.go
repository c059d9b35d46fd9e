//go:build unix

package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Message is what a service said on its notify socket, see sd_notify(3).
type Message struct {
	Ready    bool
	Watchdog bool
	Status   string // empty: nothing was said of it
}

// notifySocket receives the messages of one process.
type notifySocket struct {
	conn     *net.UnixConn
	path     string
	messages chan Message
	quit     chan struct{}
	done     sync.WaitGroup
	once     sync.Once
}

func listenNotify(path string) (*notifySocket, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot make the notify socket: %w", err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("cannot make the notify socket: %w", err)
	}
	return receiveNotify(conn, path), nil
}

// inheritNotify goes on with a socket that was made before at path.
func inheritNotify(kept *descriptor.Descriptor, path string) (*notifySocket, error) {
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
	return receiveNotify(unixConn, path), nil
}

func receiveNotify(conn *net.UnixConn, path string) *notifySocket {
	n := &notifySocket{conn: conn, path: path, messages: make(chan Message), quit: make(chan struct{})}
	n.done.Go(n.receive)
	return n
}

func (n *notifySocket) receive() {
	buf := make([]byte, 8<<10)
	for {
		size, err := n.conn.Read(buf)
		if err != nil {
			return
		}
		select {
		case n.messages <- parseNotify(string(buf[:size])):
		case <-n.quit:
			return
		}
	}
}

// maxStatus bounds a status text, in bytes; it is one line of a screen.
const maxStatus = 200

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

// shorten cuts text to maxStatus bytes, between two letters.
func shorten(text string) string {
	if len(text) <= maxStatus {
		return text
	}
	end := maxStatus
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

func (n *notifySocket) close() {
	n.once.Do(func() {
		close(n.quit)
		_ = n.conn.Close()
		_ = os.Remove(n.path)
		n.done.Wait()
	})
}
