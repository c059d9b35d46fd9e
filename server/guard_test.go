package server

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// ask sends one request with the header lines given, Host included.
func (r *rig) ask(t testing.TB, method, target string, header ...string) (*http.Response, string) {
	t.Helper()
	nc := r.dial(t)
	defer nc.Close()
	fmt.Fprintf(nc, "%s %s HTTP/1.1\r\n%s\r\nConnection: close\r\n\r\n", method, target, strings.Join(header, "\r\n"))
	return answer(t, bufio.NewReader(nc), method)
}

func quickPasswords(t testing.TB, user, password string) *Passwords {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	p := new(Passwords)
	if err := p.Add(user, string(hash)); err != nil {
		t.Fatal(err)
	}
	return p
}

func basic(user, password string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// bothLanes gives a server an answer in the cache and one by a handler.
func bothLanes(s *Server) {
	s.HandleFunc("/", text("slow"))
	for _, target := range []string{"/hot", "/private/hot", "/private", "/PRIVATE/hot", "/x/../private/hot", "/%70rivate/hot"} {
		s.Cache().Put(target, entry("hot"))
	}
}

func TestAPasswordProtectsAPathInBothLanes(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		bothLanes(s)
		s.Protect("/private/", quickPasswords(t, "ann", "secret"))
	})
	for _, target := range []string{"/private/hot", "/private/slow", "/private"} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			if resp, _ := r.ask(t, method, target, "Host: x"); resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s without a password = %s, want 401 with WWW-Authenticate", method, target, resp.Status)
			}
		}
	}
	for _, target := range []string{"/private/hot", "/private/slow"} {
		if resp, _ := r.ask(t, "GET", target, "Host: x", basic("ann", "wrong")); resp.StatusCode != 401 {
			t.Errorf("%s with a wrong password = %s, want 401", target, resp.Status)
		}
	}
	for _, target := range []string{"/hot", "/other", "/privateer"} {
		if resp, _ := r.ask(t, "GET", target, "Host: x"); resp.StatusCode != 200 {
			t.Errorf("%s = %s, want 200: it is not protected", target, resp.Status)
		}
	}
	if resp, body := r.ask(t, "GET", "/private/slow", "Host: x", basic("ann", "secret")); resp.StatusCode != 200 || body != "slow" {
		t.Errorf("with the password = %s %q, want 200", resp.Status, body)
	}
}

func TestEverySpellingOfAProtectedPathIsProtected(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		bothLanes(s)
		s.Protect("/private", quickPasswords(t, "ann", "secret"))
	})
	for _, target := range []string{"/private/hot", "/private", "/private/", "/PRIVATE/hot", "/%70rivate/hot",
		"/x/../private/hot", "/./private/hot", "/private/hot?x", "/private/x/..", "//private/hot", `/private%5Chot`, "http://x/private/hot"} {
		if resp, _ := r.ask(t, "GET", target, "Host: x"); resp.StatusCode != 401 {
			t.Errorf("GET %s = %s, want 401", target, resp.Status)
		}
	}
}

func TestGuessesAreSlowedAndARightPasswordIsNot(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		bothLanes(s)
		s.Protect("/", quickPasswords(t, "ann", "secret"))
	})
	right := basic("ann", "secret")
	if resp, _ := r.ask(t, "GET", "/hot", "Host: x", right); resp.StatusCode != 200 {
		t.Fatalf("with the password = %s", resp.Status)
	}
	for range freeGuesses {
		if resp, _ := r.ask(t, "GET", "/hot", "Host: x", basic("ann", "wrong")); resp.StatusCode != 401 {
			t.Fatalf("a wrong password = %s, want 401", resp.Status)
		}
	}
	if resp, _ := r.ask(t, "GET", "/hot", "Host: x", basic("bob", "secret")); resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("one guess more = %s, want 429 with Retry-After", resp.Status)
	}
	if resp, _ := r.ask(t, "GET", "/hot", "Host: x", right); resp.StatusCode != 200 {
		t.Errorf("who has the password waits too: %s", resp.Status)
	}
}

func TestWhoWaitsGuessesTheRememberedPasswordsNeither(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		bothLanes(s)
		s.Protect("/", quickPasswords(t, "ann", "secret"))
	})
	ask := func(password string) int {
		resp, _ := r.ask(t, "GET", "/hot", "Host: x", basic("ann", password))
		return resp.StatusCode
	}
	if code := ask("secret"); code != 200 {
		t.Fatalf("with the password = %d", code)
	}
	d := r.guard.areas[0].door
	d.mu.Lock() // somebody of this address has guessed for long
	d.guesses[origin("127.0.0.1:1")] = &guesses{wrong: 20, until: time.Now().Add(time.Minute), last: time.Now()}
	d.mu.Unlock()
	for range 2 * freeLooks {
		if code := ask("secret"); code != 200 {
			t.Fatalf("who has the password is held up: %d", code)
		}
	}
	for i := range freeLooks {
		if code := ask(fmt.Sprint("guess ", i)); code != 429 {
			t.Fatalf("a guess = %d, want 429", code)
		}
	}
	if code := ask("secret"); code != 429 {
		t.Errorf("guess number %d was right, and was told so: %d", freeLooks+1, code)
	}
}

