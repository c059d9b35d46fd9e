package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	// unplugs is how often cameras are taken away altogether; both at once.
	unplugs = 100
	// patience bounds what that takes. A machine that is too slow for all of
	// them in this time does enough of them to show a leak.
	patience    = 30 * time.Second
	fewestTimes = 10
)

// replugging takes both cameras away under a stream each, and gives them back, many
// times, and looks for what is left behind.
func (t *trial) replugging() {
	err := t.serve("--source /dev/video2 --warm-up 0 --width 320 --height 180")
	both := []service{t.second, t.third}
	held := func() (string, error) {
		// Connections come and go as these checks ask.
		return t.guest.shell("for p in $second $third; do echo $(ls -l /proc/$p/fd | grep -v socket: | grep -c -e " +
			"'->') descriptors, $(grep -c /dev/video /proc/$p/maps) mappings\\;; done")
	}
	idle := func() (err error) {
		for _, s := range both {
			_, e := s.until(20*time.Second, func(st state) bool { return !st.Capturing && st.Clients == 0 })
			err = errors.Join(err, e)
		}
		return err
	}
	// What is made once, with the first stream, is no leak.
	warm := errors.Join(t.under(both, func([]*stream) error { return nil }), idle())
	before, beforeErr := held()
	done := 0
	var longest time.Duration
	err = errors.Join(err, warm, t.under(both, func(streams []*stream) error {
		for began := time.Now(); done < unplugs && (done < fewestTimes ||
			time.Since(began) < patience); done += len(streams) {
			_, out := t.guest.shell("echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind")
			_, lost := waitAll(streams, func(p picture) bool { return p.placeholder })
			_, in := t.guest.shell("echo vivid.0 > /sys/bus/platform/drivers/vivid/bind")
			back, live := waitAll(streams, func(p picture) bool { return !p.placeholder })
			longest = max(longest, back)
			if err := errors.Join(out, lost, in, live); err != nil {
				return fmt.Errorf("after %d unplugs: %w", done, err)
			}
		}
		return nil
	}), idle())
	var now string
	same := poll(20*time.Second, func() (err error) {
		now, err = held()
		return errors.Join(err, expect(now == before, "before: %q after: %q", before, now))
	})
	t.check("unplugged many times under a stream, each time it is live again, and nothing is left behind",
		errors.Join(err, beforeErr, same), fmt.Sprintf("%d unplugs; live again after %v at most; %s", done,
			longest.Round(time.Millisecond), strings.ReplaceAll(now, "\n", " ")))
}

// under runs do with a live stream of each service.
func (t *trial) under(services []service, do func([]*stream) error) error {
	var streams []*stream
	for _, s := range services {
		opened, err := s.stream()
		if err != nil {
			return err
		}
		defer opened.close()
		streams = append(streams, opened)
	}
	if _, err := waitAll(streams, func(p picture) bool { return !p.placeholder }); err != nil {
		return err
	}
	return do(streams)
}

// waitAll waits for a picture that ok accepts on each stream, and returns how
// long the last took.
func waitAll(streams []*stream, ok func(picture) bool) (longest time.Duration, err error) {
	type result struct {
		took time.Duration
		err  error
	}
	results := make(chan result, len(streams))
	for _, s := range streams {
		go func() {
			took, err := s.wait(20*time.Second, ok)
			results <- result{took, err}
		}()
	}
	for range streams {
		r := <-results
		longest, err = max(longest, r.took), errors.Join(err, r.err)
	}
	return longest, err
}
