package export

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
)

// nomadMemory is the memory of a task whose configuration sets none.
const nomadMemory = 300 << 20

// writeNomad makes one job of the services, and one of each task.
func writeNomad(jobs []*job, o Options) ([]File, error) {
	var files []File
	var groups []object
	notes := object{}
	add := func(name string, job, notes object) error {
		job["Meta"], job["Datacenters"] = notes, []string{"*"}
		text, err := json.MarshalIndent(object{"Job": tidy(job)}, "", "  ")
		files = append(files, File{name + ".nomad.json", string(text) + "\n"})
		return err
	}
	for _, j := range jobs {
		if j.task() {
			name := o.Name + "-" + j.label
			group := nomadGroup(j, name)
			job := object{"ID": name, "Name": name, "Type": "batch", "TaskGroups": []object{group}}
			nomadSchedule(j, job)
			if err := add(name, job, nomadNotes(j, object{})); err != nil {
				return nil, err
			}
			continue
		}
		groups = append(groups, nomadGroup(j, o.Name))
		nomadNotes(j, notes)
	}
	if len(groups) == 0 {
		return files, nil
	}
	err := add(o.Name, object{"ID": o.Name, "Name": o.Name, "Type": "service", "TaskGroups": groups}, notes)
	slices.Reverse(files) // the services first
	return files, err
}

// nomadNotes are what a comment is elsewhere: JSON has none.
func nomadNotes(j *job, into object) object {
	for i, text := range j.notes {
		into[fmt.Sprintf("note_%s_%d", strings.ReplaceAll(j.label, "-", "_"), i+1)] = text
	}
	return into
}

func nomadSchedule(j *job, job object) {
	switch {
	case j.Schedule == "":
	case strings.HasPrefix(j.Schedule, "@every"):
		j.note("schedule: Nomad does not know %s; the job is started by hand, until its Periodic is given the hours",
			j.Schedule)
	default:
		job["Periodic"] = object{"Enabled": true, "Specs": []string{j.Schedule}, "SpecType": "cron",
			"ProhibitOverlap": true, "TimeZone": cmp.Or(j.Timezone, "Local")}
	}
}

func nomadGroup(j *job, in string) object {
	where := nomadServices(j)
	g := object{
		"Name": j.label, "Count": started(j),
		"Networks":      nomadNetworks(j),
		"Services":      where,
		"Volumes":       nomadVolumes(j),
		"RestartPolicy": nomadRestart(j),
		"Tasks":         []object{nomadTask(j, in)},
	}
	if j.Restart.Policy == configs.RestartNever {
		g["ReschedulePolicy"] = object{"Attempts": 0, "Unlimited": false}
	}
	if j.Port > 0 && !j.task() {
		g["ShutdownDelay"] = settle // taken out of the services, then asked to stop
	}
	if j.count > 1 && j.Port > 0 {
		j.note("replicas: each has port %d, so that each is on a machine of its own", j.Port)
	}
	if need := 2 * j.Logs.Total; need > nomadMemory {
		g["EphemeralDisk"] = object{"SizeMB": need >> 20}
	}
	return g
}

func nomadRestart(j *job) object {
	r := object{"Attempts": j.Restart.Limit, "Interval": j.Restart.Window, "Delay": j.Restart.Delay, "Mode": "fail"}
	if j.Restart.Limit == 0 {
		r["Attempts"], r["Mode"] = 1, "delay"
	}
	if least := max(5*time.Second, time.Duration(j.Restart.Limit)*j.Restart.Delay); j.Restart.Window < least {
		r["Interval"] = least
		j.note("restart.window: Nomad wants it to be %s or more", least)
	}
	switch {
	case j.Restart.Policy == configs.RestartNever:
		r["Attempts"], r["Mode"] = 0, "fail"
	case j.Restart.Policy == configs.RestartAlways && !j.task():
		j.note("restart.policy: Nomad restarts services always")
	}
	return r
}

func nomadNetworks(j *job) []object {
	n := object{}
	if j.Port > 0 {
		port := object{"Label": "main", "Value": j.Port, "To": j.Port}
		if loopback(j.Bind) && j.Bind != "0.0.0.0" && j.Bind != "::" {
			port["HostNetwork"] = "loopback"
			j.note("bind: it is for its own machine only; each client needs\n  host_network \"loopback\" { cidr = " +
				"\"127.0.0.0/8\" }")
		}
		n["ReservedPorts"] = []object{port}
	}
	if dynamic := nomadDynamic(j); len(dynamic) > 0 {
		n["DynamicPorts"] = dynamic
	}
	if len(n) == 0 {
		return nil
	}
	return []object{n}
}

