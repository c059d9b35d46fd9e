// Package cgroup puts processes into control groups of version 2, where the
// system has given this user a part of their tree (cgroups(7), "Delegation"):
// as systemd does for a unit with Delegate=yes.
package cgroup

import "fmt"

// Limits are the limits of a group. Zero is none.
type Limits struct {
	Memory    int64   // bytes
	CPU       float64 // cores
	Processes int
}

// Kept says which limits the kernel keeps.
type Kept struct{ Memory, CPU, Processes bool }

// NotDelegatedError says why there are no groups for this process.
type NotDelegatedError struct{ Why string }

// Error says what to do, too.
func (e *NotDelegatedError) Error() string {
	return fmt.Sprintf("no control group is this process's own: %s; a systemd unit with Delegate=yes has one", e.Why)
}