func TestTheWaitOfAnAddressDoublesAndEnds(t *testing.T) {
	d := newDoor(new(Passwords))
	a, b := origin("192.0.2.1:1"), origin("[2001:db8::1]:2")
	now := time.Now()
	for range freeGuesses - 1 {
		d.wrong(a, now)
	}
	if d.wait(a, now) != 0 {
		t.Error("the first guesses cost a wait")
	}
	for i, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute} {
		if d.wrong(a, now); d.wait(a, now) != want {
			t.Errorf("wait %d = %v, want %v", i, d.wait(a, now), want)
		}
	}
	if d.wait(b, now) != 0 {
		t.Error("another address waits")
	}
	if d.wait(a, now.Add(guessesForget+time.Second)) != 0 {
		t.Error("nothing is forgotten")
	}
	if origin("[2001:db8::ffff]:1") != b {
		t.Error("addresses of one IPv6 network are counted apart")
	}
	for i := range 2 * guessesKept {
		d.wrong(origin(fmt.Sprintf("10.%d.%d.1:1", i/256, i%256)), now)
	}
	if len(d.guesses) > guessesKept {
		t.Errorf("%d addresses are kept, want at most %d", len(d.guesses), guessesKept)
	}
}

func TestTheGuardOfTheFastLaneAllocatesNothing(t *testing.T) {
	s := New(Config{Hosts: []string{"a-long-name.of-some-length.example.org"}, Log: io.Discard})
	s.Protect("/a/path/that/is/longer/than/what/fits/on/a/small/stack", new(Passwords))
	s.watchHosts(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1})
	s.guard.check = true
	req := &request{target: []byte("/a/path/that/is/longer/than/what/fits/on/another/small/stack"), host: []byte("A-long-name.of-some-length.example.org:80")}
	if !s.guard.open(req) {
		t.Fatal("the request is not let in")
	}
	if n := testing.AllocsPerRun(100, func() { s.guard.open(req) }); n != 0 {
		t.Errorf("%v allocations per request, want 0", n)
	}
}

