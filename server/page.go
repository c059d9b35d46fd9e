package server

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// Page is a dynamic response: the same for every client, or with Each one for
// each.
type Page struct {
	// Every is how long a rendering serves; 0 renders for each request, though
	// requests that come while one renders share it.
	Every       time.Duration
	ContentType string
	// Render makes the page. Its context ends with the server, not with the
	// client that happened to ask first.
	Render func(ctx context.Context) ([]byte, error)
	// Each makes the page for one client instead. It is called for every request, and
	// its result is not kept. Every and Render are not used then.
	Each func(r *http.Request) ([]byte, error)
}

// Page registers p for GET and HEAD of pattern, a path in the syntax of
// net/http's ServeMux without a method.
func (s *Server) Page(pattern string, p Page) {
	s.Handle("GET "+pattern, &pageHandler{server: s, page: p, path: fixedPath(pattern)})
}

// fixedPath is the one path that pattern matches, or "" when it matches many.
func fixedPath(pattern string) string {
	path := strings.TrimSuffix(pattern, "{$}")
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "{") || (path == pattern && strings.HasSuffix(path, "/")) {
		return ""
	}
	return path
}

type pageHandler struct {
	server *Server
	page   Page
	path   string
	flight singleflight.Group
	last   atomic.Pointer[rendering]
}

type rendering struct {
	entry   Entry
	expires time.Time
}

func (h *pageHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.page.Each != nil {
		h.serveEach(w, r)
		return
	}
	got := h.last.Load()
	if got == nil || !time.Now().Before(got.expires) {
		select {
		case result := <-h.flight.DoChan("", h.render):
			if result.Err != nil {
				h.server.log.Error("cannot render a page", "path", r.URL.Path, "id", requestID(w, r), "error", result.Err)
				failed(w, r)
				return
			}
			got = result.Val.(*rendering)
		case <-r.Context().Done():
			return
		}
	}
	got.entry.ServeHTTP(w, r)
}

func (h *pageHandler) serveEach(w http.ResponseWriter, r *http.Request) {
	body, err := h.page.Each(r)
	if err != nil {
		h.server.log.Error("cannot render a page", "path", r.URL.Path, "id", requestID(w, r), "error", err)
		failed(w, r)
		return
	}
	e := Entry{ContentType: h.page.ContentType, Body: body}
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	e.ServeHTTP(w, r)
}

func (h *pageHandler) render() (_ any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if got := h.last.Load(); got != nil && time.Now().Before(got.expires) {
		return got, nil // rendered while this call was on its way
	}
	started := time.Now()
	body, err := h.page.Render(h.server.life)
	if err != nil {
		return nil, err
	}
	got := &rendering{
		entry:   Entry{ContentType: h.page.ContentType, Body: body, Header: http.Header{"Cache-Control": {"no-cache"}}},
		expires: started.Add(h.page.Every),
	}
	if h.page.Every > 0 {
		h.last.Store(got)
		if h.path != "" {
			h.server.cache.put(h.path, got.entry, got.expires)
		}
	}
	return got, nil
}
