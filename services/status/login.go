package status

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/server/auth"
)

const (
	sessionFor  = 12 * time.Hour
	maxSessions = 64
	// operator is the account whose secret is the token.
	operator = "operator"
)

// The texts for requests that are not allowed.
const (
	otherSite  = "A page of another site may not do this: open this one, and do it there."
	wrongToken = "This is not the token: ammarctl info shows it."
)

// authenticator is the part of an auth.Authenticator that logins need.
type authenticator interface {
	Authenticate(ctx context.Context, from netip.Addr, name, secret string) error
	Fingerprint(name string) string
}

// logins are the browsers that have logged in with the token, and the check of
// the token. All methods are safe for concurrent use.
type logins struct {
	auth authenticator

	mu       sync.Mutex
	sessions map[string]session // by the cookie's value
}

// session is a browser that has logged in.
type session struct {
	csrf  string // a secret that its forms contain
	ends  time.Time
	token string // the fingerprint of the token that it was opened with
}

func newLogins(a authenticator) *logins { return &logins{auth: a, sessions: map[string]session{}} }

// loginView is what a page shows of the login.
type loginView struct {
	On    bool   // services can be started and stopped here
	CSRF  string // empty: the browser has not logged in
	Error string
	Next  string // the page to go to after the login
}

// view describes the login of r's browser. The receiver may be nil: logins are disabled.
func (l *logins) view(r *http.Request, next string) loginView {
	if l == nil {
		return loginView{}
	}
	s, _ := l.session(r)
	return loginView{On: true, CSRF: s.csrf, Next: next}
}

// cookieName contains the port, since cookies are shared by all ports of a host.
func cookieName(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host)
	return "ammar_status_" + port
}

// session returns the session of r's browser. A session ends after its time, and
// when the token changes.
func (l *logins) session(r *http.Request) (session, bool) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return session{}, false
	}
	token := l.auth.Fingerprint(operator)
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.sessions[c.Value]
	if !ok || time.Now().After(s.ends) || s.token != token {
		delete(l.sessions, c.Value)
		return session{}, false
	}
	return s, true
}

// open starts a session. The one that ends first makes room for it.
func (l *logins) open(w http.ResponseWriter, r *http.Request) {
	token := l.auth.Fingerprint(operator)
	l.mu.Lock()
	defer l.mu.Unlock()
	oldest := ""
	for id, s := range l.sessions {
		if oldest == "" || s.ends.Before(l.sessions[oldest].ends) {
			oldest = id
		}
	}
	if len(l.sessions) >= maxSessions {
		delete(l.sessions, oldest)
	}
	id := rand.Text()
	l.sessions[id] = session{rand.Text(), time.Now().Add(sessionFor), token}
	http.SetCookie(w, &http.Cookie{Name: cookieName(r), Value: id, Path: "/", MaxAge: int(sessionFor / time.Second),
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
}

// close ends the session of r's browser.
func (l *logins) close(r *http.Request) {
	if c, err := r.Cookie(cookieName(r)); err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.sessions, c.Value)
	}
}

// check compares a token. It returns 0 if the token is right, else the status
// and the text of the answer, whose headers it sets.
func (l *logins) check(w http.ResponseWriter, r *http.Request, token string) (status int, text string) {
	err := l.auth.Authenticate(r.Context(), auth.RemoteAddr(r.RemoteAddr), operator, token)
	var throttled *auth.ThrottledError
	switch {
	case err == nil:
		return 0, ""
	case errors.As(err, &throttled):
		w.Header().Set("Retry-After", strconv.Itoa(throttled.Seconds()))
		return http.StatusTooManyRequests,
			explain.Mark("login-throttled",
				fmt.Sprintf("Too many wrong tokens came from your address: wait %d s.", throttled.Seconds()))
	}
	return http.StatusForbidden, wrongToken
}

// ownPage reports whether a request comes from a page of this site.
func ownPage(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") == "same-origin"
	}
	u, err := url.Parse(origin)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return err == nil && u.Host == r.Host && u.Scheme == scheme
}

func (s *site) loginPage(w http.ResponseWriter, r *http.Request) {
	s.showLogin(w, r, http.StatusOK, "")
}

func (s *site) showLogin(w http.ResponseWriter, r *http.Request, status int, trouble string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	view := loginView{On: true, Error: trouble, Next: localPath(r.FormValue("next"))}
	_, _ = w.Write(fill("login", view)) // the client left
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	if !ownPage(r) {
		s.refuse(w, r, http.StatusForbidden, "A page of another site may not log in here: open this one, and log in there.")
		return
	}
	if status, text := s.logins.check(w, r, strings.TrimSpace(r.PostFormValue("token"))); status != 0 {
		s.showLogin(w, r, status, text)
		return
	}
	s.logins.open(w, r)
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
}

// localPath returns path if it is one of this site, else "/", so that a login
// leads to no other site.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return "/"
	}
	return u.EscapedPath()
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	known, ok := s.logins.session(r)
	if !ok || !ownPage(r) || !known.sent(r) {
		s.refuse(w, r, http.StatusForbidden, "Nobody is logged in here any more.")
		return
	}
	s.logins.close(r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// sent reports whether the form of r is one of this session.
func (s session) sent(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(s.csrf), []byte(r.PostFormValue("csrf"))) == 1
}

// allowed reports whether a request may start and stop services; if not, it
// answers the request. A program sends the token itself. A browser needs a
// session, and a form of that session on a page of this site.
func (s *site) allowed(w http.ResponseWriter, r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if r.Header.Get("Origin") != "" && !ownPage(r) {
			s.refuse(w, r, http.StatusForbidden, otherSite)
			return false
		}
		status, text := s.logins.check(w, r, token)
		if status != 0 {
			s.refuse(w, r, status, text)
		}
		return status == 0
	}
	known, ok := s.logins.session(r)
	switch {
	case !ownPage(r):
		s.refuse(w, r, http.StatusForbidden, otherSite)
	case !ok:
		http.Redirect(w, r, "/login?next="+url.QueryEscape(detailLink(r.PathValue("name"))), http.StatusSeeOther)
	case !known.sent(r):
		s.refuse(w, r, http.StatusForbidden, "The form is not of this session: load the page again.")
	default:
		return true
	}
	return false
}
