//go:build !linux || !cgo

package camera

import (
	"context"
	"errors"
)

// errNoV4L2 is what this build says about cameras.
var errNoV4L2 = errors.New("this build has no V4L2 support (built without cgo, or not for Linux); use --source pattern or --source file:PATH")

// devices stands in for the machine's cameras where they cannot be reached.
type devices struct{}

func newDevices() *devices { return &devices{} }

func (*devices) list() ([]string, error) { return nil, errNoV4L2 }

func (*devices) survey() ([]found, error) { return nil, errNoV4L2 }

func (*devices) nodes() []string { return nil }

func (*devices) open(context.Context, string, settings) (source, error) { return nil, errNoV4L2 }

func openPanel(string) (panel, error) { return nil, errNoV4L2 }
