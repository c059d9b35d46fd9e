//go:build unix

package keeper

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// A keeper may be killed as it starts a supervisor, which becomes the next.
func TestAKeeperThatIsGoneLeavesAStoreToGoOnWith(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	store, err := Open(func(string) string { return path })
	if err == nil || store == nil {
		t.Fatalf("got %v, %v", store, err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	file, err := descriptor.Of(ln.(*net.TCPListener))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := store.Holds(map[string]*descriptor.Descriptor{"listener.web": file}); err != nil {
		t.Error(err)
	}
	if store.Ready() == nil || store.Keep("listener.web", file) == nil {
		t.Error("it has spoken to nobody, and does not say so")
	}
	if err := store.Become("/nowhere/ammarctl", []string{"ammarctl"}, nil); err == nil || store.Close() != nil {
		t.Errorf("got %v", err)
	}
}

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
