package status

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The limits of the desk.
const (
	sessionFor   = 12 * time.Hour
	sessionsKept = 64
	freeTries    = 5 // wrong tokens in a row before an address has to wait
	longestWait  = time.Minute
	triesKept    = 1024 // addresses
	triesForget  = 15 * time.Minute
	actPatience  = 2 * time.Second // then the page says that it is under way
)

// What is said to whoever may not.
const (
	otherSite  = "A page of another site may not do this: open this one, and do it there."
	wrongToken = "This is not the token: ammarctl info shows it."
)

func tooMany(seconds int) string {
	return fmt.Sprintf("Too many wrong tokens came from your address: wait %d s.", seconds)
}

// desk is where services are started and stopped, by whoever has the token.
type desk struct {
	token string

	mu       sync.Mutex
	sessions map[string]session // by the cookie's value
	tries    map[string]tries   // by address
}

// session is a browser that has shown the token.
type session struct {
	csrf string // what its forms say
	ends time.Time
}

// tries is what one address got wrong.
type tries struct {
	wrong       int
	until, last time.Time
}

func newDesk(token string) *desk {
	return &desk{token: token, sessions: map[string]session{}, tries: map[string]tries{}}
}

// deskView is the desk on a page.
type deskView struct {
	On    bool
	CSRF  string // empty: nobody has logged in
	Error string
	Next  string // the page to go to after the login
}

func (d *desk) view(r *http.Request, next string) deskView {
	if d == nil {
		return deskView{}
	}
	s, _ := d.session(r)
	return deskView{On: true, CSRF: s.csrf, Next: next}
}

// cookieName differs by port, since cookies do not.
func cookieName(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host)
	return "ammar_status_" + port
}

func (d *desk) session(r *http.Request) (session, bool) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return session{}, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.sessions[c.Value]
	if !ok || time.Now().After(s.ends) {
		delete(d.sessions, c.Value)
		return session{}, false
	}
	return s, true
}

// try compares a token in constant time. An address that is wrong too often
// waits, twice as long each time; how long is left is returned.
func (d *desk) try(addr, token string, now time.Time) (right bool, wait time.Duration) {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		addr = host
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tries[addr]
	if now.Sub(t.last) > triesForget {
		t = tries{}
	}
	if now.Before(t.until) {
		return false, t.until.Sub(now)
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(d.token)) == 1 {
		delete(d.tries, addr)
		return true, 0
	}
	if len(d.tries) >= triesKept {
		for known := range d.tries { // any one
			delete(d.tries, known)
			break
		}
	}
	t.wrong, t.last = t.wrong+1, now
	if over := t.wrong - freeTries; over >= 0 {
		t.until = now.Add(min(longestWait, time.Second<<min(over, 6)))
	}
	d.tries[addr] = t
	return false, 0
}

// open makes a session.
func (d *desk) open(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	oldest := ""
	for id, s := range d.sessions {
		if oldest == "" || s.ends.Before(d.sessions[oldest].ends) {
			oldest = id
		}
	}
	if len(d.sessions) >= sessionsKept {
		delete(d.sessions, oldest)
	}
	id := rand.Text()
	d.sessions[id] = session{rand.Text(), now.Add(sessionFor)}
	http.SetCookie(w, &http.Cookie{Name: cookieName(r), Value: id, Path: "/", MaxAge: int(sessionFor / time.Second),
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
}

// ownPage tells whether a request comes from a page of this site.
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
	_, _ = w.Write(fill("login", deskView{On: true, Error: trouble, Next: localPath(r.FormValue("next"))})) // the client left
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	if !ownPage(r) {
		s.refuse(w, r, http.StatusForbidden, "A page of another site may not log in here: open this one, and log in there.")
		return
	}
	right, wait := s.desk.try(r.RemoteAddr, strings.TrimSpace(r.PostFormValue("token")), time.Now())
	switch {
	case wait > 0:
		seconds := int(wait/time.Second) + 1
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		s.showLogin(w, r, http.StatusTooManyRequests, tooMany(seconds))
	case !right:
		s.showLogin(w, r, http.StatusForbidden, wrongToken)
	default:
		s.desk.open(w, r)
		http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
	}
}

// localPath is a path of this site, so that nobody is sent to another.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return "/"
	}
	return u.EscapedPath()
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	known, ok := s.desk.session(r)
	if !ok || !ownPage(r) || subtle.ConstantTimeCompare([]byte(known.csrf), []byte(r.PostFormValue("csrf"))) != 1 {
		s.refuse(w, r, http.StatusForbidden, "Nobody is logged in here any more.")
		return
	}
	if c, err := r.Cookie(cookieName(r)); err == nil {
		s.desk.mu.Lock()
		delete(s.desk.sessions, c.Value)
		s.desk.mu.Unlock()
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// allowed tells whether a request may move services: it comes with the token
// itself, as a program's does, or from a page of this site, in a session, with
// what that session's forms say.
func (s *site) allowed(w http.ResponseWriter, r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if r.Header.Get("Origin") != "" && !ownPage(r) {
			s.refuse(w, r, http.StatusForbidden, otherSite)
			return false
		}
		right, wait := s.desk.try(r.RemoteAddr, token, time.Now())
		if wait > 0 {
			seconds := int(wait/time.Second) + 1
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
			s.refuse(w, r, http.StatusTooManyRequests, tooMany(seconds))
		} else if !right {
			s.refuse(w, r, http.StatusForbidden, wrongToken)
		}
		return right
	}
	known, ok := s.desk.session(r)
	switch {
	case !ownPage(r):
		s.refuse(w, r, http.StatusForbidden, otherSite)
	case !ok:
		http.Redirect(w, r, "/login?next="+url.QueryEscape(detailLink(r.PathValue("name"))), http.StatusSeeOther)
	case subtle.ConstantTimeCompare([]byte(known.csrf), []byte(r.PostFormValue("csrf"))) != 1:
		s.refuse(w, r, http.StatusForbidden, "The form is not of this session: load the page again.")
	default:
		return true
	}
	return false
}

// act starts, stops or restarts a service, and goes back to its page. What
// takes longer goes on by itself: also that of the service that serves this.
func (s *site) act(w http.ResponseWriter, r *http.Request) {
	verbs := map[string]func(context.Context, string) error{"start": s.engine.Start, "stop": s.engine.Stop, "restart": s.engine.Restart}
	do, ok := verbs[r.PathValue("verb")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if !s.allowed(w, r) {
		return
	}
	name := r.PathValue("name")
	if _, ok := s.find(name); !ok {
		s.noService(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), actPatience)
	defer cancel()
	if err := do(ctx, name); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		s.refuse(w, r, http.StatusConflict, fmt.Sprintf("Cannot %s %s: %v", r.PathValue("verb"), name, err))
		return
	}
	http.Redirect(w, r, detailLink(name)+"#desk", http.StatusSeeOther) // where the keyboard was
}
