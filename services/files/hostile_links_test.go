//go:build unix

package files

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// The whole time a name is now a file inside and now a link that leads out, as
// somebody who may write to the disk could arrange it; no request of any kind
// brings or changes what is outside.
func TestALinkThatIsSwappedInDuringARequestLeadsNowhere(t *testing.T) {
	root := tree(t, map[string]string{"inside/a.txt": "harmless", "pictures/b.txt": "b"})
	outside := filepath.Join(filepath.Dir(root), "share-beside")
	s := newWritable(t, root)
	var over atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !over.Load() {
			// A folder and a link take turns at one name, a file and a link at another.
			for _, step := range [][2]string{{"../share-beside", "swap"}, {"inside", "swap"}} {
				tmp := filepath.Join(root, "tmp-link")
				_ = os.Symlink(step[0], tmp)
				_ = os.Rename(tmp, filepath.Join(root, step[1]))
			}
			_ = os.Symlink("../secret.txt", filepath.Join(root, "tmp-file"))
			_ = os.Rename(filepath.Join(root, "tmp-file"), filepath.Join(root, "one.txt"))
			_ = os.WriteFile(filepath.Join(root, "tmp-file"), []byte("harmless"), 0o600)
			_ = os.Rename(filepath.Join(root, "tmp-file"), filepath.Join(root, "one.txt"))
		}
	}()
	targets := []string{"/one.txt", "/one.txt?sha256", "/one.txt?view", "/one.txt?thumb", "/swap/secret.txt", "/swap/",
		"/swap/?json", "/swap/?zip", "/?zip", "/?q=secret"}
	seen := map[int]int{}
	for i := range 1500 {
		target := targets[i%len(targets)]
		status, body := s.get(target)
		seen[status]++
		if strings.Contains(body, secret) {
			t.Fatalf("%s brings the secret", target)
		}
		for _, c := range [][2]string{{"PUT", "/swap/new.txt"}, {"MKCOL", "/swap/new"}, {"DELETE", "/swap/secret.txt"},
			{"LOCK", "/swap/lock.txt"}, {"COPY", "/swap/secret.txt"}, {"MOVE", "/pictures/b.txt"}}[i%6 : i%6+1] {
			s.tell(c[0], c[1], "changed", "Destination", "/swap/secret.txt", "Overwrite", "T")
		}
	}
	over.Store(true)
	<-done
	if seen[200] == 0 || seen[403]+seen[404] == 0 {
		t.Errorf("the swaps were not seen: %v", seen)
	}
	list, err := os.ReadDir(outside)
	if err != nil || len(list) != 1 {
		t.Errorf("outside there is %v, %v", list, err)
	}
	for _, path := range []string{filepath.Join(outside, "secret.txt"), filepath.Join(filepath.Dir(root), "secret.txt")} {
		if data, err := os.ReadFile(path); err != nil || string(data) != secret {
			t.Errorf("%s is %q, %v", path, data, err)
		}
	}
	if status, body := s.get("/?q=copied"); status != 200 || strings.Contains(body, secret) {
		t.Errorf("%d", status)
	}
}

// The same file in different forms of asking: a link that leads out is refused
// in each of them, for reading and for writing.
func TestALinkOutIsRefusedInEveryForm(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a", "in/b.txt": "b"})
	for name, to := range map[string]string{"out": "../share-beside", "in/out.txt": "../../secret.txt",
		"abs": filepath.Join(filepath.Dir(root), "share-beside"), "chain": "out", "up": "..", "proc": "/proc/self"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := newWritable(t, root)
	for _, folder := range []string{"/out", "/abs", "/chain", "/up", "/proc"} {
		for _, form := range []string{"", "/", "/?json", "/?zip", "/?tar", "/?q=s", "/secret.txt", "/secret.txt/",
			"/secret.txt?sha256", "/secret.txt?view", "/secret.txt?thumb", "/secret.txt?download"} {
			if status, body := s.get(folder + form); status != 403 || strings.Contains(body, secret) {
				t.Errorf("GET %s%s: %d", folder, form, status)
			}
		}
		for _, method := range []string{"PUT", "MKCOL", "LOCK", "PROPFIND", "PROPPATCH"} {
			body := ""
			switch method {
			case "LOCK":
				body = `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`
			case "PROPPATCH":
				body = `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="y">1</x></D:prop></D:set></D:propertyupdate>`
			}
			if got := s.tell(method, folder+"/new", body, "Depth", "0").StatusCode; got != 403 && got != 409 {
				t.Errorf("%s %s/new: %d, want 403 or 409", method, folder, got)
			}
		}
		for _, method := range []string{"MOVE", "COPY"} {
			if got := s.tell(method, "/a.txt", "", "Destination", folder+"/new").StatusCode; got != 409 {
				t.Errorf("%s to %s: %d, want 409", method, folder, got)
			}
			if got := s.tell(method, folder+"/secret.txt", "", "Destination", "/got.txt").StatusCode; got != 403 {
				t.Errorf("%s from %s: %d, want 403", method, folder, got)
			}
		}
	}
	for _, target := range []string{"/?zip", "/in/?zip"} {
		if status, body := s.get(target); status != 200 || strings.Contains(body, secret) ||
			strings.Contains(body, "out.txt") {
			t.Errorf("%s: %d, with what a link leads to", target, status)
		}
	}
	// To delete a link deletes the link.
	if got := s.tell("DELETE", "/out", "").StatusCode; got != 204 {
		t.Errorf("DELETE of a link: %d", got)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(root), "share-beside", "secret.txt")); err != nil {
		t.Error(err)
	}
}

