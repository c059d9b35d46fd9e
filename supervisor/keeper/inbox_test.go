//go:build unix

package keeper

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// A supervisor that speaks faster than the keeper listens may be killed when
// nothing more fits in between: its last words are heard all the same.
func TestTheLastWordsAreHeardHoweverMuchIsQueued(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	b, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	said := 0
	for ; said < 10_000; said++ { // until the channel, its writer's hand and the socket are full
		if err := conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, "FDSTOREREMOVE=1\nFDNAME=listener.%d", said); err != nil {
			break
		}
	}
	if said <= cap(b.messages) {
		t.Fatalf("the socket took %d messages only", said)
	}
	heard, done := 0, make(chan struct{})
	go func() {
		defer close(done)
		b.drain(func(m message) {
			if want := fmt.Sprintf("listener.%d", heard); m.words["FDNAME"] != want {
				t.Errorf("heard %q, want %q", m.words["FDNAME"], want)
			}
			heard++
		})
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error("the keeper hangs")
	}
	b.close()
	<-done
	if heard != said {
		t.Errorf("%d of %d messages were heard", heard, said)
	}
}
