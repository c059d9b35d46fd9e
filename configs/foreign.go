package configs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/internal/shellwords"
)

// foreignKey answers keys that people know from other supervisors and from
// container engines.
type foreignKey struct {
	names string // as others call it, separated by spaces; see plainKey
	ours  string // the key to write; empty: there is none
	// value converts what was written to the value to write, in TOML; empty when
	// it cannot be told, and then an example is shown. nil keeps what was written.
	value func(v any) string
	// instead says what to do where no line can be written.
	instead string
}

// foreignKeys lists them. `ours` names a key of the registry, which a test
// checks.
func foreignKeys() []foreignKey {
	const contained = "ammarctl runs programs of this machine, no containers; leave it out"
	const logged = "leave it out: the output is kept, ammarctl logs shows it"
	return []foreignKey{
		{names: "command cmd run program executable script start_command exec_start args argv entrypoint", ours: "exec"},
		{names: "sh bash shell_command script_line", ours: "shell"},
		{names: "cwd working_dir workdir working_directory directory folder chdir", ours: "dir"},
		{names: "environment envs env_vars environment_variables variables environ", ours: "env", value: envMeant},
		{names: "env_files environment_file dotenv", ours: "env_file", value: listMeant},
		{names: "depends_on depends wants needs dependencies start_after bindsto", ours: "after", value: listMeant},
		{names: "part_of requisite", ours: "requires", value: listMeant},
		{names: "host hostname address addr listen listen_address listen_stream ip interface",
			ours: "bind", value: hostMeant},
		{names: "ports expose http_port listen_port container_port published_port", ours: "port", value: portsMeant},
		{names: "restart auto_restart restart_policy respawn keep_alive", ours: "restart.policy", value: policyMeant},
		{names: "max_restarts start_retries restart_limit start_limit start_limit_burst", ours: "restart.limit"},
		{names: "restart_sec restart_delay restart_pause backoff exp_backoff_restart_delay", ours: "restart.delay"},
		{names: "kill_signal signal", ours: "stop_signal"},
		{names: "stop_wait_secs kill_timeout stop_grace_period grace_period timeout_stop_sec shutdown_timeout " +
			"termination_grace_period_seconds timeout_stop", ours: "stop_timeout"},
		{names: "start_secs timeout_start_sec listen_timeout startup_timeout timeout_start", ours: "start_timeout"},
		{names: "uid username run_as run_as_user", ours: "user"},
		{names: "group gid run_as_group", instead: "leave it out: the groups are those of user"},
		{names: "numprocs instances count scale concurrency processes num_processes", ours: "replicas"},
		{names: "stdout_logfile stderr_logfile logfile log stdout stderr output out_file error_file error_log " +
			"redirect_stderr log_path logging standard_output standard_error", instead: logged},
		{names: "stdout_logfile_maxbytes stderr_logfile_maxbytes log_max_size max_size", ours: "logs.size"},
		{names: "stdout_logfile_backups stderr_logfile_backups log_max_files max_file", ours: "logs.total"},
		{names: "healthcheck health check checks liveness liveness_probe readiness readiness_probe",
			ours: "probe.http", value: probeMeant},
		{names: "watching watch_files watch_paths files_changed", ours: "watch", value: watchMeant},
		{names: "cron cron_restart crontab timer on_calendar interval run_at", ours: "schedule"},
		{names: "mem mem_limit memory memory_limit max_memory max_memory_restart memory_max memory_mb",
			ours: "limits.memory"},
		{names: "cpu cpu_limit cpu_quota", ours: "limits.cpu"},
		{names: "cpu_affinity cpuset affinity", ours: "limits.cpus"},
		{names: "ulimit ulimits nofile limit_nofile max_open_files min_fds", ours: "limits.open_files"},
		{names: "pids_limit tasks_max nproc limit_nproc min_procs", ours: "limits.processes"},
		{names: "watchdog_sec", ours: "watchdog"},
		{names: "runtime_max_sec max_age max_uptime lifetime", ours: "max_runtime"},
		{names: "task job", ours: "oneshot"},
		{names: "on_fail failure_action", ours: "on_failure"},
		{names: "tty terminal", ours: "pty"},
		{names: "cert certificate tls_certificate ssl_certificate ssl_cert", ours: "tls_cert"},
		{names: "key ssl_key ssl_certificate_key private_key", ours: "tls_key"},
		{names: "image volumes volume mounts networks network container_name build labels pull_policy command_args",
			instead: contained},
		{names: "name process_name service_name id", instead: "leave it out: the name is that of the table, [service.NAME]"},
		{names: "description comment", instead: "write it as a comment, after a #"},
		{names: "type", instead: `leave it out; a task that ends by itself has oneshot = true`},
		{names: "priority", instead: `services start at once; one that needs another has after = ["NAME"]`},
		{names: "stop_as_group kill_as_group kill_mode",
			instead: "leave it out: all processes of a service are ended with it"},
		{names: "exit_codes", instead: "leave it out: a process that ends with 0 has succeeded"},
		{names: "interpreter node_args python venv virtualenv",
			instead: `name the program in exec, as in exec = ".venv/bin/python bot.py"`},
	}
}

