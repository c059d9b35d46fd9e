//go:build unix

package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

// The previous version wrote records without the first line of fixed length.
// They had the readiness in the file's permission bits, and each status in a
// line at the end. Processes that it started are adopted like any others.
const (
	headlessReady     fs.FileMode = 0o100
	headlessAnnounced fs.FileMode = 0o010
	headlessStatus                = "status "
)

func isHeadless(text []byte) bool { return bytes.HasPrefix(text, []byte("{")) }

func parseHeadless(text []byte, mode fs.FileMode) (Record, error) {
	r, rest, err := parseLaunch(text)
	r.Ready, r.Announced = mode&headlessReady != 0, mode&headlessAnnounced != 0
	for line := range bytes.Lines(rest) {
		if status, is := bytes.CutPrefix(line, []byte(headlessStatus)); is && bytes.HasSuffix(line, []byte("\n")) {
			r.Status = string(bytes.TrimSuffix(status, []byte("\n")))
		}
	}
	return r, err
}

// addHead converts the signed record at path if the previous version wrote it.
// The file is replaced in one step.
func addHead(path string) error {
	text, err := os.ReadFile(path)
	if err != nil || !isHeadless(text) {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	r, err := parseHeadless(text, info.Mode())
	if err != nil {
		return err
	}
	ready := byte(notReady)
	switch {
	case r.Announced:
		ready = announcedReady
	case r.Ready:
		ready = observedReady
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	converted := append(recordHead(ready, r.Status), append(line, '\n')...)
	converted = append(converted, r.Identity.line()...)
	if err := os.WriteFile(path+".new", converted, 0o600); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	return os.Rename(path+".new", path)
}
