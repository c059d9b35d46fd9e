package camera

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// snapshotTimeout bounds how long a snapshot waits. A camera that was closed
// needs about a second for its first frame.
const snapshotTimeout = 5 * time.Second

// snapshotHandler answers with a frame captured after the request arrived, or up
// to max_age milliseconds earlier. All waiting requests share one frame.
type snapshotHandler struct{ hub *hub }

func (s snapshotHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	maxAge, quality, err := snapshotQuery(r.URL.RawQuery)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f, err := s.hub.snap(r.Context(), arrived, maxAge)
	if err != nil {
		return // the client left
	}
	defer f.release()
	data := f.data
	if quality > 0 && quality != f.quality && f.fault == "" {
		if data, err = f.inQuality(quality); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}

	header := w.Header()
	header.Set("Content-Type", "image/jpeg")
	header.Set("Content-Length", strconv.Itoa(len(data)))
	header.Set("Cache-Control", "no-store")
	header.Set("X-Capture-Time", f.captured.UTC().Format(time.RFC3339Nano))
	age := float64(time.Since(f.captured)) / float64(time.Millisecond)
	header.Set("X-Frame-Age-Ms", strconv.FormatFloat(age, 'f', 3, 64))
	header.Set("X-Sequence", strconv.FormatUint(f.sequence, 10))
	if f.fault != "" {
		header.Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(data) // fails only if the client left
}

// snapshotQuery reads the parameters of a snapshot. A quality of 0 is the original
// frame.
func snapshotQuery(raw string) (maxAge time.Duration, quality int, err error) {
	q, err := parseQuery(raw, "max_age", "quality")
	if err != nil {
		return 0, 0, err
	}
	const day = 24 * 60 * 60 * 1000
	age, err := q.float("max_age", 0, day, 0)
	if err != nil {
		return 0, 0, err
	}
	quality, err = q.int("quality", 1, 100, 0)
	return time.Duration(age * float64(time.Millisecond)), quality, err
}

// snap returns a frame captured after the request, or up to maxAge earlier. After
// a timeout it returns a placeholder. The caller must release the frame. It fails
// only when ctx ends.
func (h *hub) snap(ctx context.Context, arrived time.Time, maxAge time.Duration) (*frame, error) {
	defer h.join(nil)()
	limited, cancel := context.WithTimeoutCause(ctx, snapshotTimeout,
		errors.New("no picture within "+snapshotTimeout.String()))
	defer cancel()
	f, err := h.after(limited, func(f *frame) bool {
		return f.captured.After(arrived) || f.fault == "" && maxAge > 0 && arrived.Sub(f.captured) <= maxAge
	})
	if err != nil && ctx.Err() == nil {
		return h.placeholder("No picture", err.Error()+" from "+h.spec), nil
	}
	return f, err
}
