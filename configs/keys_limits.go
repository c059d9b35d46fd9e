package configs

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits are what a service may take of the machine. Zero is no limit.
type Limits struct {
	Threads   int     // GOMAXPROCS
	Nice      int     // -20 to 19; negative ones are for root
	Memory    int64   // bytes
	CPU       float64 // cores; needs a control group
	CPUs      []int   // the processors that it may run on
	OpenFiles int     // of each process
	Processes int     // of the user
}

// Logs bound what is kept of a service's output.
type Logs struct {
	Size  int64         // bytes of a file
	Age   time.Duration // of a file
	Total int64         // bytes of all files together
}

func limitKeys() []Key {
	return []Key{
		{Name: "limits.threads", Example: "2", Unit: "threads", Exports: everywhere(to("GOMAXPROCS")),
			Doc:   "Threads that run Go code at once (GOMAXPROCS), for programs written in Go.",
			Value: number(func(s *Service) *int { return &s.Limits.Threads }, 0, 1, 4096)},
		{Name: "limits.nice",
			Exports: onlySystemd("there are shares of processors instead (limits.cpu)", to("Nice")),
			Doc:     "How much it gives way to other processes, up to 19; below 0 is for root.",
			Value:   number(func(s *Service) *int { return &s.Limits.Nice }, 0, -20, 19)},
		{Name: "limits.memory", Example: `"128MiB"`,
			Exports: Exports{to("mem_limit"), to("limits"), to("MemoryMB"), to("MemoryMax")},
			Doc: "Memory of all its processes together. In a control group the system enforces it; " +
				"elsewhere the service is restarted when it is found to use more.",
			Value: size(func(s *Service) *int64 { return &s.Limits.Memory }, 0, 1<<20)},
		{Name: "limits.cpu", Example: "0.5",
			Exports: Exports{to("cpus"), to("limits"), to("CPU"), to("CPUQuota")},
			Doc: "Time on processors, in cores. Needs a control group: version 2 of them, delegated to this user, " +
				"as under systemd.",
			Value: field[float64]{typ: "cores", at: func(s *Service) *float64 { return &s.Limits.CPU }, safe: true,
				parse: func(to *float64, _ *Service, v any) error { return setCPU(to, v) }}},
		{Name: "limits.cpus", Example: `"0,2-3"`,
			Exports: Exports{to("cpuset"), lost("the kubelet assigns processors, by its CPU manager's policy"),
				lost("Nomad assigns cores itself"), to("CPUAffinity")},
			Doc: "The processors that it may run on, from 0.",
			Value: field[[]int]{typ: "numbers", at: func(s *Service) *[]int { return &s.Limits.CPUs }, safe: true,
				parse: func(to *[]int, _ *Service, v any) error { return setCPUs(to, v) }}},
		{Name: "limits.open_files", Example: "1024",
			Exports: Exports{to("ulimits"), lost("the container runtime sets it for a node"), to("ulimit"), to("LimitNOFILE")},
			Doc:     "Descriptors that each of its processes may have open.",
			Value:   number(func(s *Service) *int { return &s.Limits.OpenFiles }, 0, 16, 1<<20)},
		{Name: "limits.processes", Example: "64",
			Exports: Exports{to("pids_limit"), lost("the kubelet sets it for a node: podPidsLimit"), to("pids_limit"),
				to("TasksMax")},
			Doc: "Processes and threads: its own in a control group, elsewhere all of its user's, " +
				"and root's are not limited.",
			Value: number(func(s *Service) *int { return &s.Limits.Processes }, 0, 1, 1<<22)},
	}
}

func logKeys() []Key {
	journal := lost("the journal has limits of its own, journald.conf(5)")
	return []Key{
		{Name: "logs.size",
			Exports: Exports{to("max-size"), lost("the kubelet sets it for a node: containerLogMaxSize"), to("MaxFileSizeMB"),
				journal},
			Doc:   "A log file that is larger is put aside, compressed.",
			Value: size(func(s *Service) *int64 { return &s.Logs.Size }, 8<<20, 4<<10)},
		{Name: "logs.age",
			Exports: Exports{lost("Docker puts logs aside by their size"), lost("the kubelet puts logs aside by their size"),
				lost("Nomad puts logs aside by their size"), journal},
			Doc:   "A log file whose first line is older is put aside too.",
			Value: span(func(s *Service) *time.Duration { return &s.Logs.Age }, 24*time.Hour, time.Second)},
		{Name: "logs.total",
			Exports: Exports{to("max-file"), lost("the kubelet sets it for a node: containerLogMaxFiles"), to("MaxFiles"),
				journal},
			Doc:   "The size of all its log files together; beyond it the oldest are removed.",
			Value: size(func(s *Service) *int64 { return &s.Logs.Total }, 64<<20, 8<<10)},
	}
}

func setCPU(to *float64, v any) error {
	var cores float64
	switch v := v.(type) {
	case int64:
		cores = float64(v)
	case float64:
		cores = v
	}
	if !(cores >= 0.01 && cores <= 4096) {
		return fmt.Errorf("expected a number of cores from 0.01 to 4096, got %s", show(v))
	}
	*to = cores
	return nil
}

// cpuRange is one part of a list of processors.
var cpuRange = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]{1,4})(?:-([0-9]{1,4}))?$`) })

// maxCPU is the highest number that fits into the set of sched_setaffinity(2).
const maxCPU = 1023

func setCPUs(to *[]int, v any) error {
	wrong := fmt.Errorf(`expected processors from 0 to %d in quotes, like "0,2-3", got %s`, maxCPU, show(v))
	text, ok := v.(string)
	if !ok {
		return wrong
	}
	var cpus []int
	for part := range strings.SplitSeq(text, ",") {
		m := cpuRange().FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return wrong
		}
		first, _ := strconv.Atoi(m[1]) // four digits at most
		last := first
		if m[2] != "" {
			last, _ = strconv.Atoi(m[2])
		}
		if last < first || last > maxCPU {
			return wrong
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	slices.Sort(cpus)
	*to = slices.Compact(cpus)
	return nil
}
