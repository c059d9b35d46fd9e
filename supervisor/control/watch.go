package control

import (
	"encoding/json"
	"net/http"
	"time"
)

// The pace of a watch: changes are gathered for minGap, and a snapshot comes
// after maxGap even without any.
const (
	minGap = 100 * time.Millisecond
	maxGap = time.Second
)

// watch writes snapshots. The engine only ever sets a flag for it. A client that does
// not read delays no one and is dropped.
func (s *Server) watch(w http.ResponseWriter, r *http.Request) error {
	changed, cancel := s.engine.Subscribe()
	defer cancel()
	out := newStream(w, s.stall)
	for {
		if out.write(s.current()) != nil || out.flush() != nil {
			return nil // the client left, or reads nothing
		}
		if !pause(r, minGap, nil) || !pause(r, maxGap-minGap, changed) {
			return nil
		}
	}
}

// pause waits for d, or until early; false when the client has left.
func pause(r *http.Request, d time.Duration, early <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-timer.C:
	case <-early:
	}
	return true
}

// stream writes an endless answer, one JSON value a line.
type stream struct {
	enc      *json.Encoder
	rc       *http.ResponseController
	patience time.Duration
}

func newStream(w http.ResponseWriter, patience time.Duration) *stream {
	w.Header().Set("Content-Type", "application/x-ndjson")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &stream{enc: enc, rc: http.NewResponseController(w), patience: patience}
}

// write adds one value. It fails if the client has read nothing for the stream's
// patience.
func (s *stream) write(v any) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(s.patience)); err != nil {
		return err
	}
	return s.enc.Encode(v)
}

func (s *stream) flush() error { return s.rc.Flush() }
