package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"golang.org/x/net/websocket"
)

func TestPatternsAreThoseOfNetHTTP(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.HandleFunc("GET /item/{id}", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "get "+r.PathValue("id"))
		})
		s.HandleFunc("DELETE /item/{id}", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "delete "+r.PathValue("id"))
		})
		s.HandleFunc("/tree/{rest...}", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, r.PathValue("rest"))
		})
		s.HandleFunc("pi.local/", text("by host"))
	})
	for _, c := range []struct {
		method, target, host string
		status               int
		body                 string
	}{
		{"GET", "/item/7", "x", 200, "get 7"}, {"DELETE", "/item/7", "x", 200, "delete 7"},
		{"POST", "/item/7", "x", 405, ""}, {"GET", "/tree/a/b", "x", 200, "a/b"},
		{"GET", "/", "pi.local", 200, "by host"}, {"GET", "/", "x", 404, ""},
	} {
		resp, body := r.ask(t, c.method, c.target, "Host: "+c.host)
		if resp.StatusCode != c.status || c.body != "" && body != c.body {
			t.Errorf("%s %s of %s = %s %q, want %d %q", c.method, c.target, c.host, resp.Status, body, c.status, c.body)
		}
	}
}

func TestAHandlerFlushes(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "first\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
	})
	nc := r.dial(t)
	io.WriteString(nc, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); line != "first\n" {
		t.Errorf("before the handler's end: %q, %v", line, err)
	}
	nc.Close()
}

func TestAHandlerHijacks(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			nc, rw, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			line, _ := rw.ReadString('\n')
			fmt.Fprintf(nc, "echo %s", line)
		})
	})
	nc := r.dial(t)
	io.WriteString(nc, "GET / HTTP/1.1\r\nHost: x\r\n\r\nhi\n")
	if all, err := io.ReadAll(nc); string(all) != "echo hi\n" {
		t.Errorf("= %q, %v", all, err)
	}
}

func TestAResponseControllerSetsDeadlines(t *testing.T) {
	result := make(chan error, 1)
	r := run(t, Config{}, func(s *Server) {
		s.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			if err := control.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
				t.Errorf("SetReadDeadline = %v", err)
			}
			_, err := io.ReadAll(r.Body)
			result <- err
		})
	})
	nc := r.dial(t)
	io.WriteString(nc, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
	select {
	case err := <-result:
		if !os.IsTimeout(err) {
			t.Errorf("a body that never ends = %v, want a timeout", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the deadline is not kept")
	}
}

func TestAWebSocketIsUpgraded(t *testing.T) {
	for _, tls := range []bool{false, true} {
		cfg, scheme := Config{}, "ws"
		if tls {
			cfg.TLSCert, cfg.TLSKey = writeCertificate(t, t.TempDir(), 1)
			scheme = "wss"
		}
		r := run(t, cfg, func(s *Server) {
			s.Stream("/echo", websocket.Handler(func(ws *websocket.Conn) { io.Copy(ws, ws) }))
		})
		config, err := websocket.NewConfig(scheme+"://"+r.addr+"/echo", "http://"+r.addr)
		if err != nil {
			t.Fatal(err)
		}
		config.TlsConfig = tlsClient(t).Transport.(*http.Transport).TLSClientConfig
		ws, err := config.DialContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"one", "two"} {
			var got string
			if err := websocket.Message.Send(ws, word); err != nil {
				t.Fatal(err)
			}
			if err := websocket.Message.Receive(ws, &got); err != nil || got != word {
				t.Errorf("tls %v: the echo of %q = %q, %v", tls, word, got, err)
			}
		}
		ws.Close()
	}
}

func TestFormsFilesAndCookiesAreNetHTTPsOwnAndBounded(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.Handle("POST /", http.MaxBytesHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, head, err := r.FormFile("file")
			if err != nil {
				http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
				return
			}
			defer f.Close()
			body, _ := io.ReadAll(f)
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			fmt.Fprintf(w, "%s %s=%s", r.FormValue("name"), head.Filename, body)
		}), 4096))
	})
	post := func(size int) (*http.Response, string) {
		var b strings.Builder
		form := multipart.NewWriter(&b)
		form.WriteField("name", "ann")
		part, _ := form.CreateFormFile("file", "a.txt")
		io.WriteString(part, strings.Repeat("x", size))
		form.Close()
		nc := r.dial(t)
		defer nc.Close()
		fmt.Fprintf(nc, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
			form.FormDataContentType(), b.Len(), b.String())
		return answer(t, bufio.NewReader(nc), "POST")
	}
	if resp, body := post(3); body != "ann a.txt=xxx" || len(resp.Cookies()) != 1 {
		t.Errorf("= %s %q", resp.Status, body)
	}
	if resp, _ := post(8192); resp.StatusCode != 413 {
		t.Errorf("a body over the bound = %s, want 413", resp.Status)
	}
}

