package convert

import (
	"strconv"
	"strings"
	"time"
)

// option takes over one key of a [program:x].
func (v *service) option(o option, sec *section, expand func(string) string) {
	value := expand(o.value)
	lose := func(why string) { v.lose("%s = %s: %s", o.key, o.value, why) }
	switch o.key {
	case "command", "environment", "numprocs", "numprocs_start", "process_name":
		// they are in the table already
	case "directory":
		v.setText("dir", value)
	case "umask":
		if !octal(value) {
			lose("expected a number in octal")
			return
		}
		v.setText("umask", value)
	case "user":
		v.setAside("user", quote(value), "only when root starts ammarctl; else it is whoever starts it")
	case "autostart":
		if !yes(value) {
			v.set("autostart", "false")
		}
	case "autorestart":
		v.restartPolicy(value, lose)
	case "startretries":
		if n, err := strconv.Atoi(value); err == nil && n >= 0 && n < 1000 {
			v.set("restart.limit", strconv.Itoa(n+1))
			return
		}
		lose("expected a number")
	case "startsecs":
		lose("a program is up once it has started; a probe tells when it is well: probe = { http = \"/\" } or { tcp = " +
			"\"127.0.0.1:PORT\" }")
	case "exitcodes":
		var codes []string
		for code := range strings.SplitSeq(value, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(code))
			if err != nil || n < 0 || n > 255 {
				lose("expected numbers from 0 to 255")
				return
			}
			if n != 0 {
				codes = append(codes, strconv.Itoa(n))
			}
		}
		if len(codes) > 0 {
			v.set("success_exit_codes", "["+strings.Join(codes, ", ")+"]")
		}
	case "stopsignal":
		signal := strings.TrimPrefix(strings.ToUpper(value), "SIG")
		if !oneOf(signal, "TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH") {
			lose("it is not one of the signals that end a service here; TERM is sent")
			return
		}
		v.setText("stop_signal", signal)
	case "stopwaitsecs":
		if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 && seconds < 1e6 {
			v.setSeconds("stop_timeout", seconds, time.Second)
			return
		}
		lose("expected a number of seconds")
	case "stopasgroup":
		if yes(value) {
			lose("the signal goes to the program; what it leaves behind is killed with its whole group")
		}
	case "killasgroup":
		if !yes(value) {
			lose("SIGKILL always goes to the whole group")
		}
	case "priority":
		lose("nothing is started by numbers; after = [\"NAME\"] waits until that one is ready")
	case "redirect_stderr":
		if !yes(value) {
			lose("standard output and error are one log, in the order in which they were written")
		}
	case "stdout_logfile", "stderr_logfile":
		v.logFile(o, value, lose)
	case "stdout_logfile_maxbytes":
		v.logSize(value, sec, lose)
	case "stdout_logfile_backups":
		// taken into account with maxbytes
		if _, given := sec.get("stdout_logfile_maxbytes"); !given {
			lose("logs.total bounds all files of a log together, in bytes")
		}
	case "stdout_events_enabled", "stderr_events_enabled", "stdout_capture_maxbytes", "stderr_capture_maxbytes",
		"serverurl":
		lose("there are no such events; ammarctl logs -f --json follows a log")
	case "stderr_logfile_maxbytes", "stderr_logfile_backups":
		lose("standard error is in the same log as standard output")
	case "stdout_syslog", "stderr_syslog":
		if yes(value) {
			lose("the log is kept in files; pass it on with: ammarctl logs -f " + v.name + " | logger")
		}
	default:
		lose("it is not known")
	}
}

func (v *service) restartPolicy(value string, lose func(string)) {
	switch {
	case strings.EqualFold(value, "unexpected"):
		v.setText("restart.policy", "on-failure")
	case yes(value):
		v.setText("restart.policy", "always")
	case oneOf(strings.ToLower(value), "false", "no", "off", "0"):
		v.setText("restart.policy", "never")
	default:
		lose("expected true, false or unexpected")
	}
}

func (v *service) logFile(o option, value string, lose func(string)) {
	switch {
	case oneOf(strings.ToUpper(value), "AUTO", "NONE", "/DEV/NULL", "/DEV/STDOUT", "/DEV/STDERR", "/DEV/FD/1",
		"/DEV/FD/2"):
		if !strings.EqualFold(value, "AUTO") {
			lose("ammarctl keeps the log itself; see it with: ammarctl logs " + v.name)
		}
	default:
		lose("ammarctl keeps the log itself, in the folder that ammarctl info names; see it with: ammarctl logs " + v.name)
	}
}

// logSize takes the size of a log file, and of all of them.
func (v *service) logSize(value string, sec *section, lose func(string)) {
	size, ok := supervisordSize(value)
	if !ok || size == 0 {
		lose("a log has a limit here; the default is 8 MiB a file and 64 MiB together")
		return
	}
	size = max(size, 64<<10)
	backups := int64(10) // supervisord's default
	if text, given := sec.get("stdout_logfile_backups"); given {
		if n, err := strconv.ParseInt(text, 10, 32); err == nil && n >= 0 && n <= 10_000 {
			backups = n
		}
	}
	v.set("logs.size", quote(kib(size)))
	v.set("logs.total", quote(kib(size*(max(backups, 1)+1))))
}

// supervisordSize reads 50MB as supervisord does: in powers of 1024.
func supervisordSize(text string) (int64, bool) {
	text = strings.ToUpper(strings.TrimSpace(text))
	unit := int64(1)
	for suffix, n := range map[string]int64{"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30} {
		if rest, has := strings.CutSuffix(text, suffix); has {
			text, unit = strings.TrimSpace(rest), n
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n * unit, err == nil && n >= 0 && n <= 1<<40/unit
}

func kib(n int64) string {
	if n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + "MiB"
	}
	return strconv.FormatInt(n>>10, 10) + "KiB"
}

func octal(text string) bool {
	n, err := strconv.ParseInt(text, 8, 32)
	return err == nil && n >= 0 && n <= 0o777
}

func yes(text string) bool { return oneOf(strings.ToLower(text), "true", "yes", "on", "1") }

func oneOf(text string, all ...string) bool {
	for _, a := range all {
		if a == text {
			return true
		}
	}
	return false
}
