package camera

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// registrar is the part of a server that routes need.
type registrar interface {
	Handle(pattern string, h http.Handler)
	Stream(pattern string, h http.Handler)
}

// routes registers everything that the service answers.
func routes(to registrar, h *hub) {
	to.Handle("GET /{$}", newPage())
	to.Handle("GET /cam.jpg", snapshotHandler{h})
	to.Handle("GET /state", http.HandlerFunc(h.serveState))
	to.Stream("GET /stream.mjpg", streamHandler{h})
}

func (h *hub) serveState(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(h.snapshot()) // the only error is a client that has gone
}

// snapshotWait bounds how long a snapshot waits for its picture: a camera
// that is woken needs a second or so for its first.
const snapshotWait = 3 * time.Second

// snapshotHandler answers with a picture captured after the request came in.
// All who wait get the same one, so sixteen cost no more than one.
type snapshotHandler struct{ hub *hub }

func (s snapshotHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	defer s.hub.join()()
	ctx, cancel := context.WithTimeoutCause(r.Context(), snapshotWait,
		errors.New("no picture within "+snapshotWait.String()))
	defer cancel()
	f, err := s.hub.after(ctx, func(f *frame) bool { return f.captured.After(arrived) })
	if err != nil {
		if r.Context().Err() != nil {
			return // nobody is left to answer
		}
		f = s.hub.placeholder("No picture", err.Error()+" from "+s.hub.spec)
	}
	defer f.release()

	header := w.Header()
	header.Set("Content-Type", "image/jpeg")
	header.Set("Content-Length", strconv.Itoa(len(f.data)))
	header.Set("Cache-Control", "no-store")
	header.Set("X-Capture-Time", f.captured.UTC().Format(time.RFC3339Nano))
	header.Set("X-Frame-Age-Ms", strconv.FormatFloat(float64(time.Since(f.captured))/float64(time.Millisecond), 'f', 3, 64))
	header.Set("X-Sequence", strconv.FormatUint(f.sequence, 10))
	if f.fault != "" {
		header.Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(f.data) // an error means that the client has gone
}
