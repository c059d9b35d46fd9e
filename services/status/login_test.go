package status

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammarctl/ammarctl/server/auth"
)

// testLogins accepts the token "the-token-of-the-test", which is in the file at path.
func testLogins(t *testing.T) (l *logins, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "status.token")
	if err := os.WriteFile(path, []byte(testToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	accounts := new(auth.Database)
	if err := accounts.AddTokenFile(operator, path); err != nil {
		t.Fatal(err)
	}
	return newLogins(auth.New(accounts, auth.NewThrottle(), slog.New(slog.DiscardHandler))), path
}

const testToken = "the-token-of-the-test"

// controllable is a site whose services can be started and stopped, on a real port.
func controllable(t *testing.T) (base string, did *[]string) {
	t.Helper()
	did = new([]string)
	h := newHub(nil)
	h.set(sample(), nil)
	l, _ := testLogins(t)
	m := mux{http.NewServeMux()}
	mount(m, &site{hub: h, engine: fakeEngine{did: func(s string) { *did = append(*did, s) }},
		logins: l})
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	return server.URL, did
}

// post sends a form and returns the answer without following it.
func post(t *testing.T, address string, form url.Values, header map[string]string) (int, *http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("POST", address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res, string(text)
}

func TestWhoeverHasTheTokenMovesServicesFromThePage(t *testing.T) {
	base, did := controllable(t)
	own := map[string]string{"Origin": base}
	status, res, _ := post(t, base+"/login", url.Values{"token": {testToken}, "next": {"/services/files"}}, own)
	if status != 303 || res.Header.Get("Location") != "/services/files" || len(res.Cookies()) != 1 {
		t.Fatalf("login: %d %v", status, res.Header)
	}
	cookie := res.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || strings.Contains(cookie.String(), testToken) {
		t.Errorf("the cookie: %s", cookie)
	}
	req, _ := http.NewRequest("GET", base+"/services/files", nil)
	req.AddCookie(cookie)
	page, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(body(t, page))
	page.Body.Close()
	if csrf == nil {
		t.Fatal("the page has no form to restart the service")
	}
	form := url.Values{"csrf": {csrf[1]}}
	with := func(origin string) map[string]string {
		return map[string]string{"Origin": origin, "Cookie": cookie.Name + "=" + cookie.Value}
	}
	for _, c := range []struct {
		what   string
		form   url.Values
		header map[string]string
		status int
	}{
		{"another site's page", form, with("http://evil.example"), 403},
		{"a page of another port", form, with("http://127.0.0.1:1"), 403},
		{"a page without origin", form, with("null"), 403},
		{"no sign of any page", form, map[string]string{"Cookie": cookie.Name + "=" + cookie.Value}, 403},
		{"a wrong form", url.Values{"csrf": {"x"}}, with(base), 403},
		{"no form", nil, with(base), 403},
		{"no session", form, own, 303},
		{"our own page", form, with(base), 303},
	} {
		status, res, _ := post(t, base+"/services/files/restart", c.form, c.header)
		if status != c.status {
			t.Errorf("%s: %d, want %d", c.what, status, c.status)
		}
		if c.what == "no session" && !strings.HasPrefix(res.Header.Get("Location"), "/login") {
			t.Errorf("without a session to %s", res.Header.Get("Location"))
		}
	}
	if len(*did) != 1 || (*did)[0] != "restart files" {
		t.Errorf("did %v", *did)
	}
	if status, _, _ := post(t, base+"/logout", form, with(base)); status != 303 {
		t.Errorf("logout: %d", status)
	}
	if post(t, base+"/services/files/stop", form, with(base)); len(*did) != 1 {
		t.Error("a session goes on after its logout")
	}
}

func TestAProgramSaysTheTokenItself(t *testing.T) {
	base, did := controllable(t)
	for _, c := range []struct {
		token, origin string
		status        int
	}{{testToken, "", 303}, {"wrong", "", 403}, {testToken, "http://evil.example", 403}, {"", "", 403}} {
		header := map[string]string{"Authorization": "Bearer " + c.token}
		if c.origin != "" {
			header["Origin"] = c.origin
		}
		if status, _, text := post(t, base+"/services/camera/stop", nil, header); status != c.status {
			t.Errorf("%+v: %d %s", c, status, text)
		}
	}
	if len(*did) != 1 {
		t.Errorf("did %v", *did)
	}
}

// Whoever shares the address of a client that guesses logs in with the right token.
func TestGuessingIsSlowedAndTheRightTokenIsNot(t *testing.T) {
	base, did := controllable(t)
	bearer := func(token string) (int, *http.Response) {
		status, res, _ := post(t, base+"/services/files/stop", nil, map[string]string{"Authorization": "Bearer " + token})
		return status, res
	}
	for range 5 {
		if status, _ := bearer("wrong"); status != 403 {
			t.Fatalf("one of the first guesses: %d, want 403", status)
		}
	}
	if status, res := bearer("wrong"); status != 429 || res.Header.Get("Retry-After") == "" {
		t.Errorf("one guess more: %d, want 429 with Retry-After", status)
	}
	if status, _ := bearer(testToken); status != 303 || len(*did) != 1 {
		t.Errorf("the right token: %d, want 303", status)
	}
	form := url.Values{"token": {testToken}}
	if status, _, _ := post(t, base+"/login", form, map[string]string{"Origin": base}); status != 303 {
		t.Errorf("the right token in the form: %d, want 303", status)
	}
}

// A new token ends the sessions of the previous one.
func TestASessionEndsWithItsToken(t *testing.T) {
	l, path := testLogins(t)
	synctest.Test(t, func(t *testing.T) {
		w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "http://x:1/login", nil)
		l.open(w, r)
		r.AddCookie(w.Result().Cookies()[0])
		if _, ok := l.session(r); !ok {
			t.Fatal("there is no session")
		}
		if err := os.WriteFile(path, []byte("another-token-of-the-test\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if _, ok := l.session(r); ok {
			t.Error("the session outlives its token")
		}
	})
}

func TestSessionsAreBoundedAndEnd(t *testing.T) {
	l, _ := testLogins(t)
	synctest.Test(t, func(t *testing.T) {
		w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "http://x:1/login", nil)
		for range maxSessions + 5 {
			w = httptest.NewRecorder()
			l.open(w, r)
		}
		if len(l.sessions) != maxSessions {
			t.Errorf("%d sessions are kept, want %d", len(l.sessions), maxSessions)
		}
		r.AddCookie(w.Result().Cookies()[0])
		time.Sleep(sessionFor + time.Second)
		if _, ok := l.session(r); ok {
			t.Error("a session has no end")
		}
	})
}

func TestWithoutControlThereIsNoLogin(t *testing.T) {
	h := newHub(nil)
	h.set(sample(), nil)
	for _, path := range []string{"/login", "/services/files/stop"} {
		w := httptest.NewRecorder()
		handler(h).ServeHTTP(w, httptest.NewRequest("POST", path, nil))
		if w.Code != 404 && w.Code != 405 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if strings.Contains(body(t, get(t, h, "/services/files", "x")), "Log in") {
		t.Error("a login is offered")
	}
}

func TestALoginLeadsNowhereElse(t *testing.T) {
	for path, want := range map[string]string{"/services/a": "/services/a", "http://evil/": "/", "//evil/": "/",
		`/\evil`: "/", "": "/", "x": "/", "javascript:1": "/"} {
		if got := localPath(path); got != want {
			t.Errorf("%q: %q", path, got)
		}
	}
}
