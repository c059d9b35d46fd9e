//go:build !linux

package configs

// firstPort is unknown here; the service itself says when it may not listen.
func firstPort() int { return 0 }
