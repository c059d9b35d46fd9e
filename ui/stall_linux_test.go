package ui

import (
	"bytes"
	"context"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/feed"
)

// A terminal that takes nothing any more, as after Ctrl-S, and that is resized
// all the time beside: whoever makes states and lines is not held up, and the
// dashboard still ends in order.
func TestATerminalThatStopsReadingHoldsUpNobody(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	defer master.Close()
	defer tty.Close()
	resize := func(rows, cols int) {
		if err := pty.Setsize(master, &pty.Winsize{Rows: uint16(rows), Cols: uint16(cols)}); err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGWINCH)
	}
	resize(40, 120)

	const patient = 20 * time.Second
	engine := newFake()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, engine, Options{In: tty, Out: tty, Getenv: func(string) string { return "" }})
	}()
	state := func(n int) {
		t.Helper()
		s := three()
		s.Services[0].RequestsPerSecond = float64(n)
		select {
		case engine.states <- s:
		case <-time.After(patient):
			t.Fatalf("state %d is taken by nobody", n)
		}
	}
	state(0)
	seen, buf := []byte(nil), make([]byte, 4096)
	_ = master.SetReadDeadline(time.Now().Add(patient))
	for !bytes.Contains(seen, []byte("camera")) {
		n, err := master.Read(buf)
		if seen = append(seen, buf[:n]...); err != nil {
			t.Fatalf("%v after %q", err, seen)
		}
	}

	// From here on nobody reads, and soon the terminal takes no more.
	for i := range 50 {
		state(i)
		resize(1+i*7%60, 1+i*13%200)
		time.Sleep(20 * time.Millisecond) // the screen is drawn between
	}
	for i := range feed.PendingLines + 5000 {
		select {
		case engine.lines <- api.LogLine{Seq: uint64(i), Time: clock, Msg: "a line"}:
		case <-time.After(patient):
			t.Fatalf("line %d is taken by nobody", i)
		}
		if i%1000 == 0 {
			state(i)
		}
	}
	cancel()
	_ = master.SetReadDeadline(time.Time{})
	go func() { _, _ = io.Copy(io.Discard, master) }() // ends with the terminal
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patient):
		t.Fatal("the dashboard does not end")
	}
}