// Sockets, devices and folders that cannot be read are neither listed nor
// served; a hard link is a file like any other.
func TestWhatElseAFolderCanHold(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a", "locked/b.txt": "b"})
	ln, err := net.Listen("unix", filepath.Join(root, "s"))
	if err != nil {
		t.Skipf("no socket here: %v", err)
	}
	defer ln.Close()
	if err := os.Link(filepath.Join(root, "a.txt"), filepath.Join(root, "hard.txt")); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"/s": 403, "/hard.txt": 200, "/locked/": 200}
	if os.Geteuid() == 0 {
		if err := syscall.Mknod(filepath.Join(root, "null"), syscall.S_IFCHR|0o666, 1<<8|3); err == nil {
			want["/null"] = 403
		}
	} else {
		if err := os.Chmod(filepath.Join(root, "locked"), 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(filepath.Join(root, "locked"), 0o755)
		want["/locked/"], want["/locked/b.txt"] = 403, 403
	}
	s := newShare(t, root)
	for target, status := range want {
		if got, _ := s.get(target); got != status {
			t.Errorf("%s: %d, want %d", target, got, status)
		}
	}
	if status, body := s.get("/?json"); status != 200 || strings.Contains(body, `"null"`) ||
		strings.Contains(body, `"s"`) || !strings.Contains(body, "hard.txt") {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := s.get("/?zip"); status != 200 {
		t.Errorf("the folder as zip: %d", status)
	}
}

// A client is never told that it has all of a file when it has not.
func TestAFileThatChangesWhileItIsSent(t *testing.T) {
	const size = 8 << 20
	for name, c := range map[string]struct {
		change func(path string) error
		whole  bool
	}{
		"it shrinks":  {func(path string) error { return os.Truncate(path, 1<<20) }, false},
		"it grows":    {func(path string) error { return os.Truncate(path, 2*size) }, true},
		"it vanishes": {os.Remove, true}, // the open one is sent to its end
		"it is replaced": {func(path string) error {
			if err := os.WriteFile(path+".new", []byte("new"), 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, nil)
			path := filepath.Join(root, "big.bin")
			data := bytes.Repeat([]byte("x"), size)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			w := newWire(t, &Service{Root: root})
			// What the kernel holds for a client that reads nothing is much less than the file.
			conn := w.dial()
			defer conn.Close()
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetReadBuffer(64 << 10)
			}
			if _, err := io.WriteString(conn, "GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			first := make([]byte, 1)
			if _, err := io.ReadFull(conn, first); err != nil {
				t.Fatal(err)
			}
			if err := c.change(path); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(reader(first, conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			switch {
			case resp.ContentLength != size:
				t.Errorf("%d bytes are announced", resp.ContentLength)
			case c.whole && (err != nil || !bytes.Equal(body, data)):
				t.Errorf("%d bytes came: %v", len(body), err)
			case !c.whole && err == nil:
				t.Errorf("%d bytes came, and no error", len(body))
			}
			w.alive()
		})
	}
}

// The folder is the one that was opened, wherever it is moved to; what takes
// its name is another one.
func TestARootThatIsReplacedStaysTheOneThatWasShared(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a"})
	s := newWritable(t, root)
	if err := os.Rename(root, root+".moved"); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "a.txt"), secret)
	if status, body := s.get("/a.txt"); status != 200 || body != "a" {
		t.Errorf("%d %q", status, body)
	}
	if got := s.tell("PUT", "/new.txt", "new").StatusCode; got != 201 {
		t.Errorf("PUT: %d", got)
	}
	if _, err := os.Stat(filepath.Join(root+".moved", "new.txt")); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(root + ".moved"); err != nil {
		t.Fatal(err)
	}
	if status, body := s.get("/a.txt"); status != 503 || strings.Contains(body, secret) {
		t.Errorf("of a folder that is gone: %d %q", status, body)
	}
}
