package server

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

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
	for _, target := range []string{"/hot", "/private/hot", "/private", "/PRIVATE/hot", "/x/../private/hot",
		"/%70rivate/hot"} {
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
			if resp, _ := r.ask(t, method, target, "Host: x"); resp.StatusCode != 401 ||
				resp.Header.Get("WWW-Authenticate") == "" {
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
	if resp, body := r.ask(t, "GET", "/private/slow", "Host: x", basic("ann", "secret")); resp.StatusCode != 200 ||
		body != "slow" {
		t.Errorf("with the password = %s %q, want 200", resp.Status, body)
	}
}

func TestEverySpellingOfAProtectedPathIsProtected(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		bothLanes(s)
		s.Protect("/private", quickPasswords(t, "ann", "secret"))
	})
	for _, target := range []string{"/private/hot", "/private", "/private/", "/PRIVATE/hot", "/%70rivate/hot",
		"/x/../private/hot", "/./private/hot", "/private/hot?x", "/private/x/..", "//private/hot", `/private%5Chot`,
		"http://x/private/hot"} {
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
	for range 5 {
		if resp, _ := r.ask(t, "GET", "/hot", "Host: x", basic("ann", "wrong")); resp.StatusCode != 401 {
			t.Fatalf("a wrong password = %s, want 401", resp.Status)
		}
	}
	if resp, _ := r.ask(t, "GET", "/hot", "Host: x", basic("bob", "secret")); resp.StatusCode != 429 ||
		resp.Header.Get("Retry-After") == "" {
		t.Errorf("one guess more = %s, want 429 with Retry-After", resp.Status)
	}
	if resp, _ := r.ask(t, "GET", "/hot", "Host: x", right); resp.StatusCode != 200 {
		t.Errorf("who has the password waits too: %s", resp.Status)
	}
}

// The user of a shared address who knows the password is let in while others guess.
func TestOthersOfAnAddressLockNoOneOut(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			user, ok := User(r)
			fmt.Fprintf(w, "%s %t", user, ok)
		})
		s.Protect("/private", quickPasswords(t, "ann", "secret"))
	})
	for i := range 20 {
		r.ask(t, "GET", "/private", "Host: x", basic(fmt.Sprint("guest", i%3), "wrong"))
	}
	if resp, _ := r.ask(t, "GET", "/private", "Host: x", basic("guest0", "wrong")); resp.StatusCode != 429 {
		t.Errorf("the guesses of others = %s, want 429", resp.Status)
	}
	if resp, body := r.ask(t, "GET", "/private", "Host: x", basic("ann", "secret")); resp.StatusCode != 200 ||
		body != "ann true" {
		t.Errorf("the right password = %s %q, want 200 for ann", resp.Status, body)
	}
	if _, body := r.ask(t, "GET", "/", "Host: x", basic("ann", "secret")); body != " false" {
		t.Errorf("an open path has the user %q, want none", body)
	}
}

func TestTheAdmissionOfTheFastLaneAllocatesNothing(t *testing.T) {
	s := New(Config{Hosts: []string{"a-long-name.of-some-length.example.org"}, Log: io.Discard})
	s.Protect("/a/path/that/is/longer/than/what/fits/on/a/small/stack", new(Passwords))
	s.admission.hosts = newHostNames(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, s.cfg.Hosts)
	req := &request{target: []byte("/a/path/that/is/longer/than/what/fits/on/another/small/stack"),
		host: []byte("A-long-name.of-some-length.example.org:80")}
	if !s.admission.openToAll(req) {
		t.Fatal("the request is not admitted")
	}
	if n := testing.AllocsPerRun(100, func() { s.admission.openToAll(req) }); n != 0 {
		t.Errorf("%v allocations per request, want 0", n)
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
	for target, frames := range map[string]string{"/hot": "SAMEORIGIN", "/slow": "SAMEORIGIN", "/own": "DENY",
		"/own-slow": "DENY"} {
		resp, _ := r.ask(t, "GET", target, "Host: x")
		h := resp.Header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" ||
			h.Get("X-Frame-Options") != frames {
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
	if resp, _ := r.ask(t, "GET", "/panic", "Host: x",
		"X-Request-Id: mine-7"); resp.Header.Get("X-Request-Id") != "mine-7" {
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
