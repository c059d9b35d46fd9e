package export

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
)

// nobody is the user for services that need no particular one.
const nobody = 65532

func writeKubernetes(jobs []*job, o Options) ([]File, error) {
	var b strings.Builder
	for i, j := range jobs {
		objects := kubernetesObjects(j, o)
		if i > 0 {
			b.WriteString("---\n")
		}
		b.WriteString(j.comment())
		for n, object := range objects {
			if n > 0 {
				b.WriteString("---\n")
			}
			text, err := document(object)
			if err != nil {
				return nil, err
			}
			b.WriteString(text)
		}
	}
	return []File{{"kubernetes.yaml", b.String()}}, nil
}

func kubernetesObjects(j *job, o Options) []object {
	j.coarse("Kubernetes")
	labels := object{"app.kubernetes.io/name": j.label, "app.kubernetes.io/part-of": o.Name}
	meta := object{"name": j.label, "labels": labels}
	var all []object
	for _, m := range j.mounts {
		all = append(all, kubernetesClaim(j, m, labels))
	}
	template := object{"metadata": object{"labels": labels, "annotations": kubernetesScrape(j)}, "spec": kubernetesPod(j)}
	if j.task() {
		return append(all, kubernetesTask(j, meta, template))
	}
	strategy := object{"type": "Recreate"}
	if j.Overlap {
		strategy = object{"type": "RollingUpdate", "rollingUpdate": object{"maxSurge": 1, "maxUnavailable": 0}}
	}
	if j.Restart.Policy == configs.RestartNever {
		j.note("restart.policy: a Deployment restarts whatever ends")
	}
	if j.Restart.Policy == configs.RestartAlways {
		j.note("restart.policy: a Deployment always restarts")
	}
	if sets(j.Service, "restart.limit") && j.Restart.Limit > 0 {
		j.note("restart.limit: a Deployment never gives up")
	}
	all = append(all, object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": object{
		"replicas": started(j), "selector": object{"matchLabels": labels}, "strategy": strategy, "template": template,
	}})
	if j.Port > 0 {
		all = append(all, kubernetesService(j, meta, labels))
	}
	return all
}

// started is how many processes of a job are started by themselves.
func started(j *job) int {
	if !j.Autostart {
		return 0
	}
	return j.count
}

// kubernetesService is the port for others: inside the cluster, where the
// service was for its own machine, and outside it, where it was for all.
func kubernetesService(j *job, meta, labels object) object {
	kind := "ClusterIP"
	if !loopback(j.Bind) || j.Bind == "0.0.0.0" || j.Bind == "::" {
		kind = "LoadBalancer"
		j.note("bind: it is open to the network at the address that the cluster's load balancer gives it, not at %s", j.Bind)
	}
	return object{"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": object{
		"type": kind, "selector": labels,
		"ports": []object{{"name": "main", "port": j.Port, "targetPort": j.Port, "protocol": "TCP"}},
	}}
}

