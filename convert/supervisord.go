package convert

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/internal/shellwords"
)

// supervisord reads a configuration as supervisord.conf(5) has it.
func (s *sheet) supervisord(text string) error {
	sections, err := readINI(text)
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	here, err := filepath.Abs(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	var common [][2]string // the environment of all
	for _, sec := range sections {
		if sec.name != "supervisord" {
			continue
		}
		for _, o := range sec.options {
			if o.key != "environment" {
				s.lose("[supervisord] %s = %s: %s", o.key, o.value, daemonKey(o.key))
				continue
			}
			if common, err = pairs(expandPercent(o.value, here, "supervisord", 0)); err != nil {
				return fmt.Errorf("%s: line %d: %w", s.path, o.line, err)
			}
		}
	}
	for _, sec := range sections {
		kind, name, _ := strings.Cut(sec.name, ":")
		switch kind {
		case "supervisord":
		case "program":
			if err := s.program(sec, name, here, common); err != nil {
				return fmt.Errorf("%s: %w", s.path, err)
			}
		default:
			s.lose("[%s]: %s", sec.name, otherSection(kind, sec))
		}
	}
	return nil
}

// daemonKey says what stands for a key of [supervisord].
func daemonKey(key string) string {
	switch key {
	case "logfile", "logfile_maxbytes", "logfile_backups", "loglevel", "childlogdir", "strip_ansi":
		return "ammarctl keeps each service's log in a folder of its own: see ammarctl info"
	case "nodaemon":
		return "ammarctl up stays in the foreground, ammarctl up -d does not"
	case "user":
		return "ammarctl runs as whoever starts it"
	case "pidfile", "identifier", "directory":
		return "an instance has its own folders and its name: --instance"
	case "minfds", "minprocs", "umask":
		return "set limits.open_files, limits.processes or umask for a service"
	}
	return "there is nothing like it"
}

func otherSection(kind string, sec *section) string {
	switch kind {
	case "unix_http_server", "inet_http_server", "supervisorctl", "rpcinterface":
		return "ammarctl has a control socket of its own, for this user only"
	case "group":
		list, _ := sec.get("programs")
		return "there are no groups; name several services instead: ammarctl restart " +
			strings.Join(strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }), " ")
	case "include":
		files, _ := sec.get("files")
		return "import these files as well: " + files
	case "eventlistener":
		command, _ := sec.get("command")
		return "events are followed with ammarctl --plain; its command was: " + command
	case "fcgi-program":
		command, _ := sec.get("command")
		return "FastCGI sockets are not made here; give its program a port of its own: " + command
	}
	return "it is not known"
}

var percent = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`%%|%\(([A-Za-z0-9_]+)\)(0?[0-9]*[sd])`) })

// expandPercent puts in what supervisord puts in for %(…)s.
func expandPercent(text, here, name string, number int) string {
	var b strings.Builder
	last := 0
	for _, at := range percent().FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(literal(text[last:at[0]]))
		last = at[1]
		if at[2] < 0 {
			b.WriteByte('%')
			continue
		}
		key, verb := text[at[2]:at[3]], text[at[4]:at[5]]
		switch variable, env := strings.CutPrefix(key, "ENV_"); {
		case env && variable != "" && (variable[0] < '0' || variable[0] > '9'):
			b.WriteString("${" + variable + "}")
		case key == "here":
			b.WriteString(literal(here))
		case key == "program_name" || key == "group_name":
			b.WriteString(literal(name))
		case key == "process_num":
			if len(verb) > 4 { // a width of thousands makes no sense
				verb = "d"
			}
			fmt.Fprintf(&b, "%"+strings.TrimRight(verb, "sd")+"d", number)
		case key == "host_node_name":
			b.WriteString("${HOSTNAME:-localhost}")
		default:
			b.WriteString(literal(text[at[0]:at[1]]))
		}
	}
	b.WriteString(literal(text[last:]))
	return b.String()
}

// most is how many copies of a program are written out one by one.
const most = 64

// program writes a table, or one for each process where they differ.
func (s *sheet) program(sec *section, name, here string, common [][2]string) error {
	copies := 1
	if text, given := sec.get("numprocs"); given {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("line %d: numprocs: expected a number, got %q", sec.line, text)
		}
		copies = n
	}
	numbered := false
	for _, o := range sec.options {
		numbered = numbered || o.key != "process_name" && strings.Contains(o.value, "%(process_num)")
	}
	if copies == 1 || !numbered || copies > most {
		v := s.add(name)
		if copies > 1 {
			v.set("replicas", strconv.Itoa(min(copies, most)))
		}
		if copies > most {
			v.lose("numprocs = %d: %d are the most", copies, most)
		}
		return v.program(sec, name, here, common, 0)
	}
	start := 0
	if text, given := sec.get("numprocs_start"); given {
		start, _ = strconv.Atoi(text)
	}
	for n := range copies {
		v := s.add(fmt.Sprintf("%s-%d", name, start+n))
		if err := v.program(sec, name, here, common, start+n); err != nil {
			return err
		}
	}
	return nil
}

// program fills one table.
func (v *service) program(sec *section, name, here string, common [][2]string, number int) error {
	expand := func(text string) string { return expandPercent(text, here, name, number) }
	command, _ := sec.get("command")
	exec, err := shellwords.Quoted(expand(command))
	if err != nil || len(exec) == 0 || exec[0] == "" || strings.ContainsRune(command, 0) {
		return fmt.Errorf("line %d: [%s] needs a command, got %q", sec.line, sec.name, command)
	}
	v.setList("exec", exec)
	env := common
	for _, o := range sec.options {
		if o.key != "environment" {
			continue
		}
		own, err := pairs(expand(o.value))
		if err != nil {
			return fmt.Errorf("line %d: %w", o.line, err)
		}
		env = append(append([][2]string{}, common...), own...)
	}
	v.setEnv(env)
	for _, o := range sec.options {
		v.option(o, sec, expand)
	}
	return nil
}
