//go:build unix && !linux

package process

import "syscall"

// apart is empty: only Linux shows the processes of a tree.
func (t *Table) apart(treeOf) []int { return nil }

// remains tells whether a process of the leader's group lives. An ended process
// does not count for kill(2) here.
func (t *Table) remains(tree treeOf) bool { return syscall.Kill(-tree.leader, 0) == nil }
