package status

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

// The pace of the events: at most four a second, and at least one every fifteen
// seconds, so that a broken connection is noticed.
const (
	eventGap  = 250 * time.Millisecond
	eventIdle = 15 * time.Second
	// eventStall is how long a viewer may stop reading. A sleeping phone
	// reconnects by itself.
	eventStall = 20 * time.Second
)

// events streams the page's body, rendered like the page itself.
func (h *hub) events(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	h.tell(w, r, func() []byte {
		snap, _, away := h.state()
		return renderBody(snap, away, host)
	})
}

// tell streams the result of render after each change, as server-sent events
// (WHATWG HTML, section 9.2).
func (h *hub) tell(w http.ResponseWriter, r *http.Request, render func() []byte) {
	w.Header().Set("Content-Type", "text/event-stream")
	rc := http.NewResponseController(w)
	var last []byte
	for {
		_, changed, _ := h.state()
		body := bytes.TrimSpace(render())
		event := []byte(": still here\n\n")
		if !bytes.Equal(body, last) {
			event, last = asEvent(body), body
		}
		_ = rc.SetWriteDeadline(time.Now().Add(eventStall)) // best effort: not every server supports it
		if _, err := w.Write(event); err != nil || rc.Flush() != nil {
			return
		}
		if !sleep(r, eventGap, nil) || !sleep(r, eventIdle, changed) {
			return
		}
	}
}

// asEvent puts each line of text on a data line of its own.
func asEvent(text []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		fmt.Fprintf(&b, "data: %s\n", bytes.TrimRight(line, "\r\n"))
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// sleep waits for d, or until early. It returns false if the viewer left.
func sleep(r *http.Request, d time.Duration, early <-chan struct{}) bool {
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
