package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// faults has the driver itself fail, in each way that vivid offers: they are
// buttons among its controls.
func (t *trial) faults() {
	if err := t.serve("--source /dev/video2 --warm-up 0 --width 320 --height 180"); err != nil {
		t.check("a service for the faults", err)
		return
	}
	for _, f := range []struct{ button, says string }{
		{"inject_vidioc_reqbufs_error", "no buffers"},
		{"inject_vidioc_qbuf_error", "buffer 1 of "},
		{"inject_vidioc_streamon_error", "it does not start"},
	} {
		_, idle := t.third.until(20*time.Second, func(st state) bool { return !st.Capturing && st.Clients == 0 })
		err := t.third.press(f.button, 1)
		refused, snapErr := t.third.snapshot()
		st, stateErr := t.third.state()
		again, againErr := t.third.snapshot()
		t.check(f.button+": 503 that says so, and the next try works", errors.Join(idle, err, snapErr, stateErr, againErr,
			expect(refused.status == http.StatusServiceUnavailable && strings.Contains(st.Error+st.Status, f.says),
				"status %d, %+v", refused.status, st),
			expect(again.status == http.StatusOK, "then status %d", again.status), colourBars(again, 320, 180)), st.Status)
	}

	s, err := t.third.stream()
	if !t.check("a stream for the faults that come while it runs", err) {
		return
	}
	defer s.close()
	_, live := s.wait(20*time.Second, alive)
	err = t.third.press("inject_v4l2_buf_flag_error", 1)
	st, damaged := t.third.until(20*time.Second, func(st state) bool { return st.Drops.Damaged > 0 })
	t.check("a buffer that the driver calls damaged is counted and not shown; the stream goes on",
		errors.Join(live, err, damaged,
			expect(st.State == "running", "%+v", st)), fmt.Sprintf("%d damaged", st.Drops.Damaged))

	for _, f := range []struct{ button, says string }{
		{"inject_vidioc_qbuf_error", "stopped"},
		{"inject_fatal_streaming_error", "stopped"},
		{"disconnect", "unplugged"},
	} {
		// The answer may come from a device that is no more.
		_, _, err := t.third.set(fmt.Sprintf(`{"id": %q, "value": 1}`, f.button))
		lost, lostErr := s.wait(20*time.Second, func(p picture) bool { return p.placeholder })
		st, stateErr := t.third.state()
		back, backErr := s.wait(20*time.Second, alive)
		t.check(f.button+" under a stream: a placeholder, and the same stream is live again",
			errors.Join(err, lostErr, stateErr, backErr),
			fmt.Sprintf("%v and %v: %s", lost.Round(time.Millisecond), back.Round(time.Millisecond), st.Error))
		if st.Error != "" { // it may be live again by then
			t.check("and the reason is said", expect(strings.Contains(st.Error, f.says), "%q", st.Error))
		}
	}

	err = t.third.press("percentage_of_dropped_buffers", 100)
	silent, lostErr := s.wait(20*time.Second, func(p picture) bool { return p.placeholder })
	st, stateErr := t.third.state()
	t.check("a camera that delivers nothing any more is noticed", errors.Join(err, lostErr, stateErr,
		expect(strings.Contains(st.Error, "no picture from /dev/video2 for"), "%q", st.Error)),
		silent.Round(time.Millisecond), " ", st.Error)
	err = t.third.press("percentage_of_dropped_buffers", 0)
	back, backErr := s.wait(20*time.Second, alive)
	t.check("and shown again when it does", errors.Join(err, backErr), back.Round(time.Millisecond))
}

// alive tells whether p is the camera's picture at 320x180.
func alive(p picture) bool { return !p.placeholder && colourBars(p, 320, 180) == nil }
