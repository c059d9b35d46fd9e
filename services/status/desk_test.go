package status

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// office is a site whose desk is open, on a real port.
func office(t *testing.T) (base string, did *[]string) {
	t.Helper()
	did = new([]string)
	h := newHub(nil)
	h.set(sample(), nil)
	m := mux{http.NewServeMux()}
	mount(m, &site{hub: h, engine: fakeEngine{did: func(s string) { *did = append(*did, s) }}, desk: newDesk("the-token")})
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
	base, did := office(t)
	own := map[string]string{"Origin": base}
	status, res, _ := post(t, base+"/login", url.Values{"token": {"the-token"}, "next": {"/services/files"}}, own)
	if status != 303 || res.Header.Get("Location") != "/services/files" || len(res.Cookies()) != 1 {
		t.Fatalf("login: %d %v", status, res.Header)
	}
	cookie := res.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || strings.Contains(cookie.String(), "the-token") {
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
	base, did := office(t)
	for _, c := range []struct {
		token, origin string
		status        int
	}{{"the-token", "", 303}, {"wrong", "", 403}, {"the-token", "http://evil.example", 403}, {"", "", 403}} {
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

func TestGuessingIsSlowed(t *testing.T) {
	d, now := newDesk("right"), time.Now()
	for range freeTries {
		if right, wait := d.try("10.0.0.1:5", "wrong", now); right || wait != 0 {
			t.Fatal("the first guesses wait")
		}
	}
	if right, wait := d.try("10.0.0.1:6", "right", now); right || wait <= 0 {
		t.Error("an address that guesses does not wait")
	}
	if right, _ := d.try("10.0.0.2:5", "right", now); !right {
		t.Error("others wait for it")
	}
	if right, _ := d.try("10.0.0.1:5", "right", now.Add(longestWait)); !right {
		t.Error("it waits for ever")
	}
	for i := range 3 * triesKept {
		d.try(string(rune('a'+i%26))+strings.Repeat("x", i/26)+":1", "wrong", now)
	}
	if len(d.tries) > triesKept {
		t.Errorf("%d addresses are kept", len(d.tries))
	}
}

func TestADeskThatIsOffHasNoDoor(t *testing.T) {
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
	for path, want := range map[string]string{"/services/a": "/services/a", "http://evil/": "/", "//evil/": "/", `/\evil`: "/", "": "/", "x": "/", "javascript:1": "/"} {
		if got := localPath(path); got != want {
			t.Errorf("%q: %q", path, got)
		}
	}
}

func TestTheTokenIsKeptAndPrivate(t *testing.T) {
	path := tokenPath(filepath.Join(t.TempDir(), "s"), "status")
	first, err := loadToken(path)
	if err != nil || len(first) < 26 {
		t.Fatal(first, err)
	}
	if again, err := loadToken(path); err != nil || again != first {
		t.Error("a restart changes the token", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Error("others may read the token", err)
	}
}