// nomadDynamic are the ports that may be any on the machine.
func nomadDynamic(j *job) []object {
	var list []object
	if j.metrics != nil && j.metrics.port != j.Port {
		list = append(list, object{"Label": "metrics", "To": j.metrics.port})
	}
	if p := j.probe; p != nil && nomadPort(j) == "probe" {
		list = append(list, object{"Label": "probe", "To": p.port})
	}
	return list
}

// nomadServices say where the service is, and whether it is well.
func nomadServices(j *job) []object {
	if j.task() {
		if j.probe != nil {
			j.note("probe: a batch job is well when it ends with exit status 0; it is not asked")
		}
		return nil
	}
	main := object{"Name": j.label, "Provider": "nomad"}
	if j.Port > 0 {
		main["PortLabel"] = "main"
	}
	if p := j.probe; p != nil {
		switch label := nomadPort(j); {
		case p.nomadConsul:
			main["Provider"] = "consul"
			j.note("probe.exec: Nomad runs commands as checks only with Consul")
			main["Checks"] = []object{nomadCheck(p, p.nomad(j, label))}
		case label == "":
			j.note("probe: Nomad asks only the service itself, not %s:%d", p.host, p.port)
		default:
			main["Checks"] = []object{nomadCheck(p, p.nomad(j, label))}
		}
		if p.failures != 1 && !p.restart {
			j.note("probe.failures: the first failed check takes it out of the service's addresses, not %d", p.failures)
		}
		if p.after > 0 && !p.restart {
			j.note("probe.start_period: it counts only with probe.restart")
		}
		if p.every < time.Second || p.within < time.Second {
			j.note("probe: Nomad wants a second or more for each of every and timeout")
		}
	}
	var list []object
	if j.Port > 0 || main["Checks"] != nil {
		list = append(list, main)
	}
	if j.metrics != nil {
		label := "metrics"
		if j.metrics.port == j.Port {
			label = "main"
		}
		list = append(list, object{"Name": j.label + "-metrics", "Provider": main["Provider"], "PortLabel": label,
			"Tags": []string{"prometheus", "metrics_path=" + j.metrics.path}})
	}
	return list
}

// nomadPort is the port that a probe connects to; empty if it is on another machine.
func nomadPort(j *job) string {
	switch p := j.probe; {
	case p.host != "" || p.nomadConsul:
		return ""
	case p.port == j.Port:
		return "main"
	case j.metrics != nil && p.port == j.metrics.port:
		return "metrics"
	}
	return "probe"
}

func nomadCheck(p *probe, check object) object {
	check["Interval"], check["Timeout"] = max(p.every, time.Second), max(p.within, time.Second)
	if p.restart {
		check["CheckRestart"] = object{"Limit": p.failures, "Grace": p.after}
	}
	return check
}

func nomadVolumes(j *job) object {
	volumes := object{}
	for _, m := range j.mounts {
		name := j.label + "-" + m.name
		volumes[m.name] = object{"Name": m.name, "Type": "host", "Source": name, "ReadOnly": m.readOnly}
		if m.from == "" {
			j.note("a client needs a folder for what is to last: host_volume %q { path = \"/var/lib/%s\" }", name, name)
		} else {
			j.note("a client needs the folder: host_volume %q { path = %q }", name, m.from)
		}
	}
	return volumes
}

func nomadResources(j *job) object {
	r := object{}
	if j.Limits.Memory > 0 {
		r["MemoryMB"] = (j.Limits.Memory + 1<<20 - 1) >> 20
	} else {
		j.note("limits.memory: where nothing is said, Nomad gives %d MiB and no more", nomadMemory>>20)
	}
	switch cpu := j.Limits.CPU; {
	case cpu == 0:
	case cpu == float64(int(cpu)):
		r["Cores"] = int(cpu)
	default:
		r["CPU"] = int(cpu * 1000)
		j.note("limits.cpu: Nomad counts MHz of whole machines; %s cores are written as %d", strconv.FormatFloat(cpu, 'g',
			-1, 64), int(cpu*1000))
	}
	return r
}

