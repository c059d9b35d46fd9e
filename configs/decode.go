package configs

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/names"
)

// Decode reads a configuration. path is the file of the text: errors begin with
// it, and relative paths start at its folder. ~ stands for home. Every error is
// returned at once, as Errors. Decode depends on its arguments only; Load checks
// the machine too.
func Decode(text []byte, path, home string) (Config, error) {
	return decode(text, path, home, machine{})
}

func decode(text []byte, path, home string, m machine) (Config, error) {
	d := decoder{path: path, home: home, base: filepath.Dir(path), machine: m}
	text = unmarked(text)
	var root map[string]any
	if err := toml.Unmarshal(text, &root); err != nil {
		return Config{}, d.syntax(err, text)
	}
	d.at = index(text)
	config := Config{Path: path}
	for _, name := range d.at.sortedKeys(root) {
		if name != "service" && name != "hosts" {
			d.fail([]string{name}, "unknown key %q; expected [service.NAME] tables, or [hosts]%s",
				name, didYouMean(name, []string{"service", "hosts"}))
		}
	}
	config.Hosts = d.hosts(root["hosts"])
	services, ok := root["service"].(map[string]any)
	if !ok && root["service"] != nil {
		d.fail([]string{"service"}, "expected [service.NAME] tables, got %s", show(root["service"]))
	}
	for _, name := range d.at.sortedKeys(services, "service") {
		table, ok := services[name].(map[string]any)
		if !ok {
			d.fail([]string{"service", name}, "expected a table [%s], got %s",
				tableName([]string{"service", name}), show(services[name]))
			continue
		}
		config.Services = append(config.Services, d.service(name, table))
	}
	d.together(config.Services)
	config.Services = d.replicate(config.Services)
	if len(config.Services) == 0 && len(config.Hosts) == 0 && len(d.errs) == 0 {
		d.errs = append(d.errs, &Error{File: path, Line: 1, Column: 1,
			Message: "no service is configured; expected at least one [service.NAME] table"})
	}
	if len(d.errs) > 0 {
		return Config{}, d.errs.sorted()
	}
	return config, nil
}

// decoder collects the errors of one configuration.
type decoder struct {
	path, home, base string
	machine          machine
	at               positions
	errs             Errors
	port             string // what ${PORT} is in the service that is decoded; empty: a variable as all others
}

func (d *decoder) fail(key []string, format string, args ...any) {
	d.add(key, fmt.Errorf(format, args...))
}

// explain is fail for an error with a story.
func (d *decoder) explain(key []string, code, format string, args ...any) {
	d.add(key, explain.Errorf(code, format, args...))
}

func (d *decoder) add(key []string, err error) {
	p := d.at.of(key)
	d.errs = append(d.errs, &Error{d.path, p.line, p.column, err.Error(), explain.Code(err)})
}

// service decodes one table.
func (d *decoder) service(name string, table map[string]any) Service {
	at := func(key string) []string { return append([]string{"service", name}, strings.Split(key, ".")...) }
	if !names.Valid(name) {
		d.fail([]string{"service", name},
			"cannot use %q as a service's name: expected letters, digits, - and _, 32 at most", name)
	}
	s := NewService(name, d.kind(name, table))
	d.port = d.ownPort(s, table["port"])
	keys := Keys()
	flat := flatten(table, keys)
	for _, key := range d.at.sortedKeys(flat, "service", name) {
		i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == key })
		if i < 0 && isTable(key, keys) {
			hint := foreign(key, flat[key], s.Kind, keys)
			d.fail(at(key), "%s: expected a table like %s, got %s%s", key, tableExample(key, keys), show(flat[key]), hint)
			continue
		}
		if i < 0 {
			if _, table := flat[key].(map[string]any); table && len(flat) == 1 {
				d.fail(at(key), "cannot use %q as a service's name: expected no dot in it, as in [service.%s]",
					name+"."+key, name+"-"+key)
				return s
			}
			d.unknown(name, key, flat[key], s.Kind, keys)
			continue
		}
		if !keys[i].Has(s.Kind) {
			hint := foreign(key, flat[key], s.Kind, keys)
			d.fail(at(key), "%s has no %s; it is a key of %s%s", kind.Of(s.Kind).Noun, key,
				strings.Join(keys[i].Kinds, ", "), hint)
			continue
		}
		if err := d.set(&s, keys[i], flat[key]); err != nil {
			var inside *insideError
			if errors.As(err, &inside) {
				d.add(append(at(key), inside.key), err)
				continue
			}
			hint := ""
			if value := meantValue(err); value != "" {
				hint = fmt.Sprintf("; write %s = %s", key[strings.LastIndex(key, ".")+1:], value)
			}
			d.add(at(key), fmt.Errorf("%s: %w%s", key, err, hint))
		}
	}
	d.finish(&s, flat)
	return s
}