// plainKey is a key without what differs between spellings: working_dir,
// working-dir, workingDir and WorkingDir are one.
func plainKey(key string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(key))
}

// foreign is the hint for an unknown key of a service's table; empty where no
// other supervisor has such a key either. of is the service's kind.
func foreign(key string, v any, of string, keys []Key) string {
	plain := plainKey(key)
	if near := sameSpelling(plain, of, keys); near != "" {
		return fmt.Sprintf("; write %s", near+lineValue(near, v, nil, keys))
	}
	f := knownAs(plain)
	i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == f.ours })
	switch {
	case f.instead != "":
		return "; " + f.instead
	case i < 0 || !keys[i].Has(of):
		return ""
	}
	return "; write " + meantLine(f, v, keys)
}

// namesCommand tells whether a table has another supervisor's key for exec or
// shell, of which the hint says all.
func namesCommand(table map[string]any) bool {
	for key := range table {
		f := knownAs(plainKey(key))
		if f.ours == "exec" || f.ours == "shell" {
			return true
		}
	}
	return false
}

// knownAs is the entry of a plain key; the zero value where there is none.
func knownAs(plain string) foreignKey {
	for _, f := range foreignKeys() {
		if slices.ContainsFunc(strings.Fields(f.names), func(name string) bool { return plainKey(name) == plain }) {
			return f
		}
	}
	return foreignKey{}
}

// sameSpelling is the key that differs only in case, dashes and underscores.
func sameSpelling(plain, of string, keys []Key) string {
	for _, k := range keys {
		if k.Has(of) && plainKey(k.Name) == plain {
			return k.Name
		}
	}
	return ""
}

// meantLine is the line to write for a foreign key.
func meantLine(f foreignKey, v any, keys []Key) string {
	if line, text := v.(string); text && f.ours == "exec" {
		var shell *shellwords.ShellError
		if _, err := shellwords.Split(line); errors.As(err, &shell) {
			return "shell = " + strconv.Quote(line)
		}
	}
	line := f.ours + lineValue(f.ours, v, f.value, keys)
	if text, _ := v.(string); f.ours == "bind" && strings.Contains(line, "=") {
		if port := portMeant(text); port != "" && oneColon(text) {
			line += " and port = " + port
		}
	}
	return line
}

// oneColon tells whether a text may be an address with a port, or a port alone.
// An IPv6 address has more colons.
func oneColon(text string) bool { return strings.Count(text, ":") == 1 }

// lineValue is " = " and the value to write for a key.
func lineValue(key string, v any, convert func(any) string, keys []Key) string {
	i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == key })
	k := keys[i]
	if convert != nil {
		if value := convert(v); value != "" {
			return " = " + value
		}
		return " = " + k.sample()
	}
	if _, words := v.(string); words && k.Type == commandType {
		return " = " + asTOML(v)
	}
	scratch := NewService("scratch", scratchKind(k))
	err := k.set(&scratch, v)
	if value := meantValue(err); value != "" {
		return " = " + value
	}
	if err != nil {
		return " = " + k.sample()
	}
	return " = " + asTOML(v)
}

