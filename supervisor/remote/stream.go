package remote

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"sync"
	"syscall"
)

// A stream begins with one line from the near side, "network address", and one
// from the far side: what came of it. The near side does not wait for the
// latter before it speaks: on a slow link that would double the time of each
// question.

const (
	maxLine = 4096
	joined  = "ok"
	absent  = "nobody" // no such socket, or no listener on it
	refused = "error"
)

// nobodyError means that there is no listener, in the words of a dial on this machine.
type nobodyError struct{ text string }

func (e *nobodyError) Error() string   { return e.text }
func (e *nobodyError) Unwrap() []error { return []error{fs.ErrNotExist, syscall.ECONNREFUSED} }

// readLine reads a line of a peer that may be lying.
func readLine(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for b.Len() < maxLine {
		c, err := r.ReadByte()
		if err != nil {
			return "", err
		}
		if c == '\n' {
			return b.String(), nil
		}
		b.WriteByte(c)
	}
	return "", fmt.Errorf("expected a line of at most %d bytes", maxLine)
}

// stream is the near end of a connection that the far side has been asked for.
type stream struct {
	net.Conn
	r      *bufio.Reader
	opened sync.Once
	err    error
}

func newStream(c net.Conn, network, address string) (*stream, error) {
	if _, err := fmt.Fprintf(c, "%s %s\n", network, address); err != nil {
		_ = c.Close()
		return nil, err
	}
	return &stream{Conn: c, r: bufio.NewReader(c)}, nil
}

// Read is the far end's answer, or why there is none.
func (s *stream) Read(p []byte) (int, error) {
	s.opened.Do(s.open)
	if s.err != nil {
		return 0, s.err
	}
	return s.r.Read(p)
}

func (s *stream) open() {
	line, err := readLine(s.r)
	word, text, _ := strings.Cut(line, " ")
	switch {
	case err != nil:
		s.err = err
	case word == joined:
	case word == absent:
		s.err = &nobodyError{text}
	case word == refused:
		s.err = errors.New(text)
	default:
		s.err = fmt.Errorf("expected ok, %s or %s from the other side, got %q", absent, refused, line)
	}
}

// join copies between two connections until one of them ends, and closes both.
func join(a, b io.ReadWriteCloser) {
	var both sync.WaitGroup
	for _, d := range [][2]io.ReadWriteCloser{{a, b}, {b, a}} {
		both.Go(func() {
			_, _ = io.Copy(d[0], d[1])
			_ = d[0].Close()
			_ = d[1].Close()
		})
	}
	both.Wait()
}
