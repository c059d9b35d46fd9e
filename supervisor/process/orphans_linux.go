package process

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

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
func Children() []int { return childrenOf(os.Getpid()) }

func childrenOf(pid int) []int {
	folder := "/proc/" + strconv.Itoa(pid) + "/task/"
	tasks, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var found []int
	listed := false
	for _, task := range tasks {
		data, err := os.ReadFile(folder + task.Name() + "/children")
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
	return slices.DeleteFunc(all(), func(other int) bool { return parent(other) != pid })
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

// lookFor looks into a process's initial environment, see proc(5), for all of
// variables. Between two looks it may be executed or end, so that what one has
// shown is not put together with what another has.
func lookFor(pid int, variables []string) sight {
	if len(variables) == 0 {
		return marked
	}
	path := "/proc/" + strconv.Itoa(pid) + "/environ"
	text, err := os.ReadFile(path)
	if err == nil && len(text) == 0 {
		stat, statErr := procstat.Read(pid)
		switch {
		case statErr != nil || stat.Ended():
			return ended
		case !stat.HasEnvironment():
			return executing
		}
		text, err = os.ReadFile(path) // it has been executed since, or its environment is an empty one
	}
	switch {
	case errors.Is(err, unix.ESRCH), errors.Is(err, os.ErrNotExist):
		return ended
	case err != nil:
		return unmarked // it belongs to another program
	}
	env := bytes.Split(text, []byte{0})
	for _, variable := range variables {
		if !slices.ContainsFunc(env, func(kv []byte) bool { return string(kv) == variable }) {
			return unmarked
		}
	}
	return marked
}
