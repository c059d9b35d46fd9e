package peer

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Group lists the processes of a process group.
func Group(id int) []int {
	return list(func(_ int, fields []string) bool { return fields[2] == strconv.Itoa(id) })
}

// Children lists the processes whose parent is pid.
func Children(pid int) []int {
	return list(func(_ int, fields []string) bool { return fields[1] == strconv.Itoa(pid) })
}

// Tree lists pid and its descendants, without those (and what is below them)
// whose name is among the leaves.
func Tree(pid int, leaves ...string) []int {
	pids := []int{pid}
	for _, child := range Children(pid) {
		leaf := false
		for _, l := range leaves {
			leaf = leaf || Name(child) == l
		}
		if !leaf {
			pids = append(pids, Tree(child, leaves...)...)
		}
	}
	return pids
}

// Name is the process's name as the kernel has it, at most 15 bytes.
func Name(pid int) string {
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return strings.TrimSpace(string(name))
}

// list finds processes by the fields of proc_pid_stat(5) after the name.
func list(want func(pid int, fields []string) bool) []int {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(filepath.Base(e))
		if err != nil {
			continue
		}
		if fields := stat(pid); len(fields) > 12 && want(pid, fields) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func stat(pid int) []string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
}

// CPU is what the processes have used so far, user and system. The unit is
// the clock tick, a hundredth of a second. Processes that are gone count 0.
func CPU(pids []int) time.Duration {
	var ticks int64
	for _, pid := range pids {
		if fields := stat(pid); len(fields) > 12 {
			user, _ := strconv.ParseInt(fields[11], 10, 64)
			system, _ := strconv.ParseInt(fields[12], 10, 64)
			ticks += user + system
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// PSS is the memory of the processes in KiB, shared pages divided among those
// who share them.
func PSS(pids []int) int { return sum(pids, "smaps_rollup", "Pss:") }

// Switches is how often the processes' threads were given a processor so far.
func Switches(pids []int) int {
	return sum(pids, "task/*/status", "voluntary_ctxt_switches:") +
		sum(pids, "task/*/status", "nonvoluntary_ctxt_switches:")
}

func sum(pids []int, pattern, key string) int {
	total := 0
	for _, pid := range pids {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/%s", pid, pattern))
		for _, f := range files {
			data, _ := os.ReadFile(f)
			for line := range strings.Lines(string(data)) {
				if rest, ok := strings.CutPrefix(line, key); ok {
					n, _ := strconv.Atoi(strings.Fields(rest)[0])
					total += n
				}
			}
		}
	}
	return total
}