// set decodes a value into the key's field of s.
func (d *decoder) set(s *Service, k Key, v any) error {
	if k.Type == commandType { // a variable with a space in its value is one word
		var err error
		if v, err = d.commandWords(k.Name, v); err != nil {
			return err
		}
	}
	if k.Name == "shell" { // the shell puts in the variables
		return k.set(s, v)
	}
	v, err := d.expand(v, k.Type)
	if err != nil {
		return err
	}
	return k.set(s, v)
}

// ownPort is what ${PORT} stands for in the other keys of a service: its port,
// ${PORT} again where that is chosen at the start, and empty where it has none.
func (d *decoder) ownPort(s Service, written any) string {
	d.port = ""
	value, err := d.expand(written, "port")
	switch {
	case written == nil || err != nil || setPort(&s, value) != nil || s.Port == NoPort:
		return ""
	case s.Port == FreePort:
		return portVariable
	}
	return strconv.Itoa(s.Port)
}

// kind is the kind of the table's service, which decides about its other keys.
func (d *decoder) kind(name string, table map[string]any) string {
	found := d.namedKind(name, table)
	if slices.Contains(builtin(), found) && !slices.Contains(Builtin(), found) {
		d.fail([]string{"service", name}, "this build of ammarctl is the tiny one, which comes without %s; it has %s",
			found, strings.Join(Builtin(), ", "))
	}
	return found
}

func (d *decoder) namedKind(name string, table map[string]any) string {
	kinds := kind.Names()
	if text, ok := table["kind"].(string); ok {
		if !slices.Contains(kinds, text) {
			d.fail([]string{"service", name, "kind"}, "kind: expected %s, got %q%s",
				strings.Replace(quotedKinds(), ", or ", " or ", 1), text, didYouMean(text, kinds))
		}
		return text
	}
	if table["exec"] != nil || table["shell"] != nil || !slices.Contains(kinds, name) {
		return kind.Exec
	}
	return name
}

// unknown reports that no such key exists, and which one was likely meant.
func (d *decoder) unknown(name, key string, v any, of string, keys []Key) {
	table, last, nested := strings.Cut(key, ".")
	if !nested || !isTable(table, keys) {
		table, last = "", key
	}
	var names []string
	meant := map[string]string{} // the key as it has to be written here
	add := func(word, written string) {
		if _, known := meant[word]; !known {
			names = append(names, word)
			meant[word] = written
		}
	}
	for _, k := range keys {
		if !k.Has(of) {
			continue
		}
		in, part, inner := strings.Cut(k.Name, ".")
		switch {
		case table != "" && in == table:
			add(part, part)
		case table == "" && inner:
			add(in, in)
			add(part, k.Name)
		case table == "":
			add(k.Name, k.Name)
		}
	}
	hint := "; a file that ammarctl init has written explains the keys"
	if known := foreign(last, v, of, keys); known != "" && table == "" {
		hint = known
	} else if near := Nearest(last, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", meant[near])
	} else if table != "" {
		hint = "; expected " + strings.Join(names, ", ")
	}
	where := []string{"service", name}
	if table != "" {
		where = append(where, table)
	}
	d.fail(append(slices.Clone(where), last), "unknown key %q in [%s]%s", last, tableName(where), hint)
}

// isTable tells whether keys has keys inside a table of this name.
func isTable(name string, keys []Key) bool {
	return slices.ContainsFunc(keys, func(k Key) bool { return strings.HasPrefix(k.Name, name+".") })
}

