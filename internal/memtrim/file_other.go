//go:build !linux

package memtrim

// dropFile does nothing: the system keeps what it likes.
func dropFile() {}
