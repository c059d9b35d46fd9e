//go:build linux || darwin

package control

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheSocketIsForThisUserAlone(t *testing.T) {
	path := filepath.Join(privateDir(t), "run", "s")
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v), want %v", path, info.Mode(), err, want)
		}
	}
}

func TestAnotherUsersConnectionIsClosed(t *testing.T) {
	path := filepath.Join(privateDir(t), "s")
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 2)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	mine, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	conn := <-accepted // our own uid, as the system tells it
	_, _ = conn.Close(), mine.Close()
	_ = ln.Close()
	<-done

	ln, err = Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ln.(*sameUser).uid++ // so that we are another user
	refused := make(chan struct{})
	go func() {
		defer close(refused)
		if conn, err := ln.Accept(); err == nil {
			_ = conn.Close()
			t.Error("another user was let in")
		}
	}()
	theirs, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = theirs.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := theirs.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("another user reads: %v", err)
	}
	_ = theirs.Close()
	_ = ln.Close()
	<-refused
}

func TestOnlyAStaleSocketIsReplaced(t *testing.T) {
	dir := privateDir(t)
	path := filepath.Join(dir, "s")
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); !errors.Is(err, ErrInUse) {
		t.Errorf("a socket that is answered: %v", err)
	}
	ln.(*sameUser).SetUnlinkOnClose(false) // as kill -9 leaves it
	_ = ln.Close()
	ln, err = Listen(path)
	if err != nil {
		t.Fatalf("a stale socket: %v", err)
	}
	_ = ln.Close()

	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "expected a socket") {
		t.Errorf("a file in its place: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "precious" {
		t.Error("the file was touched")
	}
}

func TestAFolderOpenToOthersIsRefused(t *testing.T) {
	dir := privateDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(filepath.Join(dir, "s")); err == nil || !strings.Contains(err.Error(), "open to others") {
		t.Errorf("got %v", err)
	}
}
