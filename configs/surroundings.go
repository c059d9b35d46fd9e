package configs

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// surroundingKeys say in what surroundings a service runs: its environment,
// its user, what it may take of the machine, what is kept of its output.
func surroundingKeys() []Key {
	return []Key{
		{"env_file", "files", "", `[".env"]`, nil, "Files of NAME=value lines for the service's environment, read at each start; the last one wins, and env over all. A value may be in single quotes, as it is, or in double quotes with \\n, \\t, \\\" and \\\\; a # after a space begins a comment.",
			func(s *Service, v any) error { return setStrings(&s.EnvFiles, v) }},
		{"secrets", "table of files", "", `{ DB_PASSWORD = "db-password" }`, nil, "Variables whose values are in files, read by the service's own process at each start, less the last newline: the supervisor never knows them. A name without a slash is a file in $CREDENTIALS_DIRECTORY, where systemd puts credentials.",
			setSecrets},
		{"umask", "mode", "", `"027"`, nil, "The permissions that files made by the service never have, in octal.",
			setUmask},
		{"user", "user", "", `"www-data"`, nil, "Whose process it is; only when ammarctl is started by root.",
			func(s *Service, v any) error { return setString(&s.User, v) }},
		{"pty", "boolean", "false", "", nil, "Let the service write to a terminal instead of a pipe: some programs show each line at once only there. When the supervisor is killed, its end of the terminal is gone: what such a service writes until it is restarted is lost.",
			func(s *Service, v any) error { return setBool(&s.PTY, v) }},
		{"metrics", "URL", "", `"http://127.0.0.1:2019/metrics"`, []string{KindExec}, "Where the program shows metrics in Prometheus' text format: requests, connections and latency are taken from there.",
			setMetrics},
		{"limits.threads", "number", "", "2", nil, "Threads that run Go code at once (GOMAXPROCS), for programs written in Go.",
			func(s *Service, v any) error { return setInt(&s.Limits.Threads, v, 1, 4096) }},
		{"limits.nice", "number", "0", "", nil, "How much it gives way to others, up to 19; below 0 is for root.",
			func(s *Service, v any) error { return setInt(&s.Limits.Nice, v, -20, 19) }},
		{"limits.memory", "size", "", `"128MiB"`, nil, "Memory of all its processes together. In a control group the system sees to it; elsewhere the service is restarted when it is found to have more.",
			func(s *Service, v any) error { return setSize(&s.Limits.Memory, v, 1<<20) }},
		{"limits.cpu", "cores", "", "0.5", nil, "Time on processors, in cores. Needs a control group: version 2 of them, delegated to this user, as under systemd.",
			setCPU},
		{"limits.cpus", "numbers", "", `"0,2-3"`, nil, "The processors that it may run on, from 0.",
			setCPUs},
		{"limits.open_files", "number", "", "1024", nil, "Descriptors that each of its processes may have open.",
			func(s *Service, v any) error { return setInt(&s.Limits.OpenFiles, v, 16, 1<<20) }},
		{"limits.processes", "number", "", "64", nil, "Processes and threads: its own in a control group, elsewhere all of its user's, and root's are not limited.",
			func(s *Service, v any) error { return setInt(&s.Limits.Processes, v, 1, 1<<22) }},
		{"logs.size", "size", `"8MiB"`, "", nil, "A log file that is larger is put aside, compressed.",
			func(s *Service, v any) error { return setSize(&s.Logs.Size, v, 4<<10) }},
		{"logs.age", "duration", `"24h"`, "", nil, "One whose first line is older is put aside too.",
			func(s *Service, v any) error { return setDuration(&s.Logs.Age, v, time.Second) }},
		{"logs.total", "size", `"64MiB"`, "", nil, "All files of its log together; then the oldest go.",
			func(s *Service, v any) error { return setSize(&s.Logs.Total, v, 8<<10) }},
	}
}

func setSecrets(s *Service, v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf(`expected a table like { NAME = "file" }, got %s`, show(v))
	}
	s.Secrets = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return &insideError{name, fmt.Errorf("secrets: expected the name of a variable, without = and not empty, got %q", name)}
		}
		path, ok := table[name].(string)
		if !ok || path == "" || strings.ContainsRune(path, 0) {
			return &insideError{name, fmt.Errorf("secrets.%s: expected the path of a file in quotes, got %s", name, show(table[name]))}
		}
		s.Secrets[name] = path
	}
	return nil
}

func setUmask(s *Service, v any) error {
	text, _ := v.(string)
	mode, err := strconv.ParseUint(text, 8, 32)
	if err != nil || mode > 0o777 {
		return fmt.Errorf(`expected an octal number in quotes up to "777", like "027", got %s`, show(v))
	}
	s.Umask = int(mode)
	return nil
}

func setMetrics(s *Service, v any) error {
	var text string
	if err := setString(&text, v); err != nil {
		return err
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("expected a URL like http://127.0.0.1:9090/metrics, got %q", text)
	}
	s.Metrics = text
	return nil
}

func setCPU(s *Service, v any) error {
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
	s.Limits.CPU = cores
	return nil
}

// cpuRange is one part of a list of processors.
var cpuRange = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]{1,4})(?:-([0-9]{1,4}))?$`) })

// maxCPU is what fits into the set of sched_setaffinity(2).
const maxCPU = 1023

func setCPUs(s *Service, v any) error {
	wrong := fmt.Errorf(`expected processors from 0 to %d in quotes, like "0,2-3", got %s`, maxCPU, show(v))
	text, ok := v.(string)
	if !ok {
		return wrong
	}
	s.Limits.CPUs = nil
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
			s.Limits.CPUs = append(s.Limits.CPUs, cpu)
		}
	}
	slices.Sort(s.Limits.CPUs)
	s.Limits.CPUs = slices.Compact(s.Limits.CPUs)
	return nil
}

var sizeText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]{1,12})(B|KiB|MiB|GiB)$`) })

// setSize takes bytes with a binary unit.
func setSize(to *int64, v any, low int64) error {
	text, _ := v.(string)
	m := sizeText().FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf(`expected a size in quotes, like "512KiB" or "128MiB", got %s`, show(v))
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // twelve digits at most
	unit := map[string]int64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[m[2]]
	if n > (1<<50)/unit || n*unit < low {
		return fmt.Errorf("expected a size of %d bytes or more, up to 2^50, got %q", low, text)
	}
	*to = n * unit
	return nil
}

// surroundings checks what the keys of this file lack, and makes their paths
// absolute.
func (d *decoder) surroundings(s *Service, flat map[string]any) {
	for i, path := range s.EnvFiles {
		s.EnvFiles[i] = d.absolute(path)
		if err := d.envFile(s.EnvFiles[i]); err != nil {
			d.fail([]string{"service", s.Name, "env_file"}, "env_file: %v", err)
		}
	}
	for name, path := range s.Secrets {
		if !strings.Contains(path, "/") {
			continue // in the credentials' folder
		}
		s.Secrets[name] = d.absolute(path)
	}
	if s.Logs.Total < 2*s.Logs.Size {
		key := "total"
		if flat["logs.total"] == nil {
			key = "size"
		}
		d.fail([]string{"service", s.Name, "logs", key}, "logs.%s: expected total, %d bytes, to be at least twice size, %d", key, s.Logs.Total, s.Logs.Size)
	}
	if s.User != "" && d.machine.user != nil {
		if err := d.machine.user(s.User); err != nil {
			d.fail([]string{"service", s.Name, "user"}, "user: %v", err)
		}
	}
}
