//go:build unix

package process

import "golang.org/x/sys/unix"

// Members lists the processes of a launch: those of the group that leader
// leads, and those that have all of the variables in the environment with which
// they were executed. leader is 0 when it is not known. Only Linux knows the
// others.
func Members(leader int, variables []string) []int {
	var found []int
	for _, pid := range strangers(map[int]struct{}{}) {
		group, err := unix.Getpgid(pid)
		switch {
		case err != nil:
		case leader > 0 && group == leader, len(variables) > 0 && lookFor(pid, variables) == marked:
			found = append(found, pid)
		}
	}
	return found
}
