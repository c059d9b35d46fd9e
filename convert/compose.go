package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// processCompose reads a process-compose.yaml.
func (s *sheet) processCompose(text string) error {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return fmt.Errorf("%s: %s", s.path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return nil
	}
	top, err := fields(doc.Content[0])
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	c := compose{sheet: s, shell: []string{"bash", "-c"}, tasks: map[string]bool{}}
	for _, f := range top {
		if err := c.global(f); err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
	}
	for _, p := range c.processes { // names first: others depend on them
		v := s.add(p.key)
		v.given = p.key
	}
	for i, p := range c.processes {
		if err := c.process(s.services[i], p); err != nil {
			return fmt.Errorf("%s: process %s: %w", s.path, p.key, err)
		}
	}
	for name := range c.tasks {
		if v := s.called(name); v != nil {
			v.set("oneshot", "true")
		}
	}
	return nil
}

// compose is what holds for all processes.
type compose struct {
	*sheet
	shell     []string
	env       [][2]string
	processes []field
	tasks     map[string]bool // those that others wait for to complete
}

func (c *compose) global(f field) (err error) {
	switch f.key {
	case "version", "name", "is_strict":
		return nil
	case "processes":
		c.processes, err = fields(f.node)
		return err
	case "environment":
		c.env, err = variables(f.node)
		return err
	case "shell":
		parts, err := fields(f.node)
		if err != nil {
			return err
		}
		for _, p := range parts {
			switch p.key {
			case "shell_command":
				c.shell[0] = p.text()
			case "shell_argument":
				c.shell[1] = p.text()
			}
		}
		return nil
	case "log_location", "log_level", "log_length", "log_format", "log_configuration":
		c.lose("%s: ammarctl keeps each service's log in a folder of its own: see ammarctl info", f.key)
	case "env_cmds":
		c.lose("env_cmds: run the commands before, and pass on what they print: env = { NAME = \"${NAME}\" }")
	case "vars":
		c.lose("vars: there are no templates; write the values, or use ${NAME} of the environment")
	default:
		if !strings.HasPrefix(f.key, "x-") { // which is there to be referred to, and says nothing itself
			c.lose("%s: there is nothing like it", f.key)
		}
	}
	return nil
}

// process fills the table of one process.
func (c *compose) process(v *service, p field) error {
	keys, err := fields(p.node)
	if err != nil {
		return err
	}
	env := slices.Clone(c.env)
	var command string
	var entry []string
	for _, f := range keys {
		switch f.key {
		case "command":
			command = f.text()
		case "entrypoint":
			if entry, err = f.list(); err != nil {
				return err
			}
		case "environment":
			own, err := variables(f.node)
			if err != nil {
				return err
			}
			env = append(env, own...)
		}
	}
	switch {
	case strings.ContainsRune(command+strings.Join(entry, "")+c.shell[0]+c.shell[1], 0):
		return fmt.Errorf("line %d: a command cannot hold a zero byte", p.line)
	case len(entry) > 0 && entry[0] != "":
		for i := range entry {
			entry[i] = dollars(entry[i])
		}
		v.setList("exec", entry)
	case command != "" && len(entry) == 0 && c.shell[0] != "":
		// The shell reads its variables itself; $$ is one $ for it.
		v.setList("exec", append(slices.Clone(c.shell), literal(strings.ReplaceAll(command, "$$", "$"))))
	default:
		return fmt.Errorf("line %d: expected a command", p.line)
	}
	for i := range env {
		env[i][1] = dollars(env[i][1])
	}
	v.setEnv(env)
	for _, f := range keys {
		if err := c.key(v, f); err != nil {
			return err
		}
	}
	return nil
}

// key takes over one key of a process.
func (c *compose) key(v *service, f field) error {
	switch f.key {
	case "command", "entrypoint", "environment":
	case "working_dir":
		v.setText("dir", dollars(f.text()))
	case "description":
		v.about = append(v.about, f.text())
	case "replicas":
		n, err := strconv.Atoi(f.text())
		if err != nil || n < 1 || n > most {
			return fmt.Errorf("line %d: replicas: expected a number from 1 to %d, got %q", f.line, most, f.text())
		}
		v.set("replicas", strconv.Itoa(n))
	case "is_tty":
		if f.text() == "true" {
			v.set("pty", "true")
		}
	case "depends_on":
		return c.dependsOn(v, f)
	case "availability":
		return v.availability(f)
	case "readiness_probe", "liveness_probe":
		return v.probe(f)
	case "shutdown":
		return v.shutdown(f)
	case "env_file", "dotenv":
		files, err := f.list()
		if err != nil {
			return err
		}
		if slices.Contains(files, "") {
			return fmt.Errorf("line %d: %s: expected the names of files", f.line, f.key)
		}
		v.setList("env_file", files)
	case "disabled":
		if f.text() == "true" {
			v.set("autostart", "false")
		}
	case "namespace":
		v.lose("namespace = %s: there are no groups of services; an instance of its own is one: --instance", f.text())
	case "log_location", "disable_ansi_colors", "logger":
		v.lose("%s: ammarctl keeps the log itself; see it with: ammarctl logs %s", f.key, v.name)
	case "ready_log_line":
		v.set("ready_log", quote(regexp.QuoteMeta(f.text())))
	case "is_daemon":
		if f.text() != "false" {
			v.lose("is_daemon: have the program stay in the foreground; one that leaves is started again")
		}
	case "is_foreground", "is_interactive":
		if f.text() != "false" {
			v.lose("%s: a service has no terminal to read from", f.key)
		}
	case "schedule":
		return v.schedule(f)
	default:
		v.lose("%s: there is nothing like it", f.key)
	}
	return nil
}

