//go:build !unix

package server

// idleReader is what other systems can do without: there an idle connection
// holds a buffer.
type idleReader struct{}

func newIdleReader(any, *buffers) *idleReader { return nil }

func (*idleReader) read() (*input, error) { panic("server: no idle reader on this system") }

func (*idleReader) unread() bool { return false }
