package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// trial is the checks, in the order in which they build on each other. The
// first service runs with --source auto, the second with --source /dev/video1
// and a size of its own: the same camera. The third has the other camera, and is
// started anew with what a check needs.
type trial struct {
	*report
	guest *guest
	keep  string // folder for pictures; empty: none are kept

	first, second, third service
}

func (t *trial) all() {
	if _, err := t.first.until(30*time.Second, func(state) bool { return true }); !t.check("the service answers", err) {
		return
	}
	t.idle()
	t.snapshots()
	t.streaming()
	t.releasing()
	t.doctor()
	t.formats()
	t.sizes()
	t.controls()
	t.faults()
	t.motion()
	t.replugging()
	t.ending()
	t.appearing()
}

// expect makes an error of what does not hold.
func expect(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// held counts the descriptors and mappings of cameras in the first service.
func (t *trial) held() (string, error) {
	return t.guest.shell("echo $(ls -l /proc/$first/fd | grep -c /dev/video) $(grep -c /dev/video /proc/$first/maps)")
}

func (t *trial) idle() {
	st, err := t.first.state()
	t.check("nobody looks, the camera is closed", errors.Join(err, expect(st.State == "idle" && !st.Capturing, "%+v", st)))
	held, err := t.held()
	t.check("no camera is open or mapped", errors.Join(err, expect(held == "0 0", "descriptors and mappings: %s", held)))
}

func (t *trial) save(name string, p picture) {
	if t.keep == "" || len(p.data) == 0 {
		return
	}
	if err := errors.Join(os.MkdirAll(t.keep, 0o755),
		os.WriteFile(filepath.Join(t.keep, name), p.data, 0o644)); err != nil {
		fmt.Fprintln(os.Stderr, "picture not kept:", err)
	}
}

func (t *trial) snapshots() {
	began := time.Now()
	one, err := t.first.snapshot()
	took := time.Since(began)
	t.save("snapshot.jpg", one)
	t.check("a snapshot opens the camera and shows its colour bars",
		errors.Join(err, expect(one.status == http.StatusOK, "status %d", one.status), colourBars(one, 640, 480)),
		took.Round(time.Millisecond))
	st, err := t.first.state()
	t.check("auto skips the metadata node and says what the driver chose",
		errors.Join(err, expect(st.Device == "/dev/video1" && st.Card == "vivid" && st.Format == "YUYV" && st.Width == 640 &&
			st.Height == 480, "%+v", st)),
		st.Status)
	two, err := t.first.snapshot()
	t.check("the next snapshot is a newer picture",
		errors.Join(err, expect(two.sequence > one.sequence && !bytes.Equal(one.data, two.data), "sequence %d, then %d",
			one.sequence, two.sequence)))
}

func (t *trial) streaming() {
	s, err := t.first.stream()
	if !t.check("a stream begins", err) {
		return
	}
	defer s.close()
	one, errOne := s.next()
	two, errTwo := s.next()
	t.check("two frames of the stream differ, and both are the camera's",
		errors.Join(errOne, errTwo, colourBars(one, 640, 480), colourBars(two, 640, 480),
			expect(two.sequence > one.sequence && !bytes.Equal(one.data, two.data), "sequence %d, then %d", one.sequence,
				two.sequence)))
	began, frames := time.Now(), 0
	_, err = s.wait(20*time.Second, func(picture) bool { frames++; return time.Since(began) > 3*time.Second })
	st, stateErr := t.first.state()
	rate := float64(frames) / time.Since(began).Seconds()
	// How much an emulated machine can do depends on what else this one does.
	t.check("the stream flows, /state agrees", errors.Join(err, stateErr,
		expect(st.FPSNominal >= 20 && rate > 3 && st.FPS > 3, "received %.1f/s; %+v", rate, st)),
		fmt.Sprintf("received %.1f/s, captured %.1f/s, promised %.1f/s", rate, st.FPS, st.FPSNominal))
	t.check("the status line tells who looks", expect(strings.Contains(st.Status,
		"streaming /dev/video1 640x480 YUYV to 1 client"), "%q", st.Status))

	busy, err := t.second.snapshot()
	t.save("busy.jpg", busy)
	second, stateErr := t.second.state()
	pid, pidErr := t.guest.shell("echo $first")
	said := strings.Contains(second.Error, "busy") && strings.Contains(second.Error, "pid "+pid)
	t.check("a camera in use is said, with who holds it: 503 and a picture that says so",
		errors.Join(err, stateErr, pidErr,
			expect(busy.status == http.StatusServiceUnavailable && said, "status %d, error %q, holder %s", busy.status,
				second.Error, pid)), second.Error)

	t.unplug(s)
}

// unplug takes the camera away under a stream, and gives it back.
func (t *trial) unplug(s *stream) {
	type seen struct {
		after time.Duration
		err   error
	}
	gone := make(chan seen, 1)
	go func() {
		after, err := s.wait(20*time.Second, func(p picture) bool { return p.placeholder })
		gone <- seen{after, err}
	}()
	_, err := t.guest.shell("echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind")
	result := <-gone
	t.check("unplugged while streaming: the stream shows a placeholder", errors.Join(err, result.err,
		expect(result.after < 6*time.Second, "only after %v", result.after)), result.after.Round(time.Millisecond))
	st, err := t.first.state()
	t.check("/state says that it is unplugged", errors.Join(err,
		expect(st.State != "running" && st.Error != "", "%+v", st)), st.Error)
	held, err := t.held()
	t.check("nothing of the lost camera is kept", errors.Join(err,
		expect(held == "0 0", "descriptors and mappings: %s", held)))
	still, err := t.first.snapshot()
	t.save("unplugged.jpg", still)
	t.check("a snapshot meanwhile: 503 and a picture",
		errors.Join(err, expect(still.status == http.StatusServiceUnavailable, "status %d", still.status)))

	_, err = t.guest.shell("echo vivid.0 > /sys/bus/platform/drivers/vivid/bind")
	after, waitErr := s.wait(20*time.Second, func(p picture) bool {
		return !p.placeholder &&
			colourBars(p, 640, 480) == nil
	})
	t.check("plugged in again: the same stream shows the camera again", errors.Join(err, waitErr),
		after.Round(time.Millisecond))
}

// releasing looks at what is left behind when nobody looks any more.
func (t *trial) releasing() {
	st, err := t.first.until(20*time.Second, func(st state) bool { return !st.Capturing })
	t.check("the last client has gone: the camera is released after the linger", err, st.Status)
	held, err := t.held()
	t.check("released means closed", errors.Join(err, expect(held == "0 0", "descriptors and mappings: %s", held)))
	p, err := t.second.snapshot()
	t.save("second.jpg", p)
	t.check("so that another program gets it, in its own size", errors.Join(err,
		expect(p.status == http.StatusOK, "status %d", p.status), colourBars(p, 320, 180)))
}

// ending stops the service while it captures.
func (t *trial) ending() {
	s, err := t.first.stream()
	if err == nil {
		defer s.close()
		_, err = s.wait(20*time.Second, func(p picture) bool { return !p.placeholder })
	}
	began := time.Now()
	code, killErr := t.guest.shell("kill -TERM $first; wait $first; echo code $?")
	t.check("SIGTERM while streaming: it ends with code 0", errors.Join(err, killErr,
		expect(strings.Contains(code, "code 0"), "%q", code),
		expect(time.Since(began) < 6*time.Second, "after %v", time.Since(began))),
		time.Since(began).Round(time.Millisecond))
	p, err := t.second.snapshot()
	t.check("and the camera is free", errors.Join(err, expect(p.status == http.StatusOK, "status %d", p.status)))
}

// appearing plugs a camera in while the test pattern stands in for it.
func (t *trial) appearing() {
	_, err := t.guest.shell("echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind; " +
		"/ammar-camera --bind 0.0.0.0 --port 8080 --source auto 2>>/tmp/first.log & first=$!")
	if err == nil {
		_, err = t.first.until(10*time.Second, func(state) bool { return true })
	}
	s, streamErr := t.first.stream()
	if !t.check("without a camera, the service starts", errors.Join(err, streamErr)) {
		return
	}
	defer s.close()
	p, err := s.next()
	t.save("pattern.jpg", p)
	st, stateErr := t.first.state()
	t.check("auto shows the pattern and says why", errors.Join(err, stateErr,
		expect(st.Device == "pattern" && strings.Contains(st.Status, "no camera is connected"), "%+v", st)), st.Status)
	_, err = t.guest.shell("echo vivid.0 > /sys/bus/platform/drivers/vivid/bind")
	after, waitErr := s.wait(20*time.Second, func(p picture) bool { return colourBars(p, 640, 480) == nil })
	t.check("a camera is plugged in: the same stream shows it", errors.Join(err, waitErr), after.Round(time.Millisecond))
}
