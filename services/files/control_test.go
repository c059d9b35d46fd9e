package files

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// told is what the control socket tells of a share.
type told struct {
	Transfers []transfer.Info
	Limits    transfer.Rates
	Links     []access.Link
}

// steer asks the control handler of a share for something.
func (s share) steer(method, path, body string) (int, told) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.h.control.Handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	var out told
	if method == "GET" {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			s.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return w.Code, out
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s has not happened", what)
		}
	}
}

// held is a share over a socket with a file that is larger than what the
// kernel takes without a reader, so that its transfer stays.
func held(t *testing.T) (share, *httptest.Server) {
	t.Helper()
	root := tree(t, map[string]string{"film.bin": "", "small.txt": "x"})
	if err := os.Truncate(filepath.Join(root, "film.bin"), 256<<20); err != nil {
		t.Fatal(err)
	}
	s := newShare(t, root)
	s.h.small.Cache = forgetful{}
	web := httptest.NewServer(s.h)
	t.Cleanup(web.Close)
	return s, web
}

// fetch begins a download and returns it after its first byte.
func fetch(t *testing.T, url string) io.Reader {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return resp.Body
}

func TestATransferIsSeenAndEndedFromTheControlSocket(t *testing.T) {
	s, web := held(t)
	body := fetch(t, web.URL+"/film.bin")
	_, seen := s.steer("GET", "/transfers", "")
	if len(seen.Transfers) != 1 {
		t.Fatalf("transfers: %+v", seen.Transfers)
	}
	got := seen.Transfers[0]
	if got.Path != "/film.bin" || got.Client != "127.0.0.1" || got.User != "*" || got.Direction != "download" ||
		got.TotalBytes != 256<<20 || !strings.HasPrefix(got.UserAgent, "Go-http-client") {
		t.Errorf("it is shown as %+v", got)
	}
	if status, _ := s.steer("DELETE", "/transfers/none", ""); status != http.StatusNotFound {
		t.Errorf("ending none = %d, want 404", status)
	}
	if status, _ := s.steer("DELETE", "/transfers/"+got.ID, ""); status != http.StatusNoContent {
		t.Errorf("ending it = %d, want 204", status)
	}
	if n, err := io.Copy(io.Discard, body); err == nil {
		t.Errorf("its client took %d bytes for the whole file", n)
	}
	eventually(t, "its end", func() bool { _, now := s.steer("GET", "/transfers", ""); return len(now.Transfers) == 0 })
	// A client that tries again at once, as many do, is kept off for a while; others are not.
	again := streamed("GET", "/film.bin", nil)
	again.RemoteAddr = "127.0.0.1:1"
	if resp := s.do(again); resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" ||
		resp.Header.Get("ETag") != "" || resp.Header.Get("Content-Length") == "268435456" {
		t.Errorf("the same client is answered %d", resp.StatusCode)
	}
	for _, target := range []string{"/small.txt", "/film.bin"} {
		other := streamed("GET", target, nil)
		other.Header.Set("Range", "bytes=0-0")
		if target == "/small.txt" {
			other.RemoteAddr = "127.0.0.1:1"
		}
		if got := s.do(other).StatusCode; got != http.StatusPartialContent {
			t.Errorf("%s for %s: %d", target, other.RemoteAddr, got)
		}
	}
}

func TestARevokedLinkEndsWhatIsFetchedThroughIt(t *testing.T) {
	s, web := held(t)
	link, token, err := s.links.Make(access.Link{Name: "film.bin", By: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	linked := fetch(t, web.URL+"/.s/"+token+"/film.bin")
	direct := fetch(t, web.URL+"/film.bin")
	if _, seen := s.steer("GET", "/links", ""); len(seen.Links) != 1 || seen.Links[0].ID != link.ID ||
		seen.Links[0].Begun != 1 {
		t.Errorf("links: %+v", seen.Links)
	}
	if status, _ := s.steer("DELETE", "/links/none", ""); status != http.StatusNotFound {
		t.Errorf("revoking none = %d, want 404", status)
	}
	if status, _ := s.steer("DELETE", "/links/"+link.ID, ""); status != http.StatusNoContent {
		t.Errorf("revoking it = %d, want 204", status)
	}
	if _, err := io.Copy(io.Discard, linked); err == nil {
		t.Error("what was fetched through it came whole")
	}
	if n, err := io.Copy(io.Discard, direct); err != nil || n != 256<<20-1 {
		t.Errorf("another transfer got %d bytes: %v", n, err)
	}
	if status, _ := s.get("/.s/" + token + "/film.bin"); status != http.StatusNotFound {
		t.Errorf("the link opens with %d, want 404", status)
	}
}

func TestLimitsAreChangedFromTheControlSocket(t *testing.T) {
	s := newShare(t, tree(t, nil))
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/limits", `{"share_bytes_per_second": 1000, "client_bytes_per_second": 100}`, 204},
		{"/limits", `{"share_bytes_per_second": -1, "client_bytes_per_second": 0}`, 400},
		{"/limits", `{"share_bytes_per_second": 5}`, 400},
		{"/limits", `{"share": 5, "client": 5}`, 400},
		{"/limits", `{"share_bytes_per_second": 1e99, "client_bytes_per_second": 0}`, 400},
		{"/limits", `[`, 400},
		{"/limits/192.0.2.7", `{"bytes_per_second": 7}`, 204},
		{"/limits/192.0.2.8", `{"bytes_per_second": 8}`, 204},
		{"/limits/192.0.2.8", `{"bytes_per_second": 0}`, 204},
		{"/limits/2001:db8::1", `{"bytes_per_second": 9}`, 204},
		{"/limits/192.0.2.7", `{"bytes_per_second": -7}`, 400},
		{"/limits/192.0.2.7", `{}`, 400},
		{"/limits/nobody", `{"bytes_per_second": 7}`, 400},
	} {
		if status, _ := s.steer("PUT", c.path, c.body); status != c.status {
			t.Errorf("PUT %s %s = %d, want %d", c.path, c.body, status, c.status)
		}
	}
	_, now := s.steer("GET", "/transfers", "")
	if l := now.Limits; l.Share != 1000 || l.Client != 100 || len(l.Clients) != 2 || l.Clients["192.0.2.7"] != 7 ||
		l.Clients["2001:db8::1"] != 9 {
		t.Errorf("limits: %+v", l)
	}
}

// A limit holds for small files too, which are otherwise given without asking.
func TestNothingIsKeptForTheFastLaneUnderALimit(t *testing.T) {
	s := newShare(t, tree(t, map[string]string{"a.txt": "abc"}))
	s.get("/a.txt")
	e, ok := s.c.entries["/a.txt"]
	if !ok || !e.Valid() {
		t.Fatal("it is not kept without a limit")
	}
	s.limits.Set(0, 1000)
	if e.Valid() {
		t.Error("what was kept before the limit is still given")
	}
	delete(s.c.entries, "/a.txt")
	if s.get("/a.txt"); len(s.c.entries) > 0 {
		t.Error("it is kept under a limit")
	}
}

func TestTheControlSocketIsPrivateAndGoesWithItsShare(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("file modes mean nothing on Windows")
	}
	dir, err := os.MkdirTemp("", "ctl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s.files")
	s := newShare(t, tree(t, nil))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.h.control.Serve(ctx, path) }()
	var d net.Dialer
	eventually(t, "the opening of the socket", func() bool {
		conn, err := d.DialContext(t.Context(), "unix", path)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	eventually(t, "its protection", func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Mode().Perm() == 0o600
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}
