//go:build !linux

package camera

import (
	"context"
	"errors"
	"fmt"
)

// errNoV4L2 reports that this build has no access to cameras.
var errNoV4L2 = errors.New("cameras are reached through V4L2, which only Linux has; use --source pattern, " +
	"file:PATH, or the http:// address of a machine with a camera")

// devices replaces the access to cameras on systems without V4L2.
type devices struct{}

func newDevices() *devices { return &devices{} }

func (*devices) list() ([]string, error) { return nil, errNoV4L2 }

func (*devices) survey() ([]Device, error) { return nil, errNoV4L2 }

func (*devices) nodes() []string { return nil }

func (*devices) open(_ context.Context, path string, _ settings) (source, error) {
	return nil, fmt.Errorf("cannot open the camera %s: %w", path, errNoV4L2)
}

func openPanel(string) (panel, error) { return nil, errNoV4L2 }
