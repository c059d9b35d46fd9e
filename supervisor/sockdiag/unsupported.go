//go:build !linux

package sockdiag

import "context"

// Conn is never opened on this system.
type Conn struct{}

// Open fails with ErrUnsupported.
func Open() (*Conn, error) { return nil, ErrUnsupported }

// Close does nothing.
func (c *Conn) Close() error { return nil }

// Dump fails with ErrUnsupported.
func (c *Conn) Dump(q Query, fn func(*Socket)) error { return ErrUnsupported }

// Unix fails with ErrUnsupported.
func (c *Conn) Unix(fn func(*UnixSocket)) error { return ErrUnsupported }

// Draining fails with ErrUnsupported.
func (c *Conn) Draining(listeners []uint32, pids []int) (Drain, error) {
	return Drain{}, ErrUnsupported
}

// EachSocket calls nothing.
func EachSocket(pid int, fn func(inode uint32) bool) {}

// Processes is empty.
func Processes() []int { return nil }

// Sample fails with ErrUnsupported.
func (m *Meter) Sample(c *Conn) error { return ErrUnsupported }

// Serve fails with ErrUnsupported.
func (m *Meter) Serve(context.Context) error { return ErrUnsupported }
