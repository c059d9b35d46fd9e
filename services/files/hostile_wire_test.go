package files

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// statuses are those of the answers to bytes sent as they are.
func (w wire) statuses(text string) string {
	w.t.Helper()
	var list []string
	for _, a := range w.send(text) {
		list = append(list, fmt.Sprint(a.status))
	}
	return strings.Join(list, " ")
}

// What two readers of one message could understand differently is refused, and
// nothing of its body is taken for a request.
func TestAmbiguousMessagesAreRefused(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a", "victim.txt": "v"})
	w := newWire(t, everybody(root))
	const smuggled = "DELETE /victim.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for name, c := range map[string]struct{ text, want string }{
		"CL and TE": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: " +
			"chunked\r\n\r\n0\r\n\r\n" + smuggled, "400"},
		"two CL": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 50\r\n\r\n" +
			smuggled, "400"},
		"a list of CL":   {"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0, 50\r\n\r\n" + smuggled, "400"},
		"CL with a sign": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: +3\r\n\r\nabc" + smuggled, "400"},
		"CL negative":    {"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n" + smuggled, "400"},
		"CL too large": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551616\r\n\r\n" +
			smuggled, "400"},
		"xchunked": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" +
			smuggled, "501"},
		"chunked, identity": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, " +
			"identity\r\n\r\n0\r\n\r\n" + smuggled, "501"},
		"TE with a space": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" +
			smuggled, "400"},
		"obs-fold":          {"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n" + smuggled, "400"},
		"no host":           {"GET /a.txt HTTP/1.1\r\n\r\n" + smuggled, "400"},
		"two hosts":         {"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n" + smuggled, "400"},
		"a NUL in a header": {"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n" + smuggled, "400"},
		"a CR in a header":  {"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n" + smuggled, "400"},
		"a bad chunk size": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" +
			smuggled, "400"},
		"a huge chunk size": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: " +
			"chunked\r\n\r\nfffffffffffffffff\r\n" + smuggled, "400"},
		"a long chunk comment": {"PUT /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
			strings.Repeat("x", 1<<20) + "\r\na\r\n0\r\n\r\n", "400"},
		"HTTP/0.9": {"GET /a.txt\r\n\r\n", "400"},
		"no HTTP":  {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400"},
		"many headers": {"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X: y\r\n", 1<<17) + "\r\n",
			"431"},
		"a long header": {"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " +
			strings.Repeat("YQ", 5<<20) + "\r\n\r\n", "431"},
		// What is no trouble is answered.
		"HTTP/1.0": {"GET /a.txt HTTP/1.0\r\n\r\n", "200"},
		"HTTP/1.0 keep-alive": {"GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /a.txt HTTP/1.0\r\n\r\n",
			"200 200"},
		"pipelining": {"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\nGET " +
			"/a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "200 404 200"},
		"chunk extensions": {"PUT /y.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: " +
			"chunked\r\n\r\n1;a=b\r\nz\r\n0\r\n\r\n", "201"},
	} {
		if got := w.statuses(c.text); got != c.want {
			t.Errorf("%s: answered %q, want %q", name, got, c.want)
		}
		if _, err := os.Stat(filepath.Join(root, "victim.txt")); err != nil {
			t.Fatalf("%s: what was hidden in it was done: %v", name, err)
		}
	}
	w.alive()
	if left := left(t, root); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// DNS rebinding: a page of another site, whose name server answers with an
// address of this machine, gets nothing, by whatever method.
func TestAnotherSitesNameGetsNothing(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": secret})
	svc := everybody(root)
	svc.Config.Hosts = []string{"pi.example.org"}
	w := newWire(t, svc)
	w.ask("GET", "/a.txt") // now it is in the fast lane
	for host, want := range map[string]int{"evil.example": 421, "evil.example:80": 421, "localhost.evil.example": 421,
		"a.txt": 421, "xn--evil.example": 421,
		"localhost": 200, "127.0.0.1:8080": 200, "[::1]:8080": 200, "192.168.1.7": 200, "pi": 200, "pi.local": 200,
		"pi.example.org": 200} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "PROPFIND", "PUT", "DELETE"} {
			if want == 200 && (method == "PUT" || method == "DELETE") {
				continue
			}
			list := w.send(fmt.Sprintf("%s /a.txt HTTP/1.1\r\nHost: %s\r\nDepth: 0\r\nConnection: close\r\n\r\n", method, host))
			if len(list) == 0 || list[0].status != want && !(want == 200 && list[0].status == 207) || want == 421 &&
				strings.Contains(list[0].body, secret) {
				t.Errorf("%s by the name %s: %+v, want %d", method, host, list, want)
			}
		}
	}
	// The name in an absolute address counts, not that beside it.
	if got := w.ask("GET", "http://evil.example/a.txt").status; got != 421 {
		t.Errorf("an absolute address of another site: %d, want 421", got)
	}
	// What a proxy might have said is believed of nobody.
	got := w.ask("GET", "/dir", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "X-Forwarded-For: 10.0.0.1",
		"Forwarded: host=evil.example")
	if got.status != 404 || strings.Contains(fmt.Sprint(got), "evil") {
		t.Errorf("%+v", got)
	}
}

