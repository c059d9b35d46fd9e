package server

import (
	"fmt"
	"io"
	"net"
)

// spy is a connection that tells what its ReadFrom gets.
type spy struct {
	net.Conn
	reached chan string
}

func (s spy) ReadFrom(r io.Reader) (int64, error) {
	select {
	case s.reached <- fmt.Sprintf("%T", r):
	default:
	}
	return io.Copy(struct{ io.Writer }{s.Conn}, r)
}
