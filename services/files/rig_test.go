package files

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// kept notes what was put into the cache, for requests at the same time.
type kept struct {
	entries map[string]server.Entry
	lock    *sync.Mutex
}

func newKept() kept { return kept{map[string]server.Entry{}, new(sync.Mutex)} }

func (k kept) Put(target string, e server.Entry) bool {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.entries[target] = e
	return true
}

func (k kept) Drop(target string) {
	k.lock.Lock()
	defer k.lock.Unlock()
	delete(k.entries, target)
}

// forgetful keeps nothing; unlike kept it is safe for concurrent use.
type forgetful struct{}

func (forgetful) Put(string, server.Entry) bool { return false }
func (forgetful) Drop(string)                   {}

// tree makes a folder with these files; a name that ends in a slash is a
// folder. Beside it lies a secret that no request may reach.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	base := t.TempDir()
	root := filepath.Join(base, "share")
	write(t, filepath.Join(base, "secret.txt"), secret)
	write(t, filepath.Join(base, "share-beside", "secret.txt"), secret)
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		write(t, path, text)
	}
	return root
}

const secret = "the secret beside the share"

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// share is the handler of a folder with what it was made of.
type share struct {
	t      *testing.T
	h      *handler
	c      kept
	links  *access.Links
	limits *transfer.Limits
}

// jsonEntry is an entry of a listing in JSON.
type jsonEntry struct {
	Name, Href string
	Folder     bool
	Size       int64
	Modified   time.Time
}

// madeLink is the answer to a request for a link.
type madeLink struct {
	access.Link
	URL string
}

// The documented defaults and limits that clients meet.
const (
	pageSize     = 1000 // entries on a page
	maxPropNames = 100  // properties in one PROPFIND
)

func newShare(t *testing.T, root string) share { return newShareWith(t, root, options{}) }

// newWritable is a share to which everybody may do everything.
func newWritable(t *testing.T, root string) share {
	t.Helper()
	return newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd")})
}

func newPolicy(t *testing.T, upload bool, lines ...string) *access.Policy {
	t.Helper()
	p, err := access.NewPolicy(lines, upload)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newShareWith(t *testing.T, root string, o options) share {
	t.Helper()
	r, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	c := newKept()
	if o.limits == nil {
		o.limits = transfer.NewLimits(0, 0)
	}
	if o.links == nil {
		o.links, _ = access.OpenLinks("")
	}
	h, err := newHandler(r, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return share{t, h, c, o.links, o.limits}
}

// ask sends one request; header is pairs of names and values.
func (s share) ask(method, target string, header ...string) *http.Response {
	s.t.Helper()
	return s.tell(method, target, "", header...)
}

// tell sends one request with a body.
func (s share) tell(method, target, body string, header ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequest(method, "http://localhost/", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		s.t.Fatal(err)
	}
	r.URL, r.RequestURI, r.RemoteAddr = u, target, "192.0.2.1:1000"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return s.do(r)
}

// streamed is one whose body is not a text.
func streamed(method, target string, body io.Reader) *http.Request {
	r := httptest.NewRequest(method, target, body)
	r.Host, r.RemoteAddr = "localhost", "192.0.2.1:1000"
	return r
}

func (s share) do(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				panic(p)
			}
		}()
		s.h.ServeHTTP(w, r)
	}()
	return w.Result()
}

func (s share) get(target string, header ...string) (status int, body string) {
	s.t.Helper()
	resp := s.ask("GET", target, header...)
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// decode reads an answer in JSON.
func decode[T any](t *testing.T, resp *http.Response) (v T) {
	t.Helper()
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
