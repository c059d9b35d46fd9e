package sample

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// clockTick is the unit of utime and stime in proc(5): USER_HZ is 100 on
// every architecture that Go runs on.
const clockTick = 10 * time.Millisecond

// usage is what processes cost.
type usage struct {
	cpu time.Duration
	rss int64
}

// groupUsage adds up the process group of pid, so that a service's own children count
// as the service. Processes that have just ended count as nothing.
func groupUsage(pid int) usage {
	if pid <= 0 {
		return usage{}
	}
	first, ok := statOf(pid)
	if !ok {
		return usage{}
	}
	total := first.usage
	// Walking /proc costs more than the rest of a sample together; a process
	// without children needs no walk.
	for _, child := range childrenOf(pid, nil) {
		if st, ok := statOf(child); ok && st.group == first.group {
			total.cpu += st.cpu
			total.rss += st.rss
		}
	}
	return total
}

type stat struct {
	usage
	group int
}

// statOf reads /proc/PID/stat, see proc(5).
func statOf(pid int) (stat, bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	// The command, in parentheses, may hold anything; fields count from
	// behind it: state is field 3.
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return stat{}, false
	}
	fields := bytes.Fields(data[end+1:])
	if len(fields) < 22 {
		return stat{}, false
	}
	field := func(n int) int64 {
		v, _ := strconv.ParseInt(string(fields[n-3]), 10, 64)
		return v
	}
	return stat{
		group: int(field(5)),
		usage: usage{
			cpu: time.Duration(field(14)+field(15)) * clockTick,
			rss: field(24) * int64(os.Getpagesize()),
		},
	}, true
}

// childrenOf appends the descendants of pid.
func childrenOf(pid int, to []int) []int {
	tasks, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	if err != nil {
		return to
	}
	for _, task := range tasks {
		data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + task.Name() + "/children")
		if err != nil {
			continue
		}
		for _, field := range bytes.Fields(data) {
			child, err := strconv.Atoi(string(field))
			if err != nil {
				continue
			}
			to = childrenOf(child, append(to, child))
		}
	}
	return to
}
