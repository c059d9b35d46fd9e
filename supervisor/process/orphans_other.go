//go:build unix && !linux

package process

// orphans is empty: only Linux brings them to us.
func (t *Table) orphans() []int { return nil }

func hasVariable(int, string) bool { return false }
