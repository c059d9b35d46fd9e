//go:build unix && !linux

package process

// orphans is empty: only Linux brings them to us.
func (t *Table) orphans() []int { return nil }

// Children is empty: there is no portable way to list them.
func Children() []int { return nil }

func strangers(map[int]struct{}) []int { return nil }

func orphaned(int) bool { return false }

func lookFor(int, []string) sight { return unmarked }
