package process

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/procstat"
)

// apart lists the processes of a tree that are not in its leader's group.
func (t *Table) apart(tree treeOf) []int {
	roots, _ := t.daemons(tree)
	members := append(descendants(append(roots, tree.leader)), inCgroup(tree.Cgroup)...)
	slices.Sort(members)
	return slices.DeleteFunc(slices.Compact(members), func(pid int) bool {
		group, err := unix.Getpgid(pid)
		return err != nil || group == tree.leader || pid == os.Getpid()
	})
}

// remains tells whether a process of the tree lives although its leader has
// ended. A process whose environment is not known yet counts too.
func (t *Table) remains(tree treeOf) bool {
	roots, young := t.daemons(tree)
	return young || len(roots) > 0 || slices.ContainsFunc(inCgroup(tree.Cgroup), func(pid int) bool {
		return pid != tree.leader && lives(pid)
	})
}

// daemons lists the processes of a tree whose parent has ended: each process of
// an ended leader's tree is one of them, or a descendant of one.
func (t *Table) daemons(tree treeOf) (found []int, young bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	consider := func(pid int, orphan bool) {
		if group, err := unix.Getpgid(pid); err == nil && group == tree.leader && tree.ownGroup {
			if lives(pid) {
				found = append(found, pid)
			}
			return
		}
		switch lookFor(pid, tree.Marks) {
		case marked:
			found = append(found, pid)
		case executing:
			young = young || orphan
		}
	}
	for _, pid := range t.orphans() {
		consider(pid, true)
	}
	if tree.everywhere {
		for _, pid := range strangers(t.ours) {
			consider(pid, orphaned(pid))
		}
	}
	return found, young
}

// lives tells whether a process exists and has not ended.
func lives(pid int) bool {
	stat, err := procstat.Read(pid)
	return err == nil && !stat.Ended()
}

// descendants lists these processes, their children, and so on.
func descendants(of []int) []int {
	found := slices.Clone(of)
	for i := 0; i < len(found); i++ {
		for _, child := range childrenOf(found[i]) {
			if !slices.Contains(found, child) {
				found = append(found, child)
			}
		}
	}
	return found
}

// inCgroup lists the processes of a control group.
func inCgroup(folder string) (found []int) {
	if folder == "" {
		return nil
	}
	text, _ := os.ReadFile(filepath.Join(folder, "cgroup.procs")) // none is left when it is gone
	for _, field := range bytes.Fields(text) {
		if pid, err := strconv.Atoi(string(field)); err == nil {
			found = append(found, pid)
		}
	}
	return found
}
