package main

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// quietly runs a command while the kernel says nothing on the same line.
func quietly(command string) string { return "dmesg -n 1; " + command + "; dmesg -n 4" }

// doctor has ammarctl look at the cameras, while one of them is in use.
func (t *trial) doctor() {
	s, err := t.first.stream()
	if !t.check("a stream, for the doctor to find", err) {
		return
	}
	defer s.close()
	var text string
	err = poll(30*time.Second, func() (err error) { // another service may have had it just before
		if text, err = t.guest.shell(quietly("HOME=/tmp /ammarctl doctor cameras")); err != nil {
			return err
		}
		return expect(strings.Contains(text, "/dev/video1 vivid: YUYV, ") && strings.Contains(text, "NM12") &&
			strings.Contains(text, "ammar-camera, pid ") &&
			!strings.Contains(text, "/dev/video0"), "%s", text)
	})
	t.check("ammarctl doctor lists each camera, with its formats and who uses it", err, "\n"+text)
	said, err := t.guest.shell(quietly("HOME=/tmp /ammarctl doctor cameras --json"))
	var report struct {
		Findings []struct{ Area, Grade, Text string }
	}
	if err == nil {
		err = json.Unmarshal([]byte(said), &report)
	}
	t.check("and says the same as JSON", errors.Join(err,
		expect(len(report.Findings) == 3, "expected 3 cameras: %s", said)))
}
