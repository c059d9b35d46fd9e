package files

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/tus"
)

// uploadNames are what clients have called files, with what becomes of each:
// a name in the folder, or nothing.
func uploadNames() map[string]string {
	return map[string]string{
		"a.txt": "a.txt", "ä ö.txt": "ä ö.txt", "日本.txt": "日本.txt", "a b": "a b", "-rf": "-rf", "a'b\"c": "a'b\"c",
		"x;y": "x;y", "100%": "100%", "%2e%2e%2fx": "%2e%2e%2fx", "a..b": "a..b", "~": "~", "a.": "a.",
		"a/b.txt": "b.txt", `a\b.txt`: "b.txt", `C:\Users\x\b.txt`: "b.txt", "/etc/passwd": "passwd",
		"../../up.txt": "up.txt", `..\..\up.txt`: "up.txt", "a/../b": "b",
		"..": "", ".": "", "": "", "/": "", `\`: "", "../": "", "a/..": "", `a\..`: "", ".htaccess": "", ".ammar": "",
		".git": "", "x/.ssh": "", ".well-known": "",
		"a\x00b": "", "a\nb": "", "a\r\nX: y": "", "a\x1b[31m": "", "a\x7f": "", "a\u0085": "", "\xff\xfe": "",
		strings.Repeat("l", 256): "", strings.Repeat("ü", 128): "", "folder": "", "folder/": "",
	}
}

func TestNamesOfUploadedFiles(t *testing.T) {
	for given, want := range uploadNames() {
		for _, way := range []string{"form", "tus"} {
			root := tree(t, map[string]string{"folder/": ""})
			s := newWritable(t, root)
			var status int
			switch way {
			case "form":
				if strings.ContainsAny(given, "\r\n\x00") || given == "" {
					continue // such a form is broken, or says that no file was chosen
				}
				quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(given)
				body := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" + quoted + "\"\r\n\r\ntext\r\n--b--\r\n"
				status = s.tell("POST", "/", body, "Content-Type", "multipart/form-data; boundary=b").StatusCode
			case "tus":
				status = s.tell("POST", "/?tus", "text", "Tus-Resumable", "1.0.0", "Upload-Length", "4", "Content-Type",
					tus.ChunkType,
					"Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte(given))).StatusCode
			}
			var found []string
			_ = filepath.WalkDir(filepath.Dir(root), func(path string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() && d.Name() != "secret.txt" {
					rel, _ := filepath.Rel(root, path)
					found = append(found, rel)
				}
				return nil
			})
			switch {
			case want == "" && (status < 400 || status >= 500 || len(found) > 0):
				t.Errorf("%s of %q: %d, and there is %q", way, given, status, found)
			case want != "" && (status != 303 && status != 201 || len(found) != 1 || found[0] != want):
				t.Errorf("%s of %q: %d, and there is %q, want %q", way, given, status, found, want)
			}
		}
	}
}

// What a client says of the length of its body is not believed.
func TestBodiesThatAreNotWhatTheirHeadSays(t *testing.T) {
	root := tree(t, map[string]string{"old.txt": "old"})
	w := newWire(t, everybody(root))
	half := func(text string) { // the client leaves in the middle
		conn := w.dial()
		_, _ = io.WriteString(conn, text)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
	}
	half("PUT /half.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf")
	half("PUT /old.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf")
	half("PUT /chunked.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
	half("PUT /short.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf\r\n0\r\n\r\n")
	half("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: " +
		"1000\r\n\r\n--b\r\nContent-Disposition: form-data; name=f; filename=form.txt\r\n\r\nhalf")
	// More than was said is another request, and a broken one.
	if got := w.statuses("PUT /more.txt HTTP/1.1\r\nHost: a\r\nContent-Length: " +
		"4\r\n\r\nmorethanthat\r\n\r\n"); got != "201 400" {
		t.Errorf("more than was said: %q", got)
	}
	// An upload in parts is never longer than it was to be.
	s := newWritable(t, root)
	url := s.begin("parts.bin", 10)
	for _, offset := range []string{"-1", "1", "9223372036854775807", "9223372036854775808", "18446744073709551616", "0x0",
		"", "0,0", " "} {
		if got := s.tell("PATCH", url, "0123456789", "Tus-Resumable", "1.0.0", "Upload-Offset", offset, "Content-Type",
			tus.ChunkType).StatusCode; got != 400 && got != 409 {
			t.Errorf("at the offset %q: %d", offset, got)
		}
	}
	long := streamed("PATCH", url, strings.NewReader(strings.Repeat("x", 100)))
	long.ContentLength = -1
	for name, value := range map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": "0",
		"Content-Type": tus.ChunkType} {
		long.Header.Set(name, value)
	}
	if got := s.do(long).StatusCode; got != 413 {
		t.Errorf("more than was declared, of unknown length: %d, want 413", got)
	}
	eventually(t, "the end of all of them", func() bool { return len(left(t, root)) <= 2 })
	list, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if name := e.Name(); name != "old.txt" && name != "more.txt" && name != store.OwnFolder {
			t.Errorf("%s is there", name)
		}
	}
	if data, _ := os.ReadFile(filepath.Join(root, "old.txt")); string(data) != "old" {
		t.Errorf("the old file is %q", data)
	}
}

// Two requests that add to one upload: one of them does.
func TestTwoWhoGoOnWithOneUpload(t *testing.T) {
	root := tree(t, nil)
	s := newWritable(t, root)
	s.h.small.Cache = forgetful{}
	url := s.begin("a.bin", 10)
	gate := make(chan struct{})
	first := make(chan int, 1)
	go func() {
		r := streamed("PATCH", url, &slow{first: "01234", gate: gate, rest: strings.NewReader("56789")})
		r.ContentLength = 10
		for name, value := range map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": "0",
			"Content-Type": tus.ChunkType} {
			r.Header.Set(name, value)
		}
		first <- s.do(r).StatusCode
	}()
	eventually(t, "the first", func() bool { return len(s.h.transfers.List(time.Now())) == 1 })
	if got := s.patch(url, "abcdefghij", 0); got != 423 {
		t.Errorf("the second: %d, want 423", got)
	}
	if got := s.tell("DELETE", url, "", "Tus-Resumable", "1.0.0").StatusCode; got != 423 {
		t.Errorf("ending it meanwhile: %d, want 423", got)
	}
	close(gate)
	if got := <-first; got != 204 {
		t.Errorf("the first: %d", got)
	}
	if data, err := os.ReadFile(filepath.Join(root, "a.bin")); err != nil || string(data) != "0123456789" {
		t.Errorf("%q, %v", data, err)
	}
}

// The share's own files below the root are nobody's to read or to change.
func TestTheSharesOwnFilesAreOutOfReach(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a"})
	s := newWritable(t, root)
	url := s.begin("a.bin", 10)
	s.patch(url, "01234", 0)
	id := url[strings.LastIndexByte(url, '/')+1:]
	for _, name := range []string{"", "tmp", "uploads", "uploads/" + id + ".part", "uploads/" + id + ".json",
		"props.json"} {
		target := "/" + store.OwnFolder + "/" + name
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "PROPFIND", "MKCOL", "LOCK", "PROPPATCH", "MOVE",
			"COPY", "POST"} {
			if got := s.tell(method, target, "x", "Destination", "/stolen", "Depth", "0").StatusCode; got != 404 {
				t.Errorf("%s %s: %d, want 404", method, target, got)
			}
		}
		for _, method := range []string{"MOVE", "COPY"} {
			if got := s.tell(method, "/a.txt", "", "Destination", target).StatusCode; got != 403 {
				t.Errorf("%s to %s: %d, want 403", method, target, got)
			}
		}
	}
	for _, target := range []string{"/?json", "/?zip", "/?q=part"} {
		if _, body := s.get(target); strings.Contains(body, id) ||
			strings.Contains(body, fmt.Sprintf("%q", store.OwnFolder)) {
			t.Errorf("%s shows them", target)
		}
	}
}
