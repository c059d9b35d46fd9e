package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"strings"
	"time"
)

// The camera that compresses by itself is v4l2loopback, fed by this program in
// the guest.
const (
	motionWidth, motionHeight = 640, 480
	motionRate                = 20 // pictures a second
)

// motionPictures returns a function that makes the picture with a number: a
// JPEG file with the number in a comment, the same wherever it is made.
func motionPictures() (func(number uint64) []byte, error) {
	canvas := image.NewRGBA(image.Rect(0, 0, motionWidth, motionHeight))
	for y := range motionHeight {
		for x := range motionWidth {
			c := colours()[x*8/motionWidth]
			canvas.SetRGBA(x, y, color.RGBA{uint8(c[0]), uint8(c[1]), uint8(c[2]), 255})
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, canvas, &jpeg.Options{Quality: 80}); err != nil {
		return nil, err
	}
	return func(number uint64) []byte {
		out := append([]byte(nil), file.Bytes()[:2]...) // SOI
		out = append(out, 0xFF, 0xFE, 0, 10)            // COM
		out = binary.BigEndian.AppendUint64(out, number)
		return append(out, file.Bytes()[2:]...)
	}, nil
}

// motionNumber reads the number.
func motionNumber(file []byte) (uint64, error) {
	if len(file) < 14 || !bytes.Equal(file[2:6], []byte{0xFF, 0xFE, 0, 10}) {
		return 0, errors.New("the comment with the number is not there")
	}
	return binary.BigEndian.Uint64(file[6:]), nil
}

// motion looks at pictures that the camera itself compresses.
func (t *trial) motion() {
	there, err := t.guest.shell("echo $loopback")
	if err == nil && there == "" {
		fmt.Println("skip          MJPEG on the kernel's own V4L2: there is no v4l2loopback, see above")
		return
	}
	drawn, makeErr := motionPictures()
	_, feedErr := t.guest.shell(fmt.Sprintf("/check feed /dev/video10 %d >/tmp/feed.log 2>&1 & feeder=$!", motionRate))
	defer func() { _, _ = t.guest.shell("kill $feeder; wait $feeder") }()
	feeds := poll(20*time.Second, func() error {
		log, err := t.guest.shell("cat /tmp/feed.log")
		return errors.Join(err, expect(strings.Contains(log, "feeding"), "the feeder says %q", log))
	})
	err = errors.Join(err, makeErr, feedErr, feeds, t.serve("--source /dev/video10"))
	p, snapErr := t.third.snapshot()
	st, stateErr := t.third.state()
	if !t.check("a camera that compresses by itself is opened as MJPEG", errors.Join(err, snapErr, stateErr,
		expect(p.status == http.StatusOK && st.Format == "MJPEG" && st.Width == motionWidth, "status %d, %+v", p.status, st)),
		st.Status) {
		return
	}
	s, err := t.third.stream()
	if !t.check("its stream begins", err) {
		return
	}
	defer s.close()
	var last uint64
	frames, began := 0, time.Now()
	for ; err == nil && frames < 60; frames++ {
		var p picture
		var number uint64
		if p, err = s.next(); err == nil && !p.placeholder {
			number, err = motionNumber(p.data)
			err = errors.Join(err, expect(bytes.Equal(p.data, drawn(number)),
				"picture %d is not, byte for byte, what the camera gave", number),
				expect(number > last, "picture %d came after %d", number, last))
			last = number
		}
	}
	t.check("60 of its pictures arrive in order, byte for byte as they are", err,
		fmt.Sprintf("%.1f/s", float64(frames)/time.Since(began).Seconds()))

	_, stop := t.guest.shell("kill -STOP $feeder")
	silent, lost := s.wait(20*time.Second, func(p picture) bool { return p.placeholder })
	st, stateErr = t.third.state()
	t.check("its source stops: noticed without an error of the driver", errors.Join(stop, lost, stateErr,
		expect(strings.Contains(st.Error, "no picture from /dev/video10"), "%+v", st)), silent.Round(time.Millisecond))
	_, cont := t.guest.shell("kill -CONT $feeder")
	back, live := s.wait(20*time.Second, func(p picture) bool { return !p.placeholder })
	t.check("and goes on", errors.Join(cont, live), back.Round(time.Millisecond))
}