// kubernetesTask is a service that ends by itself.
func kubernetesTask(j *job, meta, template object) object {
	spec := object{"template": template}
	if j.Restart.Limit > 0 {
		spec["backoffLimit"] = j.Restart.Limit
	} else {
		j.note("restart.limit: a Job gives up after 6 tries unless backoffLimit says otherwise")
	}
	if j.Restart.Policy == configs.RestartNever {
		spec["backoffLimit"] = 0
	}
	if j.probe != nil {
		j.note("probe: a Job is well when it ends with exit status 0; it is not asked")
	}
	if j.count > 1 {
		spec["parallelism"], spec["completions"] = j.count, j.count
	}
	if j.Schedule == "" {
		return object{"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec}
	}
	cron := object{
		"schedule": j.Schedule, "concurrencyPolicy": "Forbid", "startingDeadlineSeconds": 60,
		"jobTemplate": object{"spec": spec}, "suspend": orNil(!j.Autostart, true),
	}
	if j.Missed == "run" {
		cron["startingDeadlineSeconds"] = 7 * 24 * 60 * 60 // a week
	}
	if cron["timeZone"] = orNil(j.Timezone != "", j.Timezone); j.Timezone == "" {
		j.note("schedule: it is in the time zone of the cluster; spec.timeZone names another")
	}
	return object{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "spec": cron}
}

// kubernetesScrape are the annotations by which Prometheus' usual rules find
// what to ask.
func kubernetesScrape(j *job) object {
	if j.metrics == nil {
		return nil
	}
	return object{"prometheus.io/scrape": "true", "prometheus.io/port": strconv.Itoa(j.metrics.port),
		"prometheus.io/path": j.metrics.path}
}

func kubernetesPod(j *job) object {
	grace := seconds(j.StopTimeout)
	if j.Port > 0 && !j.task() {
		grace += seconds(settle)
	}
	pod := object{
		"containers":                    []object{kubernetesContainer(j)},
		"volumes":                       kubernetesVolumes(j),
		"terminationGracePeriodSeconds": grace,
		"automountServiceAccountToken":  false,
		"enableServiceLinks":            false,
		"securityContext":               kubernetesUser(j),
	}
	if j.task() {
		pod["restartPolicy"] = "OnFailure"
		if j.Restart.Policy == configs.RestartNever {
			pod["restartPolicy"] = "Never"
		}
	}
	return pod
}

func kubernetesUser(j *job) object {
	context := object{}
	built := j.builtin()
	uid, err := strconv.ParseUint(j.User, 10, 31)
	switch {
	case j.User != "" && err == nil:
		context["runAsUser"] = uid
	case j.User != "":
		j.note("user: Kubernetes takes numbers, not %s; the image's own user is taken", j.User)
	case built:
		context["runAsUser"], context["runAsGroup"], context["fsGroup"], context["runAsNonRoot"] = nobody, nobody, nobody,
			true
	}
	if built && j.Port < 1024 && j.Port > 0 {
		context["sysctls"] = []object{{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}}
	}
	return context
}

func kubernetesContainer(j *job) object {
	c := object{
		"name": j.label, "image": j.image,
		"command": eachReference(j.argv[:1]), "args": eachReference(j.argv[1:]),
		"env": kubernetesEnv(j), "envFrom": kubernetesEnvFiles(j), "ports": kubernetesPorts(j),
		"resources":    kubernetesResources(j),
		"volumeMounts": kubernetesMounts(j),
		"tty":          orNil(j.PTY, true),
	}
	security := object{"allowPrivilegeEscalation": false}
	if j.builtin() {
		security["readOnlyRootFilesystem"], security["capabilities"] = true, object{"drop": []string{"ALL"}}
	}
	c["securityContext"] = security
	if len(j.devices) > 0 {
		j.note("a pod has no %s; a device plugin gives it one, as a limit of its resources", j.devices[0])
	}
	if j.task() {
		return c
	}
	if j.Port > 0 {
		// The others hear of the end of a pod while it ends.
		c["lifecycle"] = object{"preStop": object{"sleep": object{"seconds": seconds(settle)}}}
	}
	if j.probe == nil {
		if sets(j.Service, "start_timeout") {
			j.note("start_timeout: without a probe, Kubernetes takes what runs for ready")
		}
		return c
	}
	every := seconds(j.probe.every)
	c["readinessProbe"] = kubernetesProbe(j, j.probe.failures)
	if wait := max(j.StartTimeout, j.probe.after); wait > 0 {
		c["startupProbe"] = kubernetesProbe(j, (seconds(wait)+every-1)/every)
	} else {
		j.note("start_timeout: nothing ends a start that takes for ever")
	}
	if j.probe.restart {
		c["livenessProbe"] = kubernetesProbe(j, j.probe.failures)
	}
	return c
}

func kubernetesProbe(j *job, failures int) object {
	p := j.probe
	o := object{"periodSeconds": seconds(p.every), "timeoutSeconds": seconds(p.within), "failureThreshold": failures}
	name, action := p.kubernetes(p)
	o[name] = action
	return o
}

func kubernetesPorts(j *job) []object {
	var ports []object
	if j.Port > 0 {
		ports = append(ports, object{"name": "main", "containerPort": j.Port})
	}
	if j.metrics != nil && j.metrics.port != j.Port {
		ports = append(ports, object{"name": "metrics", "containerPort": j.metrics.port})
	}
	return ports
}

func kubernetesEnv(j *job) []object {
	var env []object
	for _, name := range slices.Sorted(maps.Keys(j.env)) {
		env = append(env, object{"name": name, "value": reference(j.env[name])})
	}
	var keys []string
	for _, name := range j.secrets {
		env = append(env, object{"name": name, "valueFrom": object{"secretKeyRef": object{"name": j.label, "key": name}}})
		keys = append(keys, "--from-file="+name+"="+cmp.Or(j.Secrets[name], "FILE"))
	}
	for _, f := range j.files {
		keys = append(keys, "--from-file="+f.key+"="+f.from)
	}
	if len(keys) > 0 {
		j.note("its secrets are not written here, but to be made:\n  kubectl create secret generic %s %s", j.label,
			strings.Join(keys, " "))
	}
	return env
}

func kubernetesEnvFiles(j *job) []object {
	var list []object
	for i, file := range j.EnvFiles {
		name := j.label + "-env"
		if i > 0 {
			name += fmt.Sprintf("-%d", i+1)
		}
		j.note("env_file: it is not written here, but to be made a secret:\n  kubectl create secret generic %s "+
			"--from-env-file=%s", name, file)
		list = append(list, object{"secretRef": object{"name": name}})
	}
	return list
}

func kubernetesResources(j *job) object {
	limits, requests := object{}, object{}
	if j.Limits.Memory > 0 {
		quantity := kubernetesBytes(j.Limits.Memory)
		limits["memory"], requests["memory"] = quantity, quantity
	}
	if j.Limits.CPU > 0 {
		limits["cpu"] = strconv.Itoa(int(j.Limits.CPU*1000)) + "m"
	}
	return object{"limits": limits, "requests": requests}
}

// kubernetesBytes is a quantity, which has no need of large numbers.
func kubernetesBytes(n int64) string {
	if n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + "Mi"
	}
	return strconv.FormatInt(n, 10)
}

