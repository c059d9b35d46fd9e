package configs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/internal/accesslog"
	"github.com/ammarctl/ammarctl/internal/kind"
)

// Process says in which environment a service's process runs.
type Process struct {
	Env      map[string]string // wins over EnvFiles
	EnvFiles []string          // read at each start; later files win
	Secrets  map[string]string // variable to file, read at each start
	Dir      string            // working folder
	Umask    int               // -1: the supervisor's
	User     string            // whose process it is; empty: the supervisor's user
	PTY      bool              // its output is a terminal
	Watch    []string          // files and folders whose change restarts it
}

func processKeys() []Key {
	return []Key{
		{Name: "env", Shown: ShowNames, Example: `{ GREETING = "hi" }`,
			Exports: Exports{to("environment"), to("env"), to("Env"), to("Environment")},
			Doc:     "Variables for the service's environment, besides ammarctl's own.",
			Value: custom("table of strings", func(s *Service) *map[string]string { return &s.Env }, nil, "",
				func(to *map[string]string, _ *Service, v any) error { return setEnv(to, v) })},
		{Name: "dir", Shown: ShowAll, Example: `"/srv/hello"`,
			Exports: Exports{to("the image's WORKDIR"), to("the image's WORKDIR"), to("the image's WORKDIR"),
				to("WorkingDirectory")},
			Doc:   "The working folder; by default that of the configuration file.",
			Value: folder(func(s *Service) *string { return &s.Dir }, "")},
		{Name: "watch", Kinds: []string{kind.Exec}, Shown: ShowAll, Example: `["app.py", "templates"]`,
			Exports: everywhere(lost("it is for development: nothing is restarted when a file changes")),
			Doc: "Files and folders, relative to dir; the service is restarted when one of them changes. " +
				"For development.",
			Value: field[[]string]{typ: "paths", at: func(s *Service) *[]string { return &s.Watch },
				parse: func(to *[]string, _ *Service, v any) error { return setWatch(to, v) }}},
	}
}

