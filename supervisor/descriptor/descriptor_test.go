//go:build unix

package descriptor

import (
	"net"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/porttest"
)

func TestACopyListensWhereTheOriginalDoesAndLeavesItAsItIs(t *testing.T) {
	for network, addr := range map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"} {
		ln, err := net.Listen(network, addr)
		if err != nil {
			t.Logf("%s: %v", network, err)
			continue
		}
		defer ln.Close()
		first, err := Of(ln.(*net.TCPListener))
		if err != nil {
			t.Fatal(err)
		}
		second, err := first.Copy()
		if err != nil {
			t.Fatal(err)
		}
		first.Close()
		first.Close()
		if at, err := second.ListensOn(); err != nil || at.String() != ln.Addr().String() {
			t.Errorf("%s listens on %s, %v; want %s", network, at, err, ln.Addr())
		}
		for name, flags := range map[string]int{"closed on exec": unix.F_GETFD, "not blocking": unix.F_GETFL} {
			got, err := unix.FcntlInt(uintptr(second.FD()), flags, 0)
			want := unix.FD_CLOEXEC
			if flags == unix.F_GETFL {
				want = unix.O_NONBLOCK
			}
			if err != nil || got&want == 0 {
				t.Errorf("%s: it is not %s: %#x, %v", network, name, got, err)
			}
		}
		file := second.File("listener")
		second.Close() // it was given away
		if _, err := net.FileListener(file); err != nil {
			t.Errorf("%s: given away, it is of no use: %v", network, err)
		}
		file.Close()
	}
}

func TestWhatDoesNotListenHasNoAddress(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	d, err := Of(conn.(*net.UDPConn))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if at, err := d.ListensOn(); err == nil {
		t.Errorf("it listens on %s", at)
	}
}

// A copy may be with the keeper, or in a process between its fork and its exec.
func TestThePortOfAnEndedListenerIsFreeWhoeverHasACopy(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a listener that others have")
	}
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(porttest.Free(t, 1)[0])))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close() // it is the copy
	d, err := Of(ln.(*net.TCPListener))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.StopListening(); err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		conn.Close()
		t.Error("a client waits for nobody")
	}
	if at, err := d.ListensOn(); err == nil {
		t.Errorf("it still listens on %s", at)
	}
	again, err := net.Listen("tcp", ln.Addr().String())
	if err != nil {
		t.Fatalf("its port is not free: %v", err)
	}
	defer again.Close()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatalf("the next one is not reached: %v", err)
	}
	conn.Close()
}