func TestFilesAreServedBesidePagesAndAChangeIsNoticed(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("index.html", "start")
	write("a.css", "old")
	write("sub/index.html", "below")
	write("big.bin", strings.Repeat("b", maxEntryBytes+1))
	os.Symlink("/etc/passwd", filepath.Join(dir, "out"))
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	r := run(t, Config{}, func(s *Server) {
		s.Files("/", root.FS())
		s.Files("/embedded", fstest.MapFS{"x.txt": {Data: []byte("x")}})
		s.HandleFunc("GET /page", text("dynamic"))
	})
	for range 2 { // from the file, then from the cache
		for target, want := range map[string]string{"/": "start", "/a.css": "old", "/sub/": "below", "/page": "dynamic",
			"/embedded/x.txt": "x"} {
			if resp, body := r.get(t, target); resp.StatusCode != 200 || body != want {
				t.Errorf("%s = %s %q, want %q", target, resp.Status, body, want)
			}
		}
	}
	if resp, body := r.get(t, "/big.bin"); resp.StatusCode != 200 || len(body) != maxEntryBytes+1 {
		t.Errorf("a big file = %s, %d bytes", resp.Status, len(body))
	}
	for target, want := range map[string]int{"/sub": 301, "/none": 404, "/out": 404, "/embedded/": 404,
		"/%2e%2e/etc/passwd": 404, "/a%00": 404} {
		if resp, _ := r.get(t, target); resp.StatusCode != want {
			t.Errorf("%s = %s, want %d", target, resp.Status, want)
		}
	}
	if r.Cache().get([]byte("/a.css"), time.Now()) == nil {
		t.Error("a small file is not in the cache")
	}
	write("a.css", "brand new")
	eventually(t, "the change is served", func() bool { _, body := r.get(t, "/a.css"); return body == "brand new" })
}

// A missing name costs no more than an existing one from its second request on, and is
// found as soon as it exists.
func TestAMissingFileIsAnsweredByTheFastLane(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	r := run(t, Config{}, func(s *Server) {
		s.Files("/", root.FS())
	})
	const request = "GET /none.txt HTTP/1.1\r\nHost: x\r\n"
	for range 3 {
		compare(t, r, request+"\r\n", request+"Content-Length: 0\r\n\r\n", "GET")
	}
	head := strings.Replace(request, "GET", "HEAD", 1)
	compare(t, r, head+"\r\n", head+"Content-Length: 0\r\n\r\n", "HEAD")
	if hit := r.cache.get([]byte("/none.txt"), time.Now()); hit == nil || hit.Status != http.StatusNotFound {
		t.Errorf("after three requests the cache has %v", hit)
	}
	if err := os.WriteFile(filepath.Join(dir, "none.txt"), []byte("there"), 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the file is found", func() bool { _, body := r.get(t, "/none.txt"); return body == "there" })
}

func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Sessions{Idle: time.Minute, Count: 2}
		start := func(old *http.Cookie) (*Session, *http.Cookie) {
			w := newRecorder()
			one := s.Start(w, withCookie(old))
			return one, w.cookies()[0]
		}
		one, cookie := start(nil)
		one.Set("user", "ann")
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("the cookie is %v", cookie)
		}
		if got := s.Get(withCookie(cookie)); got == nil || got.Value("user") != "ann" {
			t.Error("the session is lost")
		}
		if s.Get(withCookie(nil)) != nil || s.Get(withCookie(&http.Cookie{Name: "session", Value: "guess"})) != nil {
			t.Error("a guess has a session")
		}
		two, renewed := start(cookie)
		if two.Value("user") != "ann" || s.Get(withCookie(cookie)) != nil || s.Get(withCookie(renewed)) != two {
			t.Error("a session does not go on under a new cookie alone")
		}
		start(nil)
		if start(nil); s.Len() != 2 || s.Get(withCookie(renewed)) != nil {
			t.Errorf("%d sessions, want 2 without the oldest", s.Len())
		}
		_, last := start(nil)
		time.Sleep(59 * time.Second)
		s.Get(withCookie(last))
		time.Sleep(59 * time.Second)
		if s.Len() != 1 || s.Get(withCookie(last)) == nil {
			t.Errorf("%d sessions, want the used one only", s.Len())
		}
		w := newRecorder()
		if s.End(w, withCookie(last)); s.Len() != 0 || w.cookies()[0].MaxAge >= 0 {
			t.Error("an ended session lives")
		}
	})
}

type recorder struct{ header http.Header }

func newRecorder() *recorder                    { return &recorder{http.Header{}} }
func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) Write(p []byte) (int, error) { return len(p), nil }
func (w *recorder) WriteHeader(int)             {}
func (w *recorder) cookies() []*http.Cookie     { return (&http.Response{Header: w.header}).Cookies() }
func withCookie(c *http.Cookie) (r *http.Request) {
	r, _ = http.NewRequest("GET", "/", nil)
	if c != nil {
		r.AddCookie(c)
	}
	return r
}

