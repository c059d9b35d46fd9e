//go:build unix && !linux

package launch

func defaultSignals() {}