func scratchKind(k Key) string {
	if k.Kinds != nil {
		return k.Kinds[0]
	}
	return KindExec
}

// asTOML is a value as TOML writes it.
func asTOML(v any) string {
	switch v := v.(type) {
	case string:
		return quoteTOML(v)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = asTOML(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v)
}

// quoteTOML is a text as a basic string, see https://toml.io/en/v1.0.0#string.
func quoteTOML(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// envMeant names the variables and shows no value.
func envMeant(v any) string {
	var names []string
	switch v := v.(type) {
	case map[string]any:
		names = slices.Sorted(maps.Keys(v))
	case []any:
		for _, item := range v {
			if text, is := item.(string); is {
				name, _, _ := strings.Cut(text, "=")
				names = append(names, name)
			}
		}
	case string: // of supervisord: A="1",B="2"
		for part := range strings.SplitSeq(v, ",") {
			if name, _, assigned := strings.Cut(part, "="); assigned {
				names = append(names, strings.TrimSpace(name))
			}
		}
	}
	var entries []string
	for _, name := range names {
		if bareKey().MatchString(name) {
			entries = append(entries, name+` = "…"`)
		}
	}
	if len(entries) == 0 {
		return ""
	}
	return "{ " + strings.Join(entries, ", ") + " }"
}

// listMeant makes a list of one text, of several in one, and of a table's keys.
func listMeant(v any) string {
	switch v := v.(type) {
	case string:
		var list []any
		for _, word := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' }) {
			list = append(list, word)
		}
		if len(list) > 0 {
			return asTOML(list)
		}
	case []any:
		return asTOML(v)
	case map[string]any:
		var list []any
		for _, name := range slices.Sorted(maps.Keys(v)) {
			list = append(list, name)
		}
		return asTOML(list)
	}
	return ""
}

// hostMeant is an address without its port.
func hostMeant(v any) string {
	text, is := v.(string)
	if !is {
		return ""
	}
	if host, _, found := strings.Cut(text, ":"); found && oneColon(text) {
		text = host
	}
	if text == "" || text == "*" {
		text = "0.0.0.0"
	}
	if checkBind(text) != nil {
		return ""
	}
	return strconv.Quote(text)
}

// portsMeant is the first port of a list.
func portsMeant(v any) string {
	if list, is := v.([]any); is && len(list) > 0 {
		v = list[0]
	}
	if n, is := v.(int64); is && n >= 1 && n <= 65535 {
		return strconv.FormatInt(n, 10)
	}
	return portMeant(v)
}

// policyMeant is the policy that others name with a word, or with true and
// false.
func policyMeant(v any) string {
	word, _, _ := strings.Cut(strings.ToLower(fmt.Sprint(v)), ":") // on-failure:5
	switch plainKey(word) {
	case "always", "true", "yes", "unlessstopped", "1", "any":
		return `"always"`
	case "no", "never", "false", "none", "0":
		return `"never"`
	case "onfailure", "unexpected", "onabnormal", "onabort", "ondeath":
		return `"on-failure"`
	}
	return ""
}

// probeMeant is the path that a health check asks for.
func probeMeant(v any) string {
	if text, is := v.(string); is && checkProbeURL(text) == nil {
		return strconv.Quote(text)
	}
	return `"/healthz"`
}

// watchMeant stands for true, which watches the folder.
func watchMeant(v any) string {
	if v == true {
		return `["."]`
	}
	return listMeant(v)
}

// setWatch reads paths, and answers true as watchMeant does.
func setWatch(to *[]string, v any) error {
	err := setStrings(to, v)
	if err != nil {
		return meant(err, watchMeant(v))
	}
	return nil
}
