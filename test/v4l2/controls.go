package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// control is the part of /controls that is checked.
type control struct {
	ID                       string
	Type                     string
	Min, Max, Default, Value int
	Menu                     []struct{ Name string }
}

// set posts settings, and returns the status and the body.
func (s service) set(settings string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.addr+"/controls", strings.NewReader(settings))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// press sets a control that must be accepted.
func (s service) press(id string, value int) error {
	status, body, err := s.set(fmt.Sprintf(`{"id": %q, "value": %d}`, id, value))
	return errors.Join(err, expect(status == http.StatusOK, "%s: status %d: %s", id, status, bytes.TrimSpace(body)))
}

// knobs lists the controls by id.
func (s service) knobs() (map[string]control, error) {
	_, _, body, err := s.get("/controls")
	var list struct{ Controls []control }
	if err == nil {
		err = json.Unmarshal(body, &list)
	}
	byID := map[string]control{}
	for _, c := range list.Controls {
		byID[c.ID] = c
	}
	return byID, err
}

func (t *trial) controls() {
	err := t.serve("--source /dev/video2 --warm-up 0 --width 320 --height 180")
	knobs, listErr := t.third.knobs()
	brightness, flip, pattern := knobs["brightness"], knobs["horizontal_flip"], knobs["test_pattern"]
	t.check("the controls are listed, with range, default and menu, while the camera is closed", errors.Join(err, listErr,
		expect(brightness.Type == "int" && brightness.Max == 255 && brightness.Default == 128, "brightness: %+v", brightness),
		expect(flip.Type == "bool" && flip.Value == 0, "horizontal_flip: %+v", flip),
		expect(pattern.Type == "menu" && len(pattern.Menu) > 5 && strings.Contains(pattern.Menu[0].Name, "Colorbar"),
			"test_pattern: %+v", pattern)),
		fmt.Sprintf("%d controls", len(knobs)))

	s, err := t.third.stream()
	if !t.check("a stream to see them by", err) {
		return
	}
	defer s.close()
	_, before := s.wait(20*time.Second, func(p picture) bool { return colourBars(p, 320, 180) == nil })
	err = t.third.press("horizontal_flip", 1)
	_, seen := s.wait(20*time.Second, func(p picture) bool { return colours().mirrored().in(p, 320, 180) == nil })
	knobs, listErr = t.third.knobs()
	t.check("a control is set under a stream, reads back, and shows in the picture",
		errors.Join(before, err, seen, listErr,
			expect(knobs["horizontal_flip"].Value == 1, "reads back: %+v", knobs["horizontal_flip"])))

	for settings, want := range map[string]string{
		`{"id": "brightness", "value": 256}`:                                      "expected 0 to 255, got 256",
		`{"id": "sharpness", "value": 1}`:                                         "no such control",
		`[{"id": "brightness", "value": 9}, {"id": "test_pattern", "value": 99}]`: "expected one of",
	} {
		status, body, err := t.third.set(settings)
		t.check("refused: "+settings, errors.Join(err, expect(status == http.StatusBadRequest &&
			strings.Contains(string(body), want), "status %d: %s", status, body)))
	}
	knobs, err = t.third.knobs()
	t.check("of a list that is refused nothing is set",
		errors.Join(err, expect(knobs["brightness"].Value == 128, "%+v", knobs["brightness"])))

	_, out := t.guest.shell("echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind")
	_, lost := s.wait(20*time.Second, func(p picture) bool { return p.placeholder })
	_, in := t.guest.shell("echo vivid.0 > /sys/bus/platform/drivers/vivid/bind")
	_, back := s.wait(20*time.Second, func(p picture) bool { return colours().mirrored().in(p, 320, 180) == nil })
	t.check("unplugged, the camera forgets; plugged in again, its controls are set as they were",
		errors.Join(out, lost, in, back))
	t.check("and as it was before", t.third.press("horizontal_flip", 0))
}