func TestEveryCallsInItsTimeAndOutlivesAPanic(t *testing.T) {
	var calls atomic.Int32
	var ended atomic.Bool
	r := run(t, Config{}, func(s *Server) {
		s.Every(time.Millisecond, func(ctx context.Context) {
			if calls.Add(1) == 1 {
				panic("boom")
			}
			if calls.Load() == 3 {
				<-ctx.Done()
				ended.Store(true)
			}
		})
	})
	eventually(t, "three calls", func() bool { return calls.Load() == 3 })
	if err := r.stop(); err != nil || !ended.Load() {
		t.Errorf("Serve = %v, ended %v: it does not wait for the callback", err, ended.Load())
	}
	if !strings.Contains(r.log.String(), "boom") {
		t.Error("the panic is not logged")
	}
}

func TestAPageForEachClientIsNeverShared(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.Page("/me", Page{ContentType: "text/plain", Each: func(r *http.Request) ([]byte, error) {
			return []byte(r.UserAgent()), nil
		}})
	})
	for _, agent := range []string{"one", "two"} {
		if resp, body := r.ask(t, "GET", "/me", "Host: x", "User-Agent: "+agent); body != agent ||
			resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s sees %q, %v", agent, body, resp.Header)
		}
	}
}

func TestTwoServersOfAProcessCountApart(t *testing.T) {
	a, b := run(t, Config{}, bothLanes), run(t, Config{}, bothLanes)
	a.get(t, "/hot")
	a.get(t, "/slow")
	b.get(t, "/hot")
	eventually(t, "the connections are gone", func() bool { return a.Stats().Connections+b.Stats().Connections == 0 })
	if a.Stats().Requests != 2 || b.Stats().Requests != 1 || a.Stats().BytesSent <= b.Stats().BytesSent {
		t.Errorf("a %+v, b %+v", a.Stats(), b.Stats())
	}
	if c := a.Clients(); len(c) != 1 || c[0].Address != "127.0.0.1" || c[0].Requests != 2 ||
		c[0].Bytes != a.Stats().BytesSent {
		t.Errorf("a's clients = %+v", c)
	}
}

func TestTheListOfClientsIsBounded(t *testing.T) {
	l := newClientList()
	now := time.Now()
	for i := range clientsKept + 10 {
		l.leave(l.enter(netip.AddrFrom4([4]byte{10, 0, byte(i / 256), byte(i)}), now.Add(time.Duration(i))))
	}
	if oldest := l.all[netip.AddrFrom4([4]byte{10})]; len(l.all) != clientsKept || oldest != nil {
		t.Errorf("%d clients, the oldest %v", len(l.all), oldest)
	}
	for _, c := range l.all {
		c.connections++
	}
	if c := l.enter(netip.MustParseAddr("192.0.2.1"), now); c != l.other {
		t.Error("a client too many is not among the others")
	}
}

func TestOwnMetricsAndClientsAreOnTheControlSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	t.Setenv("AMMAR_CONTROL", path)
	r := run(t, Config{}, func(s *Server) {
		bothLanes(s)
		visits := s.Counter("hello_visits_total", "Visits.")
		s.Gauge("hello_mood", "From 0 to 1.", func() float64 { return 0.5 })
		s.HandleFunc("/visit", func(http.ResponseWriter, *http.Request) { visits.Inc() })
	})
	r.get(t, "/visit")
	metrics := control(t, path, "/metrics")
	for _, want := range []string{"hello_visits_total 1", "hello_mood 0.5"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics has no %q", want)
		}
	}
	var clients []Client
	if err := json.Unmarshal([]byte(control(t, path, "/clients")), &clients); err != nil || len(clients) != 1 ||
		clients[0].Requests != 1 {
		t.Errorf("/clients = %+v, %v", clients, err)
	}
	var stats Stats
	if err := json.Unmarshal([]byte(control(t, path, "/stats")), &stats); err != nil || stats.Requests != 1 ||
		stats.Workers != 64 {
		t.Errorf("/stats = %+v, %v", stats, err)
	}
}

// control asks the control socket at path.
func control(t testing.TB, path, target string) string {
	t.Helper()
	var nc net.Conn
	eventually(t, "the control socket answers", func() (ok bool) {
		var err error
		nc, err = net.Dial("unix", path)
		return err == nil
	})
	defer nc.Close()
	fmt.Fprintf(nc, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", target)
	resp, body := answer(t, bufio.NewReader(nc), "GET")
	if resp.StatusCode != 200 {
		t.Errorf("%s = %s", target, resp.Status)
	}
	return body
}
