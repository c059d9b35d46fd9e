//go:build linux && cgo

package camera

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func TestEnumerationAsksAgainWhenAnAnswerWasLost(t *testing.T) {
	asked := 0
	got, err := enumerate(func() (string, bool, error) {
		if asked++; asked < 3 {
			return "", false, nil
		}
		return "camera", true, nil
	})
	if got != "camera" || err != nil || asked != 3 {
		t.Errorf("%q, %v after %d questions", got, err, asked)
	}
	if _, err := enumerate(func() (int, bool, error) { return 0, false, nil }); err == nil {
		t.Error("an answer that never comes whole is no error")
	}
	if _, err := enumerate(func() (int, bool, error) { return 0, false, unix.ENODEV }); !errors.Is(err, unix.ENODEV) {
		t.Errorf("got %v", err)
	}
}
