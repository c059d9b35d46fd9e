//go:build !linux

package instance

import "os"

// Self is a path at which this program can be executed again.
func Self() (string, error) { return os.Executable() }
