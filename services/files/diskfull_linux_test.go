package files

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ammarctl/ammarctl/services/files/store"
)

// smallDisk mounts a file system of so many bytes, which takes root.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("share", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV,
		fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Skipf("a disk of its own cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// The disk fills up while a file comes, since others write to it too: nothing
// of the file is left, and what was there is whole.
func TestAFullDiskKeepsNoHalfFile(t *testing.T) {
	root := smallDisk(t, 1<<20)
	write(t, filepath.Join(root, "old.txt"), "old")
	s := newWritable(t, root)
	s.h.store.Space.Free = func() (int64, bool) { return 1 << 40, true } // as it was a moment ago
	large := strings.Repeat("x", 3<<20)
	form := "--b\r\nContent-Disposition: form-data; name=f; filename=form.bin\r\n\r\n" + large + "\r\n--b--\r\n"
	for _, c := range []struct {
		method, target, body string
		header               []string
	}{
		{"PUT", "/new.bin", large, nil}, {"PUT", "/old.txt", large, nil},
		{"POST", "/", form, []string{"Content-Type", "multipart/form-data; boundary=b"}},
	} {
		if got := s.tell(c.method, c.target, c.body, c.header...); got.StatusCode != 507 {
			t.Errorf("%s %s on a full disk: %d, want 507", c.method, c.target, got.StatusCode)
		}
		if found := left(t, root); len(found) > 0 {
			t.Errorf("%s %s leaves %v", c.method, c.target, found)
		}
	}
	// What came of an upload in parts stays, to go on when there is room.
	url := s.begin("parts.bin", len(large))
	if got := s.patch(url, large, 0); got != 507 {
		t.Errorf("PATCH on a full disk: %d, want 507", got)
	}
	if got := s.ask("HEAD", url, "Tus-Resumable", "1.0.0"); got.StatusCode != 200 {
		t.Errorf("the upload is gone: %d", got.StatusCode)
	}
	if got := s.tell("DELETE", url, "", "Tus-Resumable", "1.0.0").StatusCode; got != 204 {
		t.Errorf("ending it: %d", got)
	}
	list, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Name() != "old.txt" && e.Name() != store.OwnFolder {
			t.Errorf("%s is left", e.Name())
		}
	}
	if status, body := s.get("/old.txt"); status != 200 || body != "old" {
		t.Errorf("the old file: %d %q", status, body)
	}
	if got := s.tell("PUT", "/small.txt", "small").StatusCode; got != 201 {
		t.Errorf("with room again: %d", got)
	}
}
