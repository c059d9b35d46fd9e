package camera

import (
	"context"
	"net/http"
	"time"
)

// clipHandler serves /clip.mjpeg?seconds=N: all frames of the next N seconds, as
// JPEG files in sequence. ffmpeg and --source file: read that.
type clipHandler struct{ hub *hub }

func (c clipHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, err := parseQuery(r.URL.RawQuery, "seconds")
	if err == nil {
		var seconds float64
		if seconds, err = q.float("seconds", 0.1, 3600, 5); err == nil {
			c.record(w, r, time.Duration(seconds*float64(time.Second)))
			return
		}
	}
	http.Error(w, err.Error(), http.StatusBadRequest)
}

// record sends frames for the given length, which begins with the first frame.
func (c clipHandler) record(w http.ResponseWriter, r *http.Request, length time.Duration) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	name := time.Now().Format("camera-20060102-150405.mjpeg")
	if r.Method == http.MethodHead {
		header.Set("Content-Type", "video/x-motion-jpeg")
		return
	}
	defer c.hub.join(nil)()
	first, err := c.hub.snap(r.Context(), time.Now(), 0)
	if err != nil {
		return
	}
	if fault := first.fault; fault != "" {
		first.release()
		header.Set("Retry-After", "1")
		http.Error(w, "no picture: "+fault, http.StatusServiceUnavailable)
		return
	}
	header.Set("Content-Type", "video/x-motion-jpeg")
	header.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	control := http.NewResponseController(w)
	began := first.captured
	// The request ends in time even if the camera stops delivering.
	ctx, cancel := context.WithDeadline(r.Context(), began.Add(length))
	defer cancel()
	for f := first; ; {
		_ = control.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every connection has a deadline
		_, err := w.Write(f.data)
		last := f.sequence
		f.release()
		if err != nil {
			return
		}
		f, err = c.hub.after(ctx, func(f *frame) bool { return f.sequence > last && f.fault == "" })
		if err != nil {
			return
		}
	}
}
