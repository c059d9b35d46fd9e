package files

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/services/files/store"
)

// slow is a body that comes when it is let.
type slow struct {
	first string
	gate  chan struct{}
	rest  io.Reader
}

func (s *slow) Read(p []byte) (int, error) {
	if s.first != "" {
		n := copy(p, s.first)
		s.first = s.first[n:]
		return n, nil
	}
	<-s.gate
	return s.rest.Read(p)
}

// Two uploads at once do not each get the room that is there once.
func TestUploadsAtOnceShareTheQuota(t *testing.T) {
	root := tree(t, nil)
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd"), quota: 1000})
	s.h.small.Cache = forgetful{}
	gate := make(chan struct{})
	done := make(chan int, 1)
	go func() {
		req := streamed("PUT", "/a.bin", &slow{first: "a", gate: gate, rest: strings.NewReader(strings.Repeat("a", 599))})
		req.ContentLength = 600
		done <- s.do(req).StatusCode
	}()
	eventually(t, "the first upload", func() bool { return len(s.h.transfers.List(time.Now())) == 1 })
	if got := s.tell("PUT", "/b.bin", strings.Repeat("b", 600)).StatusCode; got != 507 {
		t.Errorf("the second upload: %d, want 507", got)
	}
	if got := s.tell("PUT", "/c.bin", strings.Repeat("c", 300)).StatusCode; got != 201 {
		t.Errorf("a smaller one: %d, want 201", got)
	}
	close(gate)
	if got := <-done; got != 201 {
		t.Errorf("the first upload: %d, want 201", got)
	}
	// A body of unknown length gets what is left, to the byte.
	for size, want := range map[int]int{101: 507, 100: 201} {
		req := streamed("PUT", "/d.bin", strings.NewReader(strings.Repeat("d", size)))
		req.ContentLength = -1
		if got := s.do(req).StatusCode; got != want {
			t.Errorf("%d bytes where 100 are left: %d, want %d", size, got, want)
		}
		s.tell("DELETE", "/d.bin", "")
	}
	if s.h.store.Space.Granted() != 0 {
		t.Errorf("%d bytes are held for nobody", s.h.store.Space.Granted())
	}
}

// Uploads that are begun and not sent hold nothing, and those that are sent
// stay within the quota all together.
func TestTheQuotaHoldsForUploadsInParts(t *testing.T) {
	root := tree(t, nil)
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd"), quota: 1000})
	a, b := s.begin("a.bin", 700), s.begin("b.bin", 700)
	if got := s.patch(a, strings.Repeat("a", 600), 0); got != 204 {
		t.Fatalf("the first: %d", got)
	}
	if got := s.patch(b, strings.Repeat("b", 600), 0); got != 507 {
		t.Errorf("the second: %d, want 507", got)
	}
	if got := s.patch(a, strings.Repeat("a", 100), 600); got != 204 {
		t.Errorf("the rest of the first: %d, want 204", got)
	}
	if got := s.tell("POST", "/?tus", "", "Tus-Resumable", "1.0.0", "Upload-Length", "400", "Upload-Metadata",
		"filename Yw==").StatusCode; got != 507 {
		t.Errorf("a third that cannot fit is begun: %d, want 507", got)
	}
	if data, err := os.ReadFile(filepath.Join(root, "a.bin")); err != nil || len(data) != 700 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func TestWhatTheDiskHasLeftIsShared(t *testing.T) {
	root := tree(t, nil)
	s := newWritable(t, root)
	s.h.store.Space.Free = func() (int64, bool) { return store.SpareSpace + 100, true }
	if got := s.tell("PUT", "/a.bin", strings.Repeat("a", 101)).StatusCode; got != 507 {
		t.Errorf("more than there is: %d, want 507", got)
	}
	if got := s.tell("PUT", "/a.bin", strings.Repeat("a", 100)).StatusCode; got != 201 {
		t.Errorf("what there is: %d, want 201", got)
	}
	s.h.store.Space.Free = func() (int64, bool) { return 10, true }
	if got := s.tell("PUT", "/empty.bin", "").StatusCode; got != 507 {
		t.Errorf("an empty file on a disk that is nearly full: %d, want 507", got)
	}
	if len(left(t, root)) > 0 {
		t.Error("something is left behind")
	}
}

// Whoever comes first or last: the file is one of the two, whole.
func TestTwoWritersOfOneNameLeaveOneWholeFile(t *testing.T) {
	root := tree(t, nil)
	s := newWritable(t, root)
	s.h.small.Cache = forgetful{}
	var group sync.WaitGroup
	for _, letter := range []string{"a", "b", "c", "d"} {
		group.Go(func() {
			for range 20 {
				if got := s.tell("PUT", "/x.bin", strings.Repeat(letter, 300000)).StatusCode; got != 201 && got != 204 &&
					got != 409 {
					t.Errorf("PUT: %d", got)
				}
			}
		})
	}
	group.Wait()
	data, err := os.ReadFile(filepath.Join(root, "x.bin"))
	if err != nil || len(data) != 300000 || strings.Trim(string(data), string(data[:1])) != "" {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if found := left(t, root); len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
}