// environmentKeys come after those of the lifecycle in the reference.
func environmentKeys() []Key {
	return []Key{
		{Name: "env_file", Shown: ShowAll, Example: `[".env"]`,
			Exports: Exports{to("env_file"), to("envFrom"), to("Templates"), to("EnvironmentFile")},
			Doc: "Files of NAME=value lines for the service's environment, read at each start; later files win, " +
				"and env wins over all. A value may be in single quotes, as it is, or in double quotes with " +
				"\\n, \\t, \\\" and \\\\; a # after a space begins a comment.",
			Value: field[[]string]{typ: "files", at: func(s *Service) *[]string { return &s.EnvFiles },
				parse: func(to *[]string, _ *Service, v any) error { return setStrings(to, v) },
				paths: func(to *[]string, absolute func(string) string) {
					for i, path := range *to {
						(*to)[i] = absolute(path)
					}
				}}},
		{Name: "secrets", Shown: ShowAll, Example: `{ DB_PASSWORD = "db-password" }`,
			Exports: Exports{to("environment"), to("secretKeyRef"), to("Templates"), to("LoadCredential")},
			Doc: "Variables whose values are in files, read by the service's own process at each start, " +
				"less the last newline: the supervisor never knows them. A name without a slash is a file in " +
				"$CREDENTIALS_DIRECTORY, where systemd puts credentials.",
			Value: field[map[string]string]{typ: "table of files", at: func(s *Service) *map[string]string { return &s.Secrets },
				parse: func(to *map[string]string, _ *Service, v any) error { return setSecrets(to, v) },
				paths: func(to *map[string]string, absolute func(string) string) {
					for name, path := range *to {
						if strings.Contains(path, "/") { // others are in the credentials' folder
							(*to)[name] = absolute(path)
						}
					}
				}}},
		{Name: "umask", Example: `"027"`,
			Exports: onlySystemd("the program has to set it itself", to("UMask")),
			Doc:     "The permissions that files made by the service never have, in octal.",
			Value: field[int]{typ: "mode", at: func(s *Service) *int { return &s.Umask }, def: -1, safe: true,
				parse: func(to *int, _ *Service, v any) error { return setUmask(to, v) },
				write: func(mode int) string {
					if mode < 0 {
						return "none"
					}
					return fmt.Sprintf("%q", fmt.Sprintf("%03o", mode))
				}}},
		{Name: "user", Shown: ShowAll, Example: `"www-data"`,
			Exports: Exports{to("user"), to("runAsUser"), to("User"), to("User")},
			Doc:     "Whose process it is; only when ammarctl is started by root.",
			Value:   text("user", func(s *Service) *string { return &s.User }, "", nil)},
		{Name: "pty",
			Exports: Exports{to("tty"), to("tty"), to("tty"), lost("its output is the journal, which is no terminal")},
			Doc: "Let the service write to a terminal instead of a pipe: some programs show each line at once only there. " +
				"When the supervisor is killed, its end of the terminal is gone: " +
				"what such a service writes until it is restarted is lost.",
			Value: boolean(func(s *Service) *bool { return &s.PTY }, false)},
		{Name: "metrics", Kinds: []string{kind.Exec}, Shown: ShowURL, Example: `"http://127.0.0.1:2019/metrics"`,
			Exports: Exports{to("labels"), to("annotations"), to("Services"), lost("tell your Prometheus where they are")},
			Doc: "Where the program shows metrics in Prometheus' text format: " +
				"requests, connections and latency are taken from there.",
			Value: text("URL", func(s *Service) *string { return &s.Metrics }, "", checkMetrics)},
		{Name: "log_format", Kinds: []string{kind.Exec}, Shown: ShowAll, Change: InPlace,
			Example: `"$remote_addr \"$request\" $status $bytes $duration"`,
			Exports: everywhere(lost("it is about what ammarctl counts in the log")),
			Doc: "The form of the lines in the program's access log, from which requests, their status and their latency are " +
				"counted where there are no metrics: " + formatNames() + ", or a pattern of variables. " +
				"Common forms are recognised without it.",
			Value: text("format", func(s *Service) *string { return &s.LogFormat }, "", checkLogFormat)},
		{Name: "show_args", Change: InPlace,
			Exports: everywhere(lost("it is about what ammarctl shows of the service")),
			Doc: "Show the arguments of the service's commands in ps, the dashboard, the status page and reports. " +
				"Without it only the program and their number are shown, since arguments often hold secrets.",
			Value: boolean(func(s *Service) *bool { return &s.ShowArgs }, false)},
	}
}

// formatNames lists the formats of access logs that have a name.
func formatNames() string {
	var names []string
	for _, f := range accesslog.Formats() {
		names = append(names, f.Name())
	}
	return strings.Join(names, ", ")
}

func checkLogFormat(text string) error {
	_, err := accesslog.New(text)
	return err
}

// setEnv reads variables. Its errors never show a value.
func setEnv(to *map[string]string, v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf(`expected a table like { NAME = "value" }, got %s`, describeType(v))
	}
	*to = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return &insideError{name, fmt.Errorf("env: expected the name of a variable, without = and not empty, got %q", name)}
		}
		text, ok := table[name].(string)
		if !ok || strings.ContainsRune(text, 0) {
			return &insideError{name, fmt.Errorf("env.%s: expected text in quotes, got %s", name, describeType(table[name]))}
		}
		(*to)[name] = text
	}
	return nil
}

func setSecrets(to *map[string]string, v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf(`expected a table like { NAME = "file" }, got %s`, describeType(v))
	}
	*to = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return &insideError{name, fmt.Errorf("secrets: expected the name of a variable, without = and not empty, got %q",
				name)}
		}
		path, ok := table[name].(string)
		if !ok || path == "" || strings.ContainsRune(path, 0) {
			return &insideError{name,
				fmt.Errorf("secrets.%s: expected the path of a file in quotes, got %s", name, show(table[name]))}
		}
		(*to)[name] = path
	}
	return nil
}

func setUmask(to *int, v any) error {
	text, _ := v.(string)
	mode, err := strconv.ParseUint(text, 8, 32)
	if err != nil || mode > 0o777 {
		return fmt.Errorf(`expected an octal number in quotes up to "777", like "027", got %s`, show(v))
	}
	*to = int(mode)
	return nil
}
