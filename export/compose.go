package export

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
)

func writeCompose(jobs []*job, o Options) ([]File, error) {
	services, volumes, secrets := object{}, object{}, object{}
	var comments strings.Builder
	for _, j := range jobs {
		services[j.Name] = composeService(j, jobs)
		for _, m := range j.mounts {
			if m.from == "" {
				volumes[j.label+"-"+m.name] = object{"labels": object{"service": j.Name}}
			}
		}
		for _, f := range j.files {
			secrets[j.label+"-"+f.key] = object{"file": dollars(f.from)}
		}
		comments.WriteString(j.comment())
	}
	text, err := document(object{"name": o.Name, "services": services, "volumes": volumes, "secrets": secrets})
	return []File{{"compose.yaml", comments.String() + text}}, err
}

func composeService(j *job, jobs []*job) object {
	built := j.builtin()
	s := object{
		"image":             j.image,
		"entrypoint":        []string{dollars(j.argv[0])},
		"command":           eachDollars(j.argv[1:]),
		"environment":       composeEnv(j),
		"env_file":          eachDollars(j.EnvFiles),
		"ports":             composePorts(j),
		"labels":            composeLabels(j),
		"healthcheck":       composeHealth(j),
		"volumes":           composeVolumes(j),
		"secrets":           composeSecrets(j),
		"depends_on":        composeAfter(j, jobs),
		"stop_signal":       "SIG" + j.StopSignal,
		"stop_grace_period": j.StopTimeout.String(),
		"restart":           composeRestart(j),
		"mem_limit":         orNil(j.Limits.Memory > 0, strconv.FormatInt(j.Limits.Memory, 10)),
		"cpus":              orNil(j.Limits.CPU > 0, j.Limits.CPU),
		"cpuset":            numbers(j.Limits.CPUs),
		"pids_limit":        orNil(j.Limits.Processes > 0, j.Limits.Processes),
		"user":              j.User,
		"tty":               orNil(j.PTY, true),
		"read_only":         orNil(built, true),
		"security_opt":      orNil(built, []string{"no-new-privileges:true"}),
		"logging": object{"driver": "json-file", "options": object{
			"max-size": strconv.FormatInt(j.Logs.Size, 10), "max-file": strconv.FormatInt(max(1, j.Logs.Total/j.Logs.Size), 10),
		}},
	}
	if j.Limits.OpenFiles > 0 {
		s["ulimits"] = object{"nofile": object{"soft": j.Limits.OpenFiles, "hard": j.Limits.OpenFiles}}
	}
	if len(j.devices) > 0 {
		s["devices"], s["group_add"] = j.devices, []string{"video"}
		j.note("it can start only where there is %s; in an image without a group video, group_add needs that "+
			"group's number", j.devices[0])
	}
	if j.Overlap && !j.task() {
		j.note("overlap: docker compose up stops what has changed before it starts the next")
	}
	if j.count > 1 {
		s["deploy"] = object{"replicas": j.count}
	}
	if !j.Autostart {
		s["profiles"] = []string{"manual"}
	}
	if j.Schedule != "" {
		s["profiles"] = []string{"schedule"}
		j.note("schedule: Compose starts nothing by the clock; have cron do it: %s docker compose run --rm %s", j.Schedule,
			j.Name)
	}
	return s
}

// composeEnv is a list. A name alone stands for the variable of the user who runs
// docker compose.
func composeEnv(j *job) []string {
	var env []string
	for name, value := range j.env {
		env = append(env, name+"="+dollars(value))
	}
	for _, name := range j.secrets {
		from := ""
		if path := j.Secrets[name]; path != "" {
			from = ", which is in " + path
		}
		j.note("%s is not written here: docker compose takes its value%s, from its own environment", name, from)
		if identifier(name) {
			name += "=${" + name + ":?a secret of " + j.Name + "}"
		}
		env = append(env, name)
	}
	slices.Sort(env)
	return env
}

