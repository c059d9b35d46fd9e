//go:build unix

package remote

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ammarctl/ammarctl/internal/target"
)

func TestMain(m *testing.M) {
	if os.Getenv("REMOTE_TEST_CONTROL") != "" { // the far side
		if err := Serve(context.Background(), farSide{os.Stdin, os.Stdout}, os.Getenv("REMOTE_TEST_CONTROL"),
			"v1"); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

type farSide struct {
	io.ReadCloser
	out *os.File
}

func (f farSide) Write(p []byte) (int, error) { return f.out.Write(p) }
func (f farSide) Close() error                { return errors.Join(f.ReadCloser.Close(), f.out.Close()) }

// far puts an ssh in PATH that runs script here, with the far side as $SELF.
func far(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SELF", self)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("DIR", dir)
}

// echo listens on a socket and says back what it is told.
func echo(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rm")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); _, _ = io.Copy(c, c) }()
		}
	}()
	t.Cleanup(func() { ln.Close(); <-done; os.RemoveAll(dir) })
	return path
}

func speak(t *testing.T, h *Host, network, address string) (string, error) {
	t.Helper()
	return speakWithin(t, 20*time.Second, h, network, address)
}

func speakWithin(t *testing.T, patience time.Duration, h *Host, network, address string) (string, error) {
	t.Helper()
	conn, err := h.Dial(t.Context(), network, address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write([]byte("hello\n")); err != nil {
		return "", err
	}
	b := make([]byte, 6)
	_, err = io.ReadFull(conn, b)
	return string(b), err
}

func TestStreamsOverOneConnection(t *testing.T) {
	far(t, `echo x >> $DIR/started; REMOTE_TEST_CONTROL=$CONTROL exec $SELF`)
	path := echo(t)
	t.Setenv("CONTROL", path)
	h := NewHost(target.Target{Host: "pi"}, "default")
	defer h.Close()
	for range 20 {
		if got, err := speak(t, h, "unix", ""); got != "hello\n" {
			t.Fatalf("the control socket said %q, %v", got, err)
		}
	}
	if got, err := speak(t, h, "unix", path); got != "hello\n" {
		t.Errorf("a socket by its path said %q, %v", got, err)
	}
	_, err := speak(t, h, "unix", path+".none")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), ".none") {
		t.Errorf("a socket that is not there: %v", err)
	}
	if _, err := speak(t, h, "udp", "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "expected unix or tcp") {
		t.Errorf("another network: %v", err)
	}
	if started, _ := os.ReadFile(os.Getenv("DIR") + "/started"); string(started) != "x\n" {
		t.Errorf("ssh was started %d times", len(started)/2)
	}
}

func TestALostConnectionIsMadeAgain(t *testing.T) {
	far(t, `echo $$ > $DIR/pid; REMOTE_TEST_CONTROL=$CONTROL exec $SELF`)
	t.Setenv("CONTROL", echo(t))
	h := NewHost(target.Target{Host: "pi"}, "default")
	defer h.Close()
	for round := range 3 {
		if got, err := speak(t, h, "unix", ""); got != "hello\n" {
			t.Fatalf("round %d: %q, %v", round, got, err)
		}
		h.turn <- struct{}{}
		l := h.link
		<-h.turn
		l.cancel() // ends ssh
		<-l.ended
	}
}

func TestAHostThatCannotBeReachedIsTriedLessAndLess(t *testing.T) {
	far(t, `echo x >> $DIR/started; echo "no route" >&2; exit 255`)
	h := NewHost(target.Target{Host: "pi"}, "default")
	defer h.Close()
	for range 50 {
		if _, err := h.Dial(t.Context(), "unix", ""); err == nil ||
			err.Error() != "cannot reach pi: no route [ssh-unreachable]" {
			t.Fatalf("Dial: %v", err)
		}
	}
	if started, _ := os.ReadFile(os.Getenv("DIR") + "/started"); len(started) > 2*5 {
		t.Errorf("ssh was started %d times", len(started)/2)
	}
}

func TestCloseEndsATryThatHangs(t *testing.T) {
	far(t, `exec sleep 600`)
	h := NewHost(target.Target{Host: "pi"}, "default")
	failed := make(chan error, 1)
	go func() { _, err := h.Dial(context.Background(), "unix", ""); failed <- err }()
	time.Sleep(50 * time.Millisecond) // for ssh to be started; it does not matter if it is not
	h.Close()
	select {
	case err := <-failed:
		if err == nil {
			t.Error("Dial worked")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Dial goes on")
	}
}

func TestAPeerThatLies(t *testing.T) {
	for _, script := range []string{
		`yes`, `cat /dev/zero`, `echo ammarctl-dial 1 v1; cat /dev/zero`, `echo ammarctl-dial 1 v1; yes`,
		`echo ammarctl-dial x`, `true`,
	} {
		t.Run(script, func(t *testing.T) {
			far(t, script)
			h := NewHost(target.Target{Host: "pi"}, "default")
			defer h.Close()
			if got, err := speakWithin(t, time.Second, h, "unix", ""); err == nil {
				t.Errorf("it said %q", got)
			}
		})
	}
}