func TestHashes(t *testing.T) {
	p := new(Passwords)
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Add("old", strings.Replace(string(hash), "$2a$", "$2y$", 1)); err != nil || !p.verify("old", "secret") {
		t.Errorf("a hash of htpasswd -B is not taken: %v", err)
	}
	if err := p.Add("ann", HashPassword("käse")); err != nil {
		t.Fatal(err)
	}
	if !p.verify("ann", "käse") || p.verify("ann", "kase") || p.verify("bob", "käse") {
		t.Error("argon2id takes a wrong password or refuses the right one")
	}
	for _, bad := range []string{"", "plain", "$apr1$x$y", "$2y$99$xx", "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$"} {
		if err := p.Add("x", bad); err == nil {
			t.Errorf("the hash %q is taken", bad)
		}
	}
	for text, want := range map[string]string{"": "at least one", "# x\n": "at least one", "ann": "line 1", "\nann:plain": "line 2"} {
		if _, err := ReadPasswords(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadPasswords(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

func TestAPrivateServerKnowsItsNames(t *testing.T) {
	r := run(t, Config{Hosts: []string{"pi.example.org"}}, bothLanes)
	for host, want := range map[string]int{
		"127.0.0.1": 200, "127.0.0.1:8080": 200, "[::1]:80": 200, "localhost:1": 200, "pi": 200, "pi.local": 200, "PI.LOCAL.": 200,
		"a.localhost": 200, "pi.example.org:8080": 200, "Pi.Example.ORG": 200,
		"evil.example.com": 421, "127.0.0.1.evil.com": 421, "local.evil.com:80": 421, "xpi.example.org": 421, "evillocal.com": 421,
	} {
		for _, target := range []string{"/hot", "/slow"} {
			if resp, _ := r.ask(t, "GET", target, "Host: "+host); resp.StatusCode != want {
				t.Errorf("GET %s of host %s = %s, want %d", target, host, resp.Status, want)
			}
		}
	}
	all := run(t, Config{Hosts: []string{"*"}}, bothLanes)
	if resp, _ := all.ask(t, "GET", "/hot", "Host: evil.example.com"); resp.StatusCode != 200 {
		t.Errorf("hosts * = %s, want 200", resp.Status)
	}
}

// A server on all addresses is reached from the private network too.
func TestAServerOnAllAddressesKnowsItsNames(t *testing.T) {
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, bind := range []string{"0.0.0.0:80", "[::]:80", "192.168.1.7:80", "[fe80::1%1]:80", "[fd00::1]:80"} {
		s := New(Config{Hosts: []string{"pi.example.org"}, Log: io.Discard})
		s.watchHosts(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(bind)))
		for host, want := range map[string]bool{
			"192.168.1.7:80": true, "203.0.113.9": true, "[2001:db8::1]:80": true, "localhost": true, "": true,
			own: true, own + ":80": true, "pi.local": true, "pi.example.org": true,
			"evil.example.com": false, "192.168.1.7.evil.com": false, own + ".evil.com": false, "www.pi.example.org": false, "[evil].com": false, "evil.com:x]": false,
		} {
			if got := !s.guard.check || s.guard.knows([]byte(host)); got != want {
				t.Errorf("on %s the host %q is let in: %t, want %t", bind, host, got, want)
			}
		}
	}
	s := New(Config{Log: io.Discard})
	if s.watchHosts(net.TCPAddrFromAddrPort(netip.MustParseAddrPort("203.0.113.9:80"))); s.guard.check {
		t.Error("names are checked on a public address")
	}
}

func TestAnUnknownNameIsToldWhatToDo(t *testing.T) {
	r := run(t, Config{}, bothLanes)
	resp, body := r.ask(t, "GET", "/hot", "Host: pi.example.org:8080")
	for _, part := range []string{"pi.example.org,", "--host pi.example.org,", "hosts in the configuration", "address"} {
		if resp.StatusCode != 421 || !strings.Contains(body, part) {
			t.Errorf("%s %q says nothing of %q", resp.Status, body, part)
		}
	}
}

func TestAHookSeesEveryRequestFirstInBothLanes(t *testing.T) {
	var seen []string
	r := run(t, Config{Workers: 1}, func(s *Server) {
		bothLanes(s)
		s.Before(func(w http.ResponseWriter, r *http.Request) bool {
			seen = append(seen, r.URL.Path)
			if r.URL.Path != "/hot" {
				return false
			}
			io.WriteString(w, "mine")
			return true
		})
	})
	if _, body := r.ask(t, "GET", "/hot", "Host: x"); body != "mine" {
		t.Errorf("/hot = %q, want the hook's answer", body)
	}
	if _, body := r.ask(t, "GET", "/slow", "Host: x"); body != "slow" {
		t.Errorf("/slow = %q, want the handler's answer", body)
	}
	if strings.Join(seen, " ") != "/hot /slow" {
		t.Errorf("the hook saw %v", seen)
	}
}

func TestBothLanesSendTheSecurityHeaders(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		bothLanes(s)
		own := http.Header{"X-Frame-Options": {"DENY"}}
		s.Cache().Put("/own", Entry{Header: own, Body: []byte("x")})
		s.HandleFunc("/own-slow", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Frame-Options", "DENY") })
	})
	for target, frames := range map[string]string{"/hot": "SAMEORIGIN", "/slow": "SAMEORIGIN", "/own": "DENY", "/own-slow": "DENY"} {
		resp, _ := r.ask(t, "GET", target, "Host: x")
		h := resp.Header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" || h.Get("X-Frame-Options") != frames {
			t.Errorf("%s: %v", target, h)
		}
	}
}

func TestAPanicIs500WithAnIDThatTheLogHas(t *testing.T) {
	r := run(t, Config{Workers: 1}, func(s *Server) {
		s.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5")
			panic("boom")
		})
		s.HandleFunc("/ok", text("ok"))
	})
	resp, body := r.ask(t, "GET", "/panic", "Host: x")
	id := resp.Header.Get("X-Request-Id")
	if resp.StatusCode != 500 || id == "" || !strings.Contains(body, id) {
		t.Errorf("= %s, id %q, %q, want 500 with an id", resp.Status, id, body)
	}
	if resp, _ := r.ask(t, "GET", "/panic", "Host: x", "X-Request-Id: mine-7"); resp.Header.Get("X-Request-Id") != "mine-7" {
		t.Errorf("the client's id became %q", resp.Header.Get("X-Request-Id"))
	}
	if _, body := r.ask(t, "GET", "/ok", "Host: x"); body != "ok" {
		t.Error("the only worker is gone")
	}
	eventually(t, "the log has both lines with the id", func() bool { return strings.Count(r.log.String(), id) == 2 })
	if strings.Count(r.log.String(), "boom") != 2 {
		t.Errorf("the log does not say why: %s", r.log)
	}
}
