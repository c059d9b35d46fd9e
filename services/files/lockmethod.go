package files

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

const xmlHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

// lock is RFC 4918 section 9.10.
func (h *handler) lock(w http.ResponseWriter, r *request) error {
	life := lockTime(r.Header.Get("Timeout"))
	body, err := readXML(r.Request)
	if err != nil {
		return err
	}
	if body == nil {
		condition, err := parseIf(r.Header.Get("If"))
		if err != nil {
			return err
		}
		k, ok := h.locks.refresh(condition.tokens(), r.name, r.id.User, life)
		if !ok {
			return &refusal{status: http.StatusPreconditionFailed, text: "To refresh a lock, its token belongs into the If header."}
		}
		return h.showLock(w, k, http.StatusOK)
	}
	k := davLock{name: r.name, user: r.id.User, life: life, deep: r.Header.Get("Depth") != "0"}
	if depth := r.Header.Get("Depth"); depth != "" && depth != "0" && depth != "infinity" {
		return &refusal{status: http.StatusBadRequest, text: "The Depth of a lock is 0 or infinity."}
	}
	scope := body.child("lockscope")
	if body.name.Local != "lockinfo" || body.name.Space != "DAV:" || scope == nil || body.child("locktype") == nil {
		return &refusal{status: http.StatusBadRequest, text: "LOCK expects a lockinfo."}
	}
	k.shared = scope.child("shared") != nil
	if owner := body.child("owner"); owner != nil {
		k.owner = owner.content()
	}
	status := http.StatusOK
	if _, err := h.root.Stat(r.name); errors.Is(err, fs.ErrNotExist) {
		if err := h.reserve(r); err != nil {
			return err
		}
		status = http.StatusCreated
	} else if err != nil {
		return err
	}
	if k, err = h.locks.take(k); err != nil {
		return err
	}
	w.Header().Set("Lock-Token", "<"+k.token+">")
	return h.showLock(w, k, status)
}

// reserve makes an empty file, since a lock on nothing would be one (section 7.3).
func (h *handler) reserve(r *request) error {
	if r.slash {
		return &refusal{status: http.StatusConflict, text: "There is no such folder to lock."}
	}
	if err := h.locks.confirm(h, r, r.name); err != nil {
		return err
	}
	if _, err := h.target(r, r.name); err != nil {
		return err
	}
	in, err := receive(h.root, h.space, 0)
	if err != nil {
		return err
	}
	return in.commit(r.name, false)
}

// lockTime reads "Second-600" and "Infinite".
func lockTime(text string) time.Duration {
	first, _, _ := strings.Cut(text, ",")
	seconds, ok := strings.CutPrefix(strings.TrimSpace(first), "Second-")
	n, err := strconv.ParseInt(seconds, 10, 32)
	switch {
	case strings.EqualFold(strings.TrimSpace(first), "Infinite"):
		return maxLock
	case !ok || err != nil || n <= 0:
		return lockLife
	}
	return min(time.Duration(n)*time.Second, maxLock)
}

func (h *handler) showLock(w http.ResponseWriter, k davLock, status int) error {
	body := xmlHead + `<D:prop xmlns:D="DAV:"><D:lockdiscovery>` + k.xml() + `</D:lockdiscovery></D:prop>`
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the client left
	return nil
}

// xml is the activelock element.
func (k davLock) xml() string {
	scope, depth := "exclusive", "0"
	if k.shared {
		scope = "shared"
	}
	if k.deep {
		depth = "infinity"
	}
	left := max(0, int(time.Until(k.expires).Round(time.Second).Seconds()))
	return fmt.Sprintf(`<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:%s/></D:lockscope><D:depth>%s</D:depth><D:owner>%s</D:owner><D:timeout>Second-%d</D:timeout><D:locktoken><D:href>%s</D:href></D:locktoken><D:lockroot><D:href>%s</D:href></D:lockroot></D:activelock>`,
		scope, depth, k.owner, left, k.token, escaped((&url.URL{Path: path.Join("/", k.name)}).EscapedPath()))
}

// unlock is RFC 4918 section 9.11.
func (h *handler) unlock(w http.ResponseWriter, r *request) error {
	token := strings.TrimSpace(r.Header.Get("Lock-Token"))
	if len(token) < 3 || token[0] != '<' || token[len(token)-1] != '>' {
		return &refusal{status: http.StatusBadRequest, text: "UNLOCK expects a Lock-Token header."}
	}
	if err := h.locks.release(token[1:len(token)-1], r.name, r.id.User); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
