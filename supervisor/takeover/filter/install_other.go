//go:build !linux || !(amd64 || arm64 || arm || riscv64)

package filter

import "runtime"

// Install reports why there is no takeover on this system.
func Install(socket int, argv []string) Reason { return Probe() }

// Probe reports why there is no takeover on this system.
func Probe() Reason {
	if runtime.GOOS == "linux" {
		return Architecture
	}
	return System
}
