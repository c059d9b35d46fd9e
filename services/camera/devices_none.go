//go:build !linux || !cgo

package camera

import "context"

// devices stands in for the machine's cameras where they cannot be reached.
type devices struct{}

func newDevices() *devices { return &devices{} }

func (*devices) list() ([]string, error) { return nil, errNoV4L2 }

func (*devices) open(context.Context, string, settings) (source, error) { return nil, errNoV4L2 }
