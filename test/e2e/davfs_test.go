//go:build linux

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// mounted is a share as a folder of this machine, by davfs2.
func mounted(t *testing.T, s *shared) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount")
	}
	needs(t, "mount.davfs")
	fuse, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("needs FUSE: %v", err)
	}
	fuse.Close()
	// Not in t.TempDir: the user of davfs2 has to reach its cache.
	dir, err := os.MkdirTemp("", "davfs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	folder, cache, config := filepath.Join(dir, "folder"), filepath.Join(dir, "cache"), filepath.Join(dir, "davfs2.conf")
	for _, path := range []string{folder, cache} {
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{dir, cache} {
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(config, []byte("ask_auth 0\nuse_locks 1\ndelay_upload 0\ncache_dir "+cache+"\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("timeout", "60", "mount.davfs", "-o", "conf="+config, s.url(""), folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("davfs2 cannot mount here: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("timeout", "60", "umount", "-l", folder).Run() }) // gone already at a good end
	return folder
}

func TestAShareIsMountedByDavfs2(t *testing.T) {
	s := share(t)
	existing := s.random("existing.bin", 300000)
	folder := mounted(t, s)
	data := bytes.Repeat([]byte("0123456789abcdef"), 70000)
	at := func(name string) string { return filepath.Join(folder, name) }
	steps := []struct {
		what string
		do   func() error
	}{
		{"make a folder", func() error { return os.Mkdir(at("new folder"), 0o755) }},
		{"write a file", func() error { return os.WriteFile(at("new folder/ä.bin"), data, 0o644) }},
		{"write over it", func() error { return os.WriteFile(at("new folder/ä.bin"), data[1:], 0o644) }},
		{"rename it", func() error { return os.Rename(at("new folder/ä.bin"), at("moved.bin")) }},
		{"write another", func() error { return os.WriteFile(at("gone.txt"), []byte("x"), 0o644) }},
		{"remove that", func() error { return os.Remove(at("gone.txt")) }},
		{"remove the folder", func() error { return os.Remove(at("new folder")) }},
		// With a small buffer, as ReadDir's: Linux 6.18 passes on how much a program
		// asks for, ls 32 KiB, and davfs2 1.6.1 answers EINVAL by itself to
		// more than its 16 KiB, whatever the server.
		{"list it", func() error {
			entries, err := os.ReadDir(folder)
			var names []string
			for _, e := range entries {
				names = append(names, e.Name())
			}
			if err == nil && (!slices.Contains(names, "existing.bin") || !slices.Contains(names, "moved.bin") ||
				slices.Contains(names, "gone.txt")) {
				err = fmt.Errorf("it has %q", names)
			}
			return err
		}},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
	}
	same(t, at("existing.bin"), existing)
	if out, err := exec.Command("timeout", "60", "umount", folder).CombinedOutput(); err != nil {
		t.Fatalf("umount: %v: %s", err, out)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if got, err := os.ReadFile(filepath.Join(s.root, "moved.bin")); err == nil && bytes.Equal(got, data[1:]) {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("the share has %d bytes: %v", len(got), err)
		}
	}
	for _, name := range []string{"gone.txt", "new folder"} {
		if _, err := os.Stat(filepath.Join(s.root, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
}