func kubernetesClaim(j *job, m mount, labels object) object {
	mode, size := "ReadWriteOnce", m.size
	if j.count > 1 {
		mode = "ReadWriteMany"
	}
	if size == 0 {
		size = 10 << 30
		j.note("the claim %s-%s has 10 GiB, since the configuration does not say how much it needs", j.label, m.name)
	}
	if m.from != "" {
		j.note("the claim %s-%s is empty at first: copy what is in %s", j.label, m.name, m.from)
	}
	return object{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": object{"name": j.label + "-" + m.name,
		"labels": labels},
		"spec": object{"accessModes": []string{mode},
			"resources": object{"requests": object{"storage": kubernetesBytes(size)}}}}
}

func kubernetesVolumes(j *job) []object {
	var list []object
	for _, m := range j.mounts {
		list = append(list, object{"name": m.name, "persistentVolumeClaim": object{"claimName": j.label + "-" + m.name}})
	}
	var items []object
	for _, f := range j.files {
		items = append(items, object{"key": f.key, "path": f.key})
	}
	if len(items) > 0 {
		list = append(list, object{"name": "secrets", "secret": object{"secretName": j.label, "items": items}})
	}
	return list
}

func kubernetesMounts(j *job) []object {
	var list []object
	for _, m := range j.mounts {
		list = append(list, object{"name": m.name, "mountPath": m.at, "readOnly": orNil(m.readOnly, true)})
	}
	if len(j.files) > 0 {
		list = append(list, object{"name": "secrets", "mountPath": secretsFolder, "readOnly": true})
	}
	return list
}

// reference keeps the kubelet from replacing $(NAME).
func reference(text string) string { return strings.ReplaceAll(text, "$(", "$$(") }

func eachReference(list []string) []string {
	var out []string
	for _, text := range list {
		out = append(out, reference(text))
	}
	return out
}
