//go:build unix

package files

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestWhatIsNoFileIsNeverOpened(t *testing.T) {
	root := tree(t, map[string]string{"locked.txt": "x"})
	if err := syscall.Mkfifo(filepath.Join(root, "fifo"), 0o644); err != nil {
		t.Skip(err)
	}
	s := newShare(t, root)
	done := make(chan int)
	go func() { status, _ := s.get("/fifo"); done <- status }()
	select {
	case status := <-done:
		if status != http.StatusForbidden {
			t.Errorf("a FIFO is answered %d", status)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("a FIFO holds the request")
	}
	if _, listing := s.get("/"); strings.Contains(listing, "fifo") {
		t.Error("a FIFO is listed")
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(filepath.Join(root, "locked.txt"), 0); err != nil {
			t.Fatal(err)
		}
		if status, _ := s.get("/locked.txt"); status != http.StatusForbidden {
			t.Errorf("a file that may not be read is answered %d", status)
		}
	}
}