func (c *compose) dependsOn(v *service, f field) error {
	all, err := fields(f.node)
	if err != nil {
		return err
	}
	var after, names []string
	plain := true // all have to be ready
	for _, d := range all {
		other := c.called(d.key)
		if other == nil {
			v.lose("depends_on %s: there is no such process", d.key)
			continue
		}
		condition := "process_started"
		parts, err := fields(d.node)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if p.key == "condition" {
				condition = p.text()
			}
		}
		when := "ready"
		switch condition {
		case "process_started":
			when = "started"
		case "process_healthy", "process_log_ready":
		case "process_completed_successfully":
			when, c.tasks[d.key] = "done", true
		case "process_completed":
			when, c.tasks[d.key] = "done", true
			v.lose("depends_on %s: process_completed: only exit status 0 counts as completed", d.key)
		default:
			v.lose("depends_on %s: %s: it is waited for until it is ready", d.key, condition)
		}
		after, plain = append(after, other.name+" = "+quote(when)), plain && when == "ready"
		names = append(names, other.name)
	}
	switch {
	case len(after) == 0:
	case plain:
		v.setList("after", names)
	default:
		v.set("after", "{ "+strings.Join(after, ", ")+" }")
	}
	return nil
}

// field is one key of a mapping.
type field struct {
	key  string
	node *yaml.Node
	line int
}

func (f field) text() string { return resolve(f.node).Value }

// list is a sequence of texts, or one text.
func (f field) list() ([]string, error) {
	n := resolve(f.node)
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}, nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return nil, fmt.Errorf("line %d: %s: expected a list", f.line, f.key)
	}
	var out []string
	for _, item := range n.Content {
		out = append(out, resolve(item).Value)
	}
	return out, nil
}

func resolve(n *yaml.Node) *yaml.Node {
	for range 16 { // an alias of an alias of …
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	return n
}

// fields are the keys of a mapping in their order, with what "<<" merges in.
// null is a mapping without any.
func fields(n *yaml.Node) ([]field, error) { return fieldsTo(n, 0) }

func fieldsTo(n *yaml.Node, depth int) ([]field, error) {
	n = resolve(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: expected keys with values", n.Line)
	}
	if depth > 8 {
		return nil, fmt.Errorf("line %d: aliases (<<) are merged more than 8 deep; write the keys out", n.Line)
	}
	var own, merged []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolve(n.Content[i]), n.Content[i+1]
		if key.Tag != "!!merge" {
			own = append(own, field{key.Value, value, key.Line})
			continue
		}
		from := []*yaml.Node{value}
		if list := resolve(value); list.Kind == yaml.SequenceNode {
			from = list.Content
		}
		for _, f := range from {
			more, err := fieldsTo(f, depth+1)
			if err != nil {
				return nil, err
			}
			merged = append(merged, more...)
		}
	}
	for _, m := range merged {
		if !slices.ContainsFunc(own, func(o field) bool { return o.key == m.key }) {
			own = append(own, m)
		}
	}
	return own, nil
}

// variables reads a list of NAME=value, or a mapping.
func variables(n *yaml.Node) ([][2]string, error) {
	n = resolve(n)
	var out [][2]string
	if n.Kind == yaml.MappingNode {
		all, err := fields(n)
		for _, f := range all {
			out = append(out, [2]string{f.key, f.text()})
		}
		return out, err
	}
	if n.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("line %d: expected a list of NAME=value", n.Line)
	}
	for _, item := range n.Content {
		name, value, found := strings.Cut(resolve(item).Value, "=")
		if !found {
			return nil, fmt.Errorf("line %d: expected NAME=value, got %q", item.Line, resolve(item).Value)
		}
		out = append(out, [2]string{name, value})
	}
	return out, nil
}

var dollar = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)|\$\{`)
})

// dollars writes variables as ammarctl reads them: process-compose takes one
// that is not set for an empty text.
func dollars(text string) string {
	return dollar().ReplaceAllStringFunc(text, func(found string) string {
		m := dollar().FindStringSubmatch(found)
		switch name := m[1] + m[2]; {
		case found == "$$":
			return "$"
		case name != "":
			return "${" + name + ":-}"
		}
		return "$${"
	})
}
