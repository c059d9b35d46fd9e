//go:build !linux

package cgroup

// Tree does not exist here.
type Tree struct{}

// Find says that only Linux has control groups.
func Find() (*Tree, error) { return nil, &NotDelegatedError{"only Linux has them"} }

// Path is empty.
func (t *Tree) Path(string, string, int) string { return "" }

// Prepare has nothing to do.
func (t *Tree) Prepare() error { return nil }

// Make keeps nothing.
func (t *Tree) Make(string, Limits) (Kept, error) { return Kept{}, nil }

// Remove has nothing to do.
func Remove(string) (outOfMemory bool) { return false }
