//go:build unix

package listener

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

func TestAClientIsNoticedAndLeftInTheQueue(t *testing.T) {
	ln, err := Listen("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	came := make(chan error, 1)
	go func() { came <- ln.AwaitClient(t.Context()) }()
	select {
	case err := <-came:
		t.Fatalf("a client was reported before one connected: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	conn, err := net.Dial("tcp", ln.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	select {
	case err := <-came:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the client is not noticed")
	}
	if err := ln.AwaitClient(t.Context()); err != nil { // still there
		t.Error(err)
	}
}

func TestWaitingForAClientEndsWithItsContext(t *testing.T) {
	ln, err := Listen("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := ln.AwaitClient(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
