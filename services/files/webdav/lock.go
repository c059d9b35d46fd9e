package webdav

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
)

const (
	defaultLockLife = 10 * time.Minute
	maxLockLife     = time.Hour
)

// Lock is RFC 4918 section 9.10.
func (s *Server) Lock(w http.ResponseWriter, r *request.Request) error {
	life := lockLife(r.Header.Get("Timeout"))
	body, err := readXML(r)
	if err != nil {
		return err
	}
	if body == nil {
		return s.refreshLock(w, r, life)
	}
	k := lock{name: r.Name, user: r.Identity.User, life: life}
	if err := k.parse(body, r.Header.Get("Depth")); err != nil {
		return err
	}
	status := http.StatusOK
	if _, err := s.store.Stat(r.Name); errors.Is(err, fs.ErrNotExist) {
		if err := s.createForLock(r); err != nil {
			return err
		}
		status = http.StatusCreated
	} else if err != nil {
		return err
	}
	if k, err = s.locks.add(k); err != nil {
		return err
	}
	w.Header().Set("Lock-Token", "<"+k.token+">")
	return sendLock(w, k, status)
}

func (s *Server) refreshLock(w http.ResponseWriter, r *request.Request, life time.Duration) error {
	condition, err := parseIf(r.Header.Get("If"))
	if err != nil {
		return err
	}
	k, ok := s.locks.refresh(condition.tokens(), r.Name, r.Identity.User, life)
	if !ok {
		return semantics.Refuse(http.StatusPreconditionFailed, "To refresh a lock, send its token in the If header.")
	}
	return sendLock(w, k, http.StatusOK)
}

// parse reads a lockinfo element and the Depth.
func (k *lock) parse(body *element, depth string) error {
	if depth != "" && depth != "0" && depth != "infinity" {
		return semantics.Refuse(http.StatusBadRequest, "The Depth of a lock is 0 or infinity.")
	}
	k.deep = depth != "0"
	scope := body.child("lockscope")
	if body.name.Local != "lockinfo" || body.name.Space != "DAV:" || scope == nil || body.child("locktype") == nil {
		return semantics.Refuse(http.StatusBadRequest, "LOCK expects a lockinfo.")
	}
	k.shared = scope.child("shared") != nil
	if owner := body.child("owner"); owner != nil {
		k.owner = owner.content()
	}
	return nil
}

// createForLock makes an empty file, as a lock on a free name must (section
// 7.3).
func (s *Server) createForLock(r *request.Request) error {
	if r.Slash {
		return semantics.Refuse(http.StatusConflict, "There is no such folder to lock.")
	}
	if err := s.locks.Confirm(r, r.Name); err != nil {
		return err
	}
	return s.files.CreateEmpty(r)
}

// lockLife reads the header Timeout: "Second-600" or "Infinite".
func lockLife(text string) time.Duration {
	first, _, _ := strings.Cut(text, ",")
	first = strings.TrimSpace(first)
	seconds, ok := strings.CutPrefix(first, "Second-")
	n, err := strconv.ParseInt(seconds, 10, 32)
	switch {
	case strings.EqualFold(first, "Infinite"):
		return maxLockLife
	case !ok || err != nil || n <= 0:
		return defaultLockLife
	}
	return min(time.Duration(n)*time.Second, maxLockLife)
}

func sendLock(w http.ResponseWriter, k lock, status int) error {
	body := xmlHead + `<D:prop xmlns:D="DAV:"><D:lockdiscovery>` + k.xml() + `</D:lockdiscovery></D:prop>`
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // fails only if the client left
	return nil
}

// xml is the activelock element.
func (k lock) xml() string {
	scope, depth := "exclusive", "0"
	if k.shared {
		scope = "shared"
	}
	if k.deep {
		depth = "infinity"
	}
	rest := max(0, int(time.Until(k.expires).Round(time.Second).Seconds()))
	return fmt.Sprintf(`<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:%s/></D:lockscope>`+
		`<D:depth>%s</D:depth><D:owner>%s</D:owner><D:timeout>Second-%d</D:timeout>`+
		`<D:locktoken><D:href>%s</D:href></D:locktoken><D:lockroot><D:href>%s</D:href></D:lockroot></D:activelock>`,
		scope, depth, k.owner, rest, k.token, escaped(semantics.EscapedPath(k.name)))
}

// Unlock is RFC 4918 section 9.11.
func (s *Server) Unlock(w http.ResponseWriter, r *request.Request) error {
	token := strings.TrimSpace(r.Header.Get("Lock-Token"))
	if len(token) < 3 || token[0] != '<' || token[len(token)-1] != '>' {
		return semantics.Refuse(http.StatusBadRequest, "UNLOCK expects a Lock-Token header.")
	}
	if err := s.locks.release(token[1:len(token)-1], r.Name, r.Identity.User); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
