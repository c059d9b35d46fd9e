package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// serve starts the third service anew, with flags of its own.
func (t *trial) serve(flags string) error {
	if _, err := t.guest.shell("serve " + flags); err != nil {
		return err
	}
	// The one before has ended by then, so whoever answers is the new one.
	_, err := t.third.until(20*time.Second, func(state) bool { return true })
	return err
}

// formats has the camera deliver each pixel format that the service
// compresses, and compares what comes out with what vivid draws.
func (t *trial) formats() {
	_, _, body, err := t.first.get("/devices")
	var list struct {
		Devices []struct {
			Device  string
			Formats []struct {
				Format string
				Usable bool
				Sizes  []string
			}
		}
	}
	if err == nil {
		err = json.Unmarshal(body, &list)
	}
	offered := map[string][]string{}
	for _, d := range list.Devices {
		for _, f := range d.Formats {
			if f.Usable && (d.Device == "/dev/video2" || d.Device == "/dev/video3" && apart(f.Format)) {
				offered[f.Format] = f.Sizes
			}
		}
	}
	all := []string{"YUYV", "UYVY", "NV12", "YU12", "NM12", "YM12", "GREY", "RGB3", "BGR3"}
	for _, f := range all {
		err = errors.Join(err, expect(slices.Contains(offered[f], "1280x720"), "%s: sizes %v", f, offered[f]))
	}
	t.check("/devices lists the cameras with each format that can be served, and its sizes", errors.Join(err,
		expect(len(list.Devices) == 3, "expected 3 cameras: %s", body)))

	for _, f := range append(all, "NV12 of the multi-planar camera", "YUYV of the multi-planar camera") {
		f, planar, _ := strings.Cut(f, " ")
		device := "/dev/video2"
		if planar != "" || apart(f) {
			device = "/dev/video3"
		}
		err := t.serve("--source " + device + " --format " + f + " --width 640 --height 480")
		p, snapErr := t.third.snapshot()
		st, stateErr := t.third.state()
		t.save("format-"+f+device[len("/dev/video"):]+".jpg", p)
		want := colours()
		if f == "GREY" {
			want = want.grey()
		}
		t.check("the colours are right from "+strings.TrimSpace(f+" "+planar),
			errors.Join(err, snapErr, stateErr, want.in(p, 640, 480),
				expect(p.status == http.StatusOK && st.Format == f && st.Device == device, "status %d, %+v", p.status, st)))
	}
}

// apart tells whether the planes of a format lie in memories of their own.
func apart(format string) bool { return format == "NM12" || format == "YM12" }

// sizes asks for sizes that the camera has, and for one that it has not.
func (t *trial) sizes() {
	for _, c := range []struct {
		format, asked string
		width, height int
	}{
		{"YUYV", "--width 320 --height 180", 320, 180},
		{"YUYV", "--width 641 --height 479", 640, 480},
		{"YUYV", "--width 1280 --height 720", 1280, 720},
		{"NV12", "--width 320 --height 180", 320, 180},
		{"YU12", "--height 360", 640, 360},
		{"BGR3", "--width 1000 --height 9999", 1280, 720},
	} {
		err := t.serve("--source /dev/video2 --warm-up 0 --format " + c.format + " " + c.asked)
		p, snapErr := t.third.snapshot()
		st, stateErr := t.third.state()
		t.check(fmt.Sprintf("asked for %s %s, the camera delivers %dx%d", c.format, strings.ReplaceAll(c.asked, "--", ""),
			c.width, c.height),
			errors.Join(err, snapErr, stateErr, colourBars(p, c.width, c.height),
				expect(st.Width == c.width && st.Height == c.height, "%+v", st)))
	}
}