// The question for a password comes before the body, so that nobody sends
// gigabytes for nothing.
func TestARefusalComesBeforeTheBody(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("x"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	root := tree(t, map[string]string{"old.txt": "old"})
	w := newWire(t, &Service{Root: root, Upload: true, Quota: 1 << 20, Users: []string{"anna:" + string(hash)}})
	const anna = "Authorization: Basic YW5uYTp4\r\n"
	for name, c := range map[string]struct {
		head string
		want string
	}{
		"no password":      {"PUT /x HTTP/1.1\r\nContent-Length: 1000\r\n", "401"},
		"a wrong password": {"PUT /x HTTP/1.1\r\nContent-Length: 1000\r\nAuthorization: Basic YW5uYTp5\r\n", "401"},
		"a form": {"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n",
			"401"},
		"over the quota": {"PUT /x HTTP/1.1\r\nContent-Length: 9000000\r\n" + anna, "507"},
		"a wrong tag":    {"PUT /old.txt HTTP/1.1\r\nContent-Length: 1000\r\nIf-Match: \"x\"\r\n" + anna, "412"},
		"what it can be": {"PUT /x HTTP/1.1\r\nContent-Length: 1000\r\n" + anna, "100"},
		"no expectation": {"PUT /x HTTP/1.1\r\nContent-Length: 1000\r\nExpect: 200-maybe\r\n" + anna, "417"},
	} {
		conn := w.dial()
		fmt.Fprintf(conn, "%sHost: localhost\r\n", c.head)
		if !strings.Contains(c.head, "Expect:") {
			fmt.Fprint(conn, "Expect: 100-continue\r\n")
		}
		fmt.Fprint(conn, "\r\n")
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		line, err := bufio.NewReader(conn).ReadString('\n')
		if !strings.HasPrefix(line, "HTTP/1.1 "+c.want) {
			t.Errorf("%s: %q (%v), want %s before the body", name, line, err, c.want)
		}
		conn.Close()
	}
}

// Whatever a request has in it, the log has one line for it, and no byte that
// a terminal obeys.
func TestALogLineIsOneLineAndObeyedByNoTerminal(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a"})
	odd := "x\x1b]0;owned\x07\u202e\u009b31m\u200bz"
	if err := os.WriteFile(filepath.Join(root, odd), []byte("odd"), 0o600); err != nil {
		t.Skip(err)
	}
	w := newWire(t, &Service{Root: root})
	requests := []string{
		"GET /%1b%5b31m%0aHTTP%20500 HTTP/1.1\r\nHost: localhost\r\n", "GET /a%0d%0a.txt HTTP/1.1\r\nHost: localhost\r\n",
		"GET /%e2%80%ae%c2%9b HTTP/1.1\r\nHost: localhost\r\n",
		"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \x1b[2J\x9b\r\n",
		"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nReferer: http://x/\u202e\xff\r\n",
		"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic G1swbTp4\r\n",
		"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: \x1b[31m\r\n",
		"GET /" + strings.Repeat("%1b", 2000) + " HTTP/1.1\r\nHost: localhost\r\n",
		"GET /a.txt HTTP/1.1\r\nHost: loc\x1bal\r\n",
		"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nUser-Agent: " + strings.Repeat("\u202e", 3000) + "\r\n",
	}
	for i, text := range requests {
		list := w.send(text + "Connection: close\r\n\r\n")
		if len(list) != 1 {
			t.Errorf("%.40q: %d answers", text, len(list))
			continue
		}
		if rude(list[0].body) || rude(fmt.Sprint(list[0].header)) {
			t.Errorf("request %d is answered with what a terminal obeys: %q", i, list[0].body)
		}
	}
	// What is listed for a terminal, or said of a file, is plain too.
	for _, target := range []string{"/?text", "/?json", "/", "/?q=x"} {
		if got := w.ask("GET", target); rude(got.body) {
			t.Errorf("%s has what a terminal obeys: %q", target, got.body)
		}
	}
	target := "/x%1b%5d0;owned%07%e2%80%ae%c2%9b31m%e2%80%8bz"
	for _, form := range []string{"", "?download", "?sha256"} {
		got := w.ask("GET", target+form)
		if got.status != 200 || rude(fmt.Sprint(got.header)) || form == "?sha256" && rude(got.body) {
			t.Errorf("%s: %d %q %q", form, got.status, got.header, got.body)
		}
	}
	lines := 0
	eventually(t, "the log", func() bool { lines = strings.Count(w.log.String(), "\n"); return lines >= len(requests)-1 })
	for line := range strings.Lines(w.log.String()) {
		if rude(strings.TrimSuffix(line, "\n")) || !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}\n") ||
			len(line) > 8<<10 {
			t.Errorf("a line of %d bytes: %.300q", len(line), line)
		}
	}
}

// rude tells whether a text has a character that a terminal obeys, or that
// turns or hides others.
func rude(text string) bool {
	for _, r := range strings.ReplaceAll(text, "\n", "") {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return true
		}
	}
	return false
}

// Clients that hold on and send nothing leave the share to the others.
func TestHeldConnectionsLeaveTheShareToOthers(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a"})
	if err := os.WriteFile(filepath.Join(root, "big.bin"), make([]byte, 16<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	svc := everybody(root)
	svc.Config.Workers, svc.Config.Queue = 16, 64
	w := newWire(t, svc)
	for i := range 300 {
		conn := w.dial()
		defer conn.Close()
		switch i % 3 {
		case 0:
			_, _ = io.WriteString(conn, "GET /a.txt HTTP/1.1\r\nHost: loc")
		case 1:
			_, _ = io.WriteString(conn, "GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
		}
	}
	started := time.Now()
	w.alive()
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("the share answers after %s", took)
	}
	// Whoever takes nothing of what was asked for holds a worker; there are others.
	for range 8 {
		conn := w.dial()
		defer conn.Close()
		_, _ = io.WriteString(conn, "GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
	}
	w.alive()
	resp, err := http.Get("http://" + w.addr + "/a.txt")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}
