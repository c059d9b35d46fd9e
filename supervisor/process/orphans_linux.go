package process

import (
	"bytes"
	"os"
	"slices"
	"strconv"
)

// orphans lists the children of this process that it did not start.
func (t *Table) orphans() []int {
	var found []int
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil
	}
	for _, task := range tasks {
		data, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		if err != nil {
			continue
		}
		for _, field := range bytes.Fields(data) {
			pid, err := strconv.Atoi(string(field))
			if err != nil {
				continue
			}
			if _, known := t.ours[pid]; !known {
				found = append(found, pid)
			}
		}
	}
	return found
}

// hasVariable looks into a process's initial environment, see proc(5).
func hasVariable(pid int, variable string) bool {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return false
	}
	return slices.ContainsFunc(bytes.Split(data, []byte{0}), func(kv []byte) bool { return string(kv) == variable })
}
