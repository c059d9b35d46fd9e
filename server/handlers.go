package server

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// pooled runs its handler on a worker of the pool.
type pooled struct {
	server  *Server
	handler http.Handler
}

func (h pooled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.server.pool.acquire(r.Context()); err != nil {
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "503 "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer h.server.pool.release()
	h.handler.ServeHTTP(w, r)
}

// streamed runs its handler outside of the pool, until the drain.
type streamed struct {
	server  *Server
	handler http.Handler
}

func (h streamed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rw, ok := w.(*response); ok {
		rw.stream = true
	}
	count := h.server.count
	defer count.streams.Add(-1)
	if n := count.streams.Add(1); n > h.server.cfg.maxStreams() {
		count.streamsRefused.Add(1)
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "503 all "+strconv.FormatInt(n-1, 10)+" streams that this service offers at once are in use",
			http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	control := http.NewResponseController(w)
	ended := make(chan struct{})
	stop := context.AfterFunc(h.server.drain, func() {
		defer close(ended)
		cancel()
		// A handler that waits for a client who does not read must end too.
		_ = control.SetWriteDeadline(time.Now().Add(time.Second))
	})
	defer func() {
		if !stop() {
			<-ended // w is not to be touched after this returns
		}
	}()
	h.handler.ServeHTTP(w, r.WithContext(ctx))
}