func composePorts(j *job) []object {
	switch {
	case j.Port <= 0:
		return nil
	case j.count > 1:
		j.note("port: several containers cannot have one port of a machine; put a proxy on %d, before %s:%d", j.Port,
			j.Name, j.Port)
		return nil
	}
	address := j.Bind
	if _, err := netip.ParseAddr(address); err != nil {
		j.note("bind: Compose publishes on addresses, and %s is a name; it is published on 127.0.0.1", address)
		address = "127.0.0.1"
		if j.Bind == "localhost" {
			j.notes = j.notes[:len(j.notes)-1]
		}
	}
	return []object{{"target": j.Port, "published": strconv.Itoa(j.Port), "host_ip": address, "protocol": "tcp"}}
}

// composeLabels are those by which Prometheus' docker_sd finds what to ask.
func composeLabels(j *job) object {
	if j.metrics == nil {
		return nil
	}
	return object{"prometheus.io/scrape": "true", "prometheus.io/port": strconv.Itoa(j.metrics.port),
		"prometheus.io/path": j.metrics.path}
}

func composeHealth(j *job) object {
	p := j.probe
	if p == nil {
		return nil
	}
	if p.restart {
		j.note("probe.restart: Docker marks a container as unhealthy and restarts none for it")
	}
	return object{
		"test": p.compose(j), "interval": p.every.String(), "timeout": p.within.String(),
		"retries": p.failures, "start_period": orNil(p.after > 0, p.after.String()),
	}
}

func composeVolumes(j *job) []object {
	var list []object
	for _, m := range j.mounts {
		if m.from == "" {
			list = append(list, object{"type": "volume", "source": j.label + "-" + m.name, "target": m.at})
			continue
		}
		list = append(list, object{"type": "bind", "source": dollars(m.from), "target": m.at, "read_only": m.readOnly,
			"bind": object{"create_host_path": false}})
	}
	return list
}

func composeSecrets(j *job) []object {
	var list []object
	for _, f := range j.files {
		list = append(list, object{"source": j.label + "-" + f.key, "target": f.at})
	}
	return list
}

func composeAfter(j *job, jobs []*job) object {
	out := object{}
	for _, name := range append(slices.Clone(j.After), j.Requires...) {
		i := slices.IndexFunc(jobs, func(other *job) bool { return other.Name == name })
		if i < 0 {
			j.note("after: %s is not exported", name)
			continue
		}
		condition := object{"condition": "service_started"}
		switch {
		case j.AfterWhen[name] == configs.WhenStarted:
		case jobs[i].task(), j.AfterWhen[name] == configs.WhenDone:
			condition["condition"] = "service_completed_successfully"
		case jobs[i].probe != nil:
			condition["condition"] = "service_healthy"
		}
		if slices.Contains(j.Requires, name) {
			condition["restart"] = true
		}
		out[name] = condition
	}
	return out
}

func composeRestart(j *job) string {
	switch {
	case j.Restart.Policy == configs.RestartNever:
		return "no"
	case j.Restart.Policy == configs.RestartAlways && !j.task():
		if j.Restart.Limit > 0 {
			j.note("restart.limit: with restart.policy always, Docker never gives up")
		}
		return "unless-stopped"
	case j.Restart.Limit > 0:
		return fmt.Sprintf("on-failure:%d", j.Restart.Limit)
	}
	return "on-failure"
}

// dollars keeps Compose from replacing what follows a dollar.
func dollars(text string) string { return strings.ReplaceAll(text, "$", "$$") }

func eachDollars(list []string) []string {
	var out []string
	for _, text := range list {
		out = append(out, dollars(text))
	}
	return out
}

func numbers(list []int) string {
	var parts []string
	for _, n := range list {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, ",")
}

// identifier tells whether name is one of a shell's variables.
func identifier(name string) bool {
	ok, err := path.Match("[A-Za-z_]*", name)
	return err == nil && ok && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
