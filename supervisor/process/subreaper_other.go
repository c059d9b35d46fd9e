//go:build unix && !linux

package process

// becomeSubreaper is false: only Linux has sub-reapers.
func becomeSubreaper() (bool, error) { return false, nil }
