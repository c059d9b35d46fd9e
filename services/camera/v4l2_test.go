//go:build linux && cgo

package camera

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
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

func TestFileThatIsNoCameraIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "video0")
	if err := os.WriteFile(path, []byte("no camera"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := newDevices().open(t.Context(), path, settings{})
	if err == nil || !strings.Contains(err.Error(), "cannot open the camera "+path) {
		t.Errorf("got %v", err)
	}
}

func TestRefusalSaysWhatCanBeDone(t *testing.T) {
	for err, want := range map[error]string{
		unix.ENOENT: "is it plugged in?",
		unix.EACCES: "is this user in the group video?",
		unix.EBUSY:  "another program uses it",
		unix.EIO:    "cannot open the camera /dev/video-test: input/output error",
	} {
		if got := refusal("/dev/video-test", err).Error(); !strings.Contains(got, want) || !errors.Is(refusal("/dev/video-test", err), err) {
			t.Errorf("%v: %q lacks %q", err, got, want)
		}
	}
}
