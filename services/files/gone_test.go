package files

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestAFolderThatIsDeletedWhileItIsSharedIsSaidToBeGone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not let a folder go that is open")
	}
	root := tree(t, map[string]string{"a.txt": "a", "dir/b.txt": "b"})
	s := newWritable(t, root)
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(root, moved); err != nil {
		t.Fatal(err)
	}
	if status, body := s.get("/a.txt"); status != http.StatusOK || body != "a" {
		t.Errorf("renamed: %d %q", status, body)
	}
	if err := os.RemoveAll(moved); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/", "/?json", "/?text", "/?zip", "/a.txt", "/dir/", "/dir/b.txt?view"} {
		if status, body := s.get(target); status != http.StatusServiceUnavailable || !strings.Contains(body, "is gone") {
			t.Errorf("%s: %d %q", target, status, body)
		}
	}
	if resp := s.tell(http.MethodPut, "/new.txt", "x"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("an upload: %s", resp.Status)
	}
}

func TestADiskThatFailsIsNotCalledMissing(t *testing.T) {
	err := fmt.Errorf("cannot read it: %w", &fs.PathError{Op: "read", Path: "a", Err: syscall.EIO})
	if got := refusalOf("/a", err); got.Status != http.StatusInternalServerError || !strings.Contains(got.Text, "disk") {
		t.Errorf("%d %s", got.Status, got.Text)
	}
}
