package process

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/ammarctl/ammarctl/supervisor/procstat"
)

// orphans lists the children of this process that it did not start.
func (t *Table) orphans() []int {
	var found []int
	for _, pid := range Children() {
		_, known := t.ours[pid]
		if other, spared := t.others[pid]; !known && !(spared && other.Alive()) {
			found = append(found, pid)
		}
	}
	return found
}

// Children lists the children of this process, those that ended included. A
// kernel without CONFIG_PROC_CHILDREN does not list them, so that all
// processes have to be asked for their parent.
func Children() []int {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil
	}
	var found []int
	listed := false
	for _, task := range tasks {
		data, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		if err != nil {
			continue
		}
		listed = true
		for _, field := range bytes.Fields(data) {
			if pid, err := strconv.Atoi(string(field)); err == nil {
				found = append(found, pid)
			}
		}
	}
	if listed {
		return found
	}
	return slices.DeleteFunc(all(), func(pid int) bool { return parent(pid) != os.Getpid() })
}

// strangers lists every process but this one and those in ours.
func strangers(ours map[int]struct{}) []int {
	known := maps.Clone(ours)
	known[os.Getpid()] = struct{}{}
	return slices.DeleteFunc(all(), func(pid int) bool { _, is := known[pid]; return is })
}

func all() []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			found = append(found, pid)
		}
	}
	return found
}

// orphaned tells whether a process is where those of adopted processes go: to
// the keeper, which is this process's parent, or to the system's first process.
func orphaned(pid int) bool {
	of := parent(pid)
	return of == 1 || of == os.Getppid()
}

// parent is 0 when the process is gone.
func parent(pid int) int {
	stat, err := procstat.Read(pid)
	if err != nil {
		return 0
	}
	ppid, _ := stat.Parent()
	return ppid
}

// hasVariables looks into a process's initial environment, see proc(5).
func hasVariables(pid int, variables []string) bool {
	if len(variables) == 0 {
		return true
	}
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return false
	}
	env := bytes.Split(data, []byte{0})
	for _, variable := range variables {
		if !slices.ContainsFunc(env, func(kv []byte) bool { return string(kv) == variable }) {
			return false
		}
	}
	return true
}

// beingExecuted tells whether a process has no environment yet: between the
// moment at which execve(2) closes its parent's descriptors and the end of it,
// the new program has none. One that has an empty one is not meant.
func beingExecuted(pid int) bool {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil || len(data) > 0 {
		return false
	}
	stat, err := procstat.Read(pid)
	return err == nil && !stat.Ended() && !stat.HasEnvironment()
}
