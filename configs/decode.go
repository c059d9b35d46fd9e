package configs

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Decode reads a configuration. path is where the text comes from: errors
// begin with it, and relative folders start at its folder. home is what ~
// stands for. All that is wrong is returned at once, as Errors.
func Decode(text []byte, path, home string) (Config, error) {
	d := decoder{path: path, home: home, base: filepath.Dir(path)}
	var root map[string]any
	if err := toml.Unmarshal(text, &root); err != nil {
		return Config{}, d.syntax(err)
	}
	d.at = index(text)
	config := Config{Path: path}
	for _, name := range d.at.sortedKeys(root) {
		if name != "service" {
			d.fail([]string{name}, "unknown key %q; expected [service.NAME] tables%s", name, didYouMean(name, []string{"service"}))
		}
	}
	services, ok := root["service"].(map[string]any)
	if !ok && root["service"] != nil {
		d.fail([]string{"service"}, "expected [service.NAME] tables, got %s", show(root["service"]))
	}
	for _, name := range d.at.sortedKeys(services, "service") {
		table, ok := services[name].(map[string]any)
		if !ok {
			d.fail([]string{"service", name}, "expected a table [service.%s], got %s", name, show(services[name]))
			continue
		}
		config.Services = append(config.Services, d.service(name, table))
	}
	d.together(config.Services)
	if len(config.Services) == 0 && len(d.errs) == 0 {
		d.errs = append(d.errs, &Error{path, 1, 1, "no service is configured; expected at least one [service.NAME] table"})
	}
	if len(d.errs) > 0 {
		return Config{}, d.errs.sorted()
	}
	return config, nil
}

// decoder gathers what is wrong.
type decoder struct {
	path, home, base string
	at               positions
	errs             Errors
}

func (d *decoder) syntax(err error) error {
	var at *toml.DecodeError
	if !errors.As(err, &at) {
		return Errors{{d.path, 1, 1, strings.TrimPrefix(err.Error(), "toml: ")}}
	}
	line, column := at.Position()
	return Errors{{d.path, line, column, strings.TrimPrefix(at.Error(), "toml: ")}}
}

func (d *decoder) fail(key []string, format string, args ...any) {
	p := d.at.of(key)
	d.errs = append(d.errs, &Error{d.path, p.line, p.column, fmt.Sprintf(format, args...)})
}

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$`)

// service decodes one table.
func (d *decoder) service(name string, table map[string]any) Service {
	at := func(key string) []string { return append([]string{"service", name}, strings.Split(key, ".")...) }
	if !validName.MatchString(name) {
		d.fail([]string{"service", name}, "cannot use %q as a service's name: expected letters, digits, - and _, 32 at most", name)
	}
	s := NewService(name, d.kind(name, table))
	flat := flatten(table)
	keys := Keys()
	for _, key := range d.at.sortedKeys(flat, "service", name) {
		i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == key })
		if i < 0 {
			d.unknown(name, key, s.Kind, keys)
			continue
		}
		if !keys[i].Has(s.Kind) {
			d.fail(at(key), "%s has no %s; it is a key of %s", describe(s), key, strings.Join(keys[i].Kinds, ", "))
			continue
		}
		if err := keys[i].set(&s, flat[key]); err != nil {
			d.fail(at(key), "%s: %v", key, err)
		}
	}
	d.finish(&s, flat)
	return s
}

// kind is that of the table, needed before its other keys can be judged.
func (d *decoder) kind(name string, table map[string]any) string {
	kinds := []string{KindFiles, KindCamera, KindStatus, KindExec}
	if text, ok := table["kind"].(string); ok {
		if !slices.Contains(kinds, text) {
			d.fail([]string{"service", name, "kind"}, `kind: expected "files", "camera", "status" or "exec", got %q%s`, text, didYouMean(text, kinds))
		}
		return text
	}
	if _, ok := table["exec"]; ok || !slices.Contains(kinds, name) {
		return KindExec
	}
	return name
}

func describe(s Service) string {
	if s.Kind == KindExec {
		return "an exec service"
	}
	return "a " + s.Kind + " service"
}

func (d *decoder) unknown(name, key, kind string, keys []Key) {
	var names []string
	for _, k := range keys {
		if k.Has(kind) {
			names = append(names, k.Name)
		}
	}
	last := key[strings.LastIndex(key, ".")+1:]
	hint := didYouMean(key, names)
	d.fail(append([]string{"service", name}, strings.Split(key, ".")...), "unknown key %q in [service.%s]%s", last, name, hint)
}

// finish checks what a table lacks, and makes its paths absolute.
func (d *decoder) finish(s *Service, flat map[string]any) {
	here := []string{"service", s.Name}
	if s.Kind == KindExec && len(s.Exec) == 0 && flat["exec"] == nil {
		d.fail(here, "[service.%s] needs exec, the command to run; or kind, for a service that comes with ammarctl", s.Name)
	}
	if flat["port"] == nil {
		d.fail(here, "[service.%s] needs a port", s.Name)
	}
	if s.Probe != nil && s.Probe.HTTP == "" && flat["probe.http"] == nil {
		d.fail(append(here, "probe"), "probe needs http, the path to ask for")
	}
	if s.Dir == "" {
		s.Dir = "."
	}
	s.Dir = d.absolute(s.Dir)
	s.Root = d.absolute(s.Root)
	if file, ok := strings.CutPrefix(s.Source, "file:"); ok {
		s.Source = "file:" + d.absolute(file)
	}
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

// together checks what services say of each other.
func (d *decoder) together(services []Service) {
	var names []string
	for _, s := range services {
		names = append(names, s.Name)
	}
	ports := map[int]string{}
	for _, s := range services {
		if other, taken := ports[s.Port]; taken && s.Port > 0 {
			d.fail([]string{"service", s.Name, "port"}, "port %d is that of [service.%s] already", s.Port, other)
		}
		ports[s.Port] = s.Name
		for _, name := range s.After {
			if !slices.Contains(names, name) {
				d.fail([]string{"service", s.Name, "after"}, "after: no service is called %q%s", name, didYouMean(name, names))
			}
		}
	}
	if cycle := findCycle(services); cycle != nil {
		d.fail([]string{"service", cycle[0], "after"}, "after: these wait for each other: %s", strings.Join(cycle, " → "))
	}
}

// findCycle is a way through After that comes back to its beginning.
func findCycle(services []Service) []string {
	after := map[string][]string{}
	for _, s := range services {
		after[s.Name] = s.After
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

// flatten turns the inline tables restart and probe into dotted keys.
func flatten(table map[string]any) map[string]any {
	flat := map[string]any{}
	for key, value := range table {
		inner, ok := value.(map[string]any)
		if !ok || key == "env" {
			flat[key] = value
			continue
		}
		for sub, v := range inner {
			flat[key+"."+sub] = v
		}
	}
	return flat
}