func nomadTask(j *job, in string) object {
	t := object{
		"Name": j.label, "Driver": "docker", "User": j.User,
		"Config":      nomadDriver(j),
		"Env":         nomadEnv(j),
		"Resources":   nomadResources(j),
		"KillTimeout": j.StopTimeout, "KillSignal": "SIG" + j.StopSignal,
		"LogConfig": object{"MaxFiles": max(1, j.Logs.Total/j.Logs.Size), "MaxFileSizeMB": max(1, j.Logs.Size>>20)},
		"Templates": nomadTemplates(j, in),
	}
	var mounts []object
	for _, m := range j.mounts {
		mounts = append(mounts, object{"Volume": m.name, "Destination": m.at, "ReadOnly": m.readOnly})
	}
	if len(mounts) > 0 {
		t["VolumeMounts"] = mounts
	}
	return t
}

// nomadDriver is the configuration of Nomad's docker driver.
func nomadDriver(j *job) object {
	c := object{"image": j.image, "entrypoint": j.argv[:1], "args": j.argv[1:]}
	var ports, volumes []string
	if j.Port > 0 {
		ports = append(ports, "main")
	}
	for _, port := range nomadDynamic(j) {
		ports = append(ports, fmt.Sprint(port["Label"]))
	}
	for _, f := range j.files {
		volumes = append(volumes, "secrets/"+f.key+":"+f.at+":ro")
	}
	c["ports"], c["volumes"] = ports, volumes
	if j.Limits.OpenFiles > 0 {
		c["ulimit"] = []object{{"nofile": strconv.Itoa(j.Limits.OpenFiles)}}
	}
	c["pids_limit"] = orNil(j.Limits.Processes > 0, j.Limits.Processes)
	c["tty"] = orNil(j.PTY, true)
	c["cpu_hard_limit"] = orNil(j.Limits.CPU > 0 && j.Limits.CPU != float64(int(j.Limits.CPU)), true)
	if j.builtin() {
		c["readonly_rootfs"] = true
	}
	if len(j.devices) > 0 {
		c["devices"] = []object{{"host_path": j.devices[0], "container_path": j.devices[0]}}
		j.note("it can start only on a machine with %s", j.devices[0])
	}
	return c
}

func nomadEnv(j *job) object {
	env := object{}
	for name, value := range j.env {
		env[name] = value
	}
	for _, text := range append(slices.Collect(maps.Values(j.env)), j.argv...) {
		if strings.Contains(text, "${") {
			j.note("Nomad replaces ${…} in the command and the environment where it knows the name")
			break
		}
	}
	return env
}

// nomadTemplates fetch from Nomad's variables what is not written here.
func nomadTemplates(j *job, in string) []object {
	at := "nomad/jobs/" + in + "/" + j.label
	var list []object
	var put []string
	var lines strings.Builder
	for _, name := range j.secrets {
		fmt.Fprintf(&lines, "%s={{ index . %q | toJSON }}\n", name, name)
		put = append(put, name+"=@"+cmp.Or(j.Secrets[name], "FILE"))
	}
	with := func(text string) string { return fmt.Sprintf("{{ with nomadVar %q }}%s{{ end }}", at, text) }
	if lines.Len() > 0 {
		list = append(list, object{"EmbeddedTmpl": with(lines.String()), "DestPath": "secrets/environment", "Envvars": true})
	}
	for _, f := range j.files {
		list = append(list, object{"EmbeddedTmpl": with(fmt.Sprintf("{{ index . %q }}", f.key)), "DestPath": "secrets/" +
			f.key})
		put = append(put, f.key+"=@"+f.from)
	}
	if len(put) > 0 {
		j.note("its secrets are not written here, but to be made (a file without a newline at its end):\n  nomad var "+
			"put %s %s", at, strings.Join(put, " "))
	}
	for i, file := range j.EnvFiles {
		path := fmt.Sprintf("%s/%s", at, j.label)
		if i > 0 {
			j.note("env_file: Nomad has one place for them; put what is in %s there too", file)
			continue
		}
		j.note("env_file: it is not written here, but to be made:\n  nomad var put %s NAME=VALUE… as in %s", path, file)
		list = append(list, object{"EmbeddedTmpl": fmt.Sprintf("{{ with nomadVar %q }}{{ range .Tuples }}{{ .K }}={{ .V "+
			"| toJSON }}\n{{ end }}{{ end }}", path),
			"DestPath": "secrets/env_file", "Envvars": true})
	}
	return list
}