// bareKey is a key that TOML takes without quotes.
var bareKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]+$`) })

// tableName is a table's name as TOML writes it between brackets.
func tableName(parts []string) string {
	written := make([]string, len(parts))
	for i, part := range parts {
		if written[i] = part; !bareKey().MatchString(part) {
			written[i] = strconv.Quote(part)
		}
	}
	return strings.Join(written, ".")
}

// finish checks the table as a whole, and makes its paths absolute.
func (d *decoder) finish(s *Service, flat map[string]any) {
	here := []string{"service", s.Name}
	of := kind.Of(s.Kind)
	switch {
	case of.Known && !of.Builtin && flat["exec"] == nil && flat["shell"] == nil && !namesCommand(flat):
		d.fail(here, "[%s] needs exec, the command to run; or kind, for a service that comes with ammarctl", tableName(here))
	case flat["exec"] != nil && flat["shell"] != nil:
		d.fail(append(here, "shell"), "expected exec or shell, got both; remove one of the two")
	case flat["port"] == nil && of.Builtin:
		d.fail(here, `[%s] needs a port, such as port = 8080, or port = "auto" for a free one`, tableName(here))
	case flat["port"] == nil:
		s.Port = NoPort
	}
	if flat["overlap"] == nil && runsAlone(s.Exec) {
		s.Overlap = false
	}
	switch {
	case s.OnDemand() && s.Port == NoPort:
		d.fail(append(here, "start"), `start = "on-demand" needs a port for the first client; add port = 8080`)
	case s.OnDemand() && (s.Schedule != "" || s.Oneshot):
		d.fail(append(here, "start"), `start = "on-demand" is for services; remove it, or schedule and oneshot`)
	}
	d.probe(s, flat)
	if s.Restart.Delay > s.Restart.MaxDelay {
		d.restartDelay(s, flat)
	}
	if s.Dir == "" {
		s.Dir = "."
	}
	for _, k := range Keys() {
		if k.present(s) {
			k.Value.resolve(s, d.absolute)
		}
	}
	if key, other := "tls_cert", "tls_key"; (s.TLSCert == "") != (s.TLSKey == "") {
		if s.TLSCert == "" {
			key, other = other, key
		}
		d.fail(append(here, key), "%s needs %s too: the certificate and its key", key, other)
	}
	d.environment(s, flat)
	d.checkMachine(*s, flat)
}

// restartDelay names the key that was written.
func (d *decoder) restartDelay(s *Service, flat map[string]any) {
	here := []string{"service", s.Name, "restart"}
	if flat["restart.delay"] != nil {
		d.fail(append(here, "delay"), "restart.delay: expected at most max_delay, %s, got %s",
			humanize.Setting(s.Restart.MaxDelay), humanize.Setting(s.Restart.Delay))
		return
	}
	d.fail(append(here, "max_delay"), "restart.max_delay: expected at least delay, %s, got %s",
		humanize.Setting(s.Restart.Delay), humanize.Setting(s.Restart.MaxDelay))
}

func (d *decoder) absolute(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		path = filepath.Join(d.home, path[1:])
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.base, path)
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// together checks what services say about each other.
func (d *decoder) together(services []Service) {
	var names []string
	for _, s := range services {
		names = append(names, s.Name)
	}
	ports := map[int]string{}
	for _, s := range services {
		if other, taken := ports[s.Port]; taken && s.Port > 0 {
			d.fail([]string{"service", s.Name, "port"}, "port %d is that of [%s] already; give one of them another",
				s.Port, tableName([]string{"service", other}))
		}
		ports[s.Port] = s.Name
		for key, list := range map[string][]string{"after": s.After, "requires": s.Requires} {
			for _, name := range list {
				if !slices.Contains(names, name) {
					d.fail([]string{"service", s.Name, key}, "%s: no service is called %q%s", key, name, didYouMean(name, names))
				}
			}
		}
	}
	if cycle := findCycle(services); cycle != nil {
		key := "after"
		if i := slices.Index(names, cycle[0]); slices.Contains(services[i].Requires, cycle[1]) {
			key = "requires"
		}
		d.explain([]string{"service", cycle[0], key}, "dependency-cycle",
			"%s: these wait for each other: %s; take one of them out",
			key, strings.Join(cycle, " → "))
	}
}

// findCycle is a path along After and Requires that ends where it began; nil
// when there is none.
func findCycle(services []Service) []string {
	after := map[string][]string{}
	for _, s := range services {
		after[s.Name] = append(slices.Clone(s.After), s.Requires...)
	}
	done := map[string]bool{}
	var visit func(name string, path []string) []string
	visit = func(name string, path []string) []string {
		if i := slices.Index(path, name); i >= 0 {
			return append(slices.Clone(path[i:]), name)
		}
		if done[name] {
			return nil
		}
		path = append(path, name)
		for _, other := range after[name] {
			if cycle := visit(other, path); cycle != nil {
				return cycle
			}
		}
		done[name] = true
		return nil
	}
	for _, s := range services {
		if cycle := visit(s.Name, nil); cycle != nil {
			return cycle
		}
	}
	return nil
}

// flatten turns the inline tables that the registry knows into dotted keys.
// Every other value stays as it is.
func flatten(table map[string]any, keys []Key) map[string]any {
	flat := map[string]any{}
	for key, value := range table {
		inner, ok := value.(map[string]any)
		if !ok || !isTable(key, keys) {
			flat[key] = value
			continue
		}
		for sub, v := range inner {
			flat[key+"."+sub] = v
		}
	}
	return flat
}
