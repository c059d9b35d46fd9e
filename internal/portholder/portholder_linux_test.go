package portholder

import (
	"net"
	"os"
	"testing"
)

func TestFindsThisProcess(t *testing.T) {
	for _, bind := range []string{"127.0.0.1:0", "0.0.0.0:0"} {
		ln, err := net.Listen("tcp", bind)
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		got, ok := Find("tcp", "127.0.0.1:"+port)
		if !ok || got.PID != os.Getpid() || got.Name == "" {
			t.Errorf("Find for a listener on %s = %+v, %v; want this process, %d", bind, got, ok, os.Getpid())
		}
		ln.Close()
		if got, ok := Find("tcp", "127.0.0.1:"+port); ok {
			t.Errorf("Find after the close = %+v, want none", got)
		}
	}
}

func TestOtherAddressIsNoHolder(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	for _, addr := range []string{"127.0.0.2:" + port, "nonsense", "127.0.0.1:0", "127.0.0.1:port"} {
		if got, ok := Find("tcp", addr); ok {
			t.Errorf("Find(%q) = %+v, want none", addr, got)
		}
	}
}
