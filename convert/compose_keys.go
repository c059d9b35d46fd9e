package convert

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

func (v *service) availability(f field) error {
	keys, err := fields(f.node)
	if err != nil {
		return err
	}
	policy := "never" // process-compose's default is "no"
	for _, k := range keys {
		switch k.key {
		case "restart":
			switch k.text() {
			case "always":
				policy = "always"
			case "on_failure":
				policy = "on-failure"
			case "exit_on_failure":
				v.set("critical", "true")
			case "no", "false":
			default:
				v.lose("availability.restart = %q: expected always, on_failure, exit_on_failure or no", k.text())
			}
		case "backoff_seconds":
			seconds, err := k.seconds()
			if err != nil {
				return err
			}
			v.setSeconds("restart.delay", seconds, time.Millisecond)
			if seconds > 30 {
				v.setSeconds("restart.max_delay", seconds, time.Millisecond)
			}
		case "max_restarts":
			n, err := strconv.Atoi(k.text())
			if err != nil || n < 0 || n > 1_000_000 {
				return fmt.Errorf("line %d: max_restarts: expected a number, got %q", k.line, k.text())
			}
			if n > 0 {
				n++
			}
			v.set("restart.limit", strconv.Itoa(n))
		case "exit_on_end":
			if k.text() == "true" {
				v.lose("exit_on_end: the instance goes on when a program has ended well; critical = true ends it when one " +
					"has failed")
			}
		default:
			v.lose("availability.%s: there is nothing like it", k.key)
		}
	}
	v.setText("restart.policy", policy)
	return nil
}

// seconds is a number of them, up to ten years.
func (f field) seconds() (float64, error) {
	n, err := strconv.ParseFloat(f.text(), 64)
	if err != nil || !(n >= 0 && n <= 1e8) {
		return 0, fmt.Errorf("line %d: %s: expected a number of seconds, got %q", f.line, f.key, f.text())
	}
	return n, nil
}

// probe takes over the readiness probe, or the liveness probe where there is
// no other. There is one here, which does both.
func (v *service) probe(f field) error {
	for _, e := range v.keys {
		if strings.HasPrefix(e.key, "probe.") {
			v.lose("%s: a service has one probe", f.key)
			return nil
		}
	}
	keys, err := fields(f.node)
	if err != nil {
		return err
	}
	asked := false
	var rest []func()
	for _, k := range keys {
		seconds := func(key string, least time.Duration) error {
			n, err := k.seconds()
			rest = append(rest, func() { v.setSeconds(key, n, least) })
			return err
		}
		var err error
		switch k.key {
		case "http_get":
			asked, err = v.probeHTTP(k)
		case "exec":
			asked, err = v.probeExec(k)
		case "period_seconds":
			err = seconds("probe.every", time.Second)
		case "timeout_seconds":
			err = seconds("probe.timeout", time.Millisecond)
		case "initial_delay_seconds":
			err = seconds("probe.start_period", 0)
		case "failure_threshold":
			n, bad := strconv.Atoi(k.text())
			if bad != nil || n < 1 || n > 1000 {
				return fmt.Errorf("line %d: failure_threshold: expected a number from 1 to 1000, got %q", k.line, k.text())
			}
			rest = append(rest, func() { v.set("probe.failures", strconv.Itoa(n)) })
		case "success_threshold":
			if k.text() != "1" {
				v.lose("%s.success_threshold = %s: one good answer is enough here", f.key, k.text())
			}
		default:
			v.lose("%s.%s: there is nothing like it", f.key, k.key)
		}
		if err != nil {
			return err
		}
	}
	if !asked {
		v.lose("%s: it asks for nothing", f.key)
		return nil
	}
	for _, set := range rest {
		set()
	}
	if f.key == "liveness_probe" {
		v.set("probe.restart", "true")
	}
	return nil
}

func (v *service) probeHTTP(f field) (bool, error) {
	keys, err := fields(f.node)
	if err != nil {
		return false, err
	}
	scheme, host, port, path := "http", "127.0.0.1", "", "/"
	for _, k := range keys {
		switch k.key {
		case "scheme":
			scheme = strings.ToLower(k.text())
		case "host":
			host = k.text()
		case "port":
			port = k.text()
		case "path":
			path = "/" + strings.TrimPrefix(k.text(), "/")
		default:
			v.lose("http_get.%s: there is nothing like it", k.key)
		}
	}
	n, err := strconv.Atoi(port)
	if port != "" && (err != nil || n < 1 || n > 65535) || scheme != "http" && scheme != "https" {
		return false, fmt.Errorf("line %d: expected http or https and a port, got %s and %q", f.line, scheme, port)
	}
	if port != "" {
		host = net.JoinHostPort(host, port)
	}
	v.setText("probe.http", scheme+"://"+host+dollars(path))
	return true, nil
}

func (v *service) probeExec(f field) (bool, error) {
	keys, err := fields(f.node)
	if err != nil {
		return false, err
	}
	asked := false
	for _, k := range keys {
		if k.key != "command" || k.text() == "" {
			v.lose("exec.%s: there is nothing like it", k.key)
			continue
		}
		asked = true
		v.setList("probe.exec", []string{"sh", "-c", literal(strings.ReplaceAll(k.text(), "$$", "$"))})
	}
	return asked, nil
}

// signals are the names of those that stop_signal takes, by number.
func signals() map[string]string {
	return map[string]string{"1": "HUP", "2": "INT", "3": "QUIT", "10": "USR1", "12": "USR2", "15": "TERM", "28": "WINCH"}
}

func (v *service) shutdown(f field) error {
	keys, err := fields(f.node)
	if err != nil {
		return err
	}
	for _, k := range keys {
		switch k.key {
		case "signal":
			name, known := signals()[k.text()]
			if !known {
				v.lose("shutdown.signal = %s: it is not one of the signals that end a service here; TERM is sent", k.text())
				continue
			}
			v.setText("stop_signal", name)
		case "timeout_seconds":
			seconds, err := k.seconds()
			if err != nil {
				return err
			}
			v.setSeconds("stop_timeout", seconds, time.Second)
		case "command":
			v.lose("shutdown.command = %s: a signal ends a service; have the program do this when it gets SIGTERM", k.text())
		case "parent_only":
			if k.text() == "true" {
				v.lose("shutdown.parent_only: the signal goes to the program alone, and what it leaves behind is killed")
			}
		default:
			v.lose("shutdown.%s: there is nothing like it", k.key)
		}
	}
	return nil
}

// schedule reads when a process is started, by the clock or again and again.
func (v *service) schedule(f field) error {
	keys, err := fields(f.node)
	if err != nil {
		return err
	}
	for _, k := range keys {
		switch k.key {
		case "cron":
			v.setText("schedule", k.text())
		case "interval":
			v.setText("schedule", "@every "+k.text())
		default:
			v.lose("schedule.%s: there is nothing like it", k.key)
		}
	}
	return nil
}
