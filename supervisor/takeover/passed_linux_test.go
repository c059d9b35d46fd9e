//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"net"
	"os"
	"testing"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// A program that waits in poll(2) for the clients of the listener that it got
// shows it with the first one that it accepts.
func TestAProgramThatAcceptsAClientUsesItsListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	d, err := descriptor.Of(ln.(*net.TCPListener))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	inode, err := inodeOf(d.FD())
	if err != nil {
		t.Fatal(err)
	}
	used := func() bool { return hasClients([]uint32{inode}, []int{os.Getpid()}) }
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if used() {
		t.Error("a client that waits counts as accepted")
	}
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if !used() {
		t.Error("a client that was accepted is not seen")
	}
}
