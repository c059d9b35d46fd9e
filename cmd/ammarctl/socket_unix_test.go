//go:build unix

package main

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/control"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

// The system closes what a killed supervisor had one after the other: its lock
// may be free while its socket still takes connections.
func TestTheControlSocketOfOneThatWasKilledIsWaitedFor(t *testing.T) {
	runtime, err := os.MkdirTemp("/tmp", "as") // short: the names of sockets are
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	dirs, err := instance.Resolve("default", func(name string) string {
		return map[string]string{"XDG_RUNTIME_DIR": runtime, "XDG_STATE_HOME": runtime}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := dirs.Create(); err != nil {
		t.Fatal(err)
	}
	before, err := net.ListenUnix("unix", &net.UnixAddr{Name: dirs.Socket(), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	before.SetUnlinkOnClose(false) // as kill -9 leaves it
	log := slog.New(slog.DiscardHandler)
	if _, err := controlSocket(dirs, nil, nil, log); !errors.Is(err, control.ErrInUse) {
		t.Errorf("one that goes on answering: %v", err)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		time.Sleep(closing / 50) // the time that it is still open is what this is about
		before.Close()
	}()
	ln, err := controlSocket(dirs, nil, nil, log)
	<-closed
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
}
