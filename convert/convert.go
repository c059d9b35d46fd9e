// Package convert reads the configuration of another supervisor and writes one of
// ammarctl. It knows supervisord's, process-compose's, and Procfiles. If a setting has
// no equivalent, a comment at its place and Lost say so; none is dropped silently.
package convert

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// Converted is a configuration, and what it could not say.
type Converted struct {
	Text     string   // an ammar.toml with comments
	Lost     []string // "web: priority = 10: …", in the order of the file
	Services int      // its tables
}

// Formats are what a file may be in, as a command names them.
func Formats() []string { return []string{"supervisord", "process-compose", "procfile"} }

// From converts a text of one of the formats. path is where it was read from,
// at whose folder relative ones start, and to is where the configuration will
// be: services get a dir where the two are in different folders. The error
// names the line where the text is not what the format says.
func From(format, text, path, to string) (Converted, error) {
	s := &sheet{from: format, path: path}
	var err error
	switch format {
	case "supervisord":
		err = s.supervisord(text)
	case "process-compose":
		err = s.processCompose(text)
	case "procfile":
		err = s.procfile(text)
	default:
		err = fmt.Errorf("unknown format %q; expected %s", format, strings.Join(Formats(), ", "))
	}
	if err == nil && len(s.services) == 0 {
		err = fmt.Errorf("%s names no program", path)
	}
	if err != nil {
		return Converted{}, err
	}
	if err := s.moved(to); err != nil {
		return Converted{}, err
	}
	return Converted{Text: s.text(), Lost: s.losses(), Services: len(s.services)}, nil
}

// sheet is a configuration in the making.
type sheet struct {
	from, path string
	lost       []string // of no service
	services   []*service
}

// moved makes folders and files absolute where the configuration is not in the
// folder of the other file. "-" is in the current one.
func (s *sheet) moved(to string) error {
	base, err := filepath.Abs(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	there, err := filepath.Abs(filepath.Dir(to))
	if err != nil || base == there {
		return err
	}
	for _, v := range s.services {
		dir := base
		if v.dir != "" {
			if dir = v.dir; !filepath.IsAbs(dir) && !strings.HasPrefix(dir, "~") && !strings.HasPrefix(dir, "${") {
				dir = filepath.Join(base, dir)
			}
		}
		v.setText("dir", dir)
		if len(v.envFiles) > 0 {
			for i, file := range v.envFiles {
				if !filepath.IsAbs(file) {
					v.envFiles[i] = filepath.Join(base, file)
				}
			}
			v.setList("env_file", v.envFiles)
		}
	}
	return nil
}

// service is one table.
type service struct {
	given string // its name in the other file
	name  string
	about []string // comments before it
	keys  []entry
	lost  []string

	dir      string // as written there
	envFiles []string
}

// entry is a key with its value in TOML; aside ones are commented out, for a
// person to decide.
type entry struct {
	key, value string
	aside      string // why it is commented out
}

// add begins a table. A name that ammarctl does not take is changed, and one
// that is taken gets a number.
func (s *sheet) add(given string) *service {
	name := strings.Trim(notInName().ReplaceAllString(given, "-"), "-_")
	if len(name) > 28 {
		name = strings.TrimRight(name[:28], "-_")
	}
	if name == "" {
		name = "service"
	}
	base := name
	for n := 2; slices.ContainsFunc(s.services, func(o *service) bool { return o.name == name }); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	v := &service{given: given, name: name}
	if name != given {
		v.about = append(v.about, fmt.Sprintf("called %q before", given))
	}
	s.services = append(s.services, v)
	return v
}

var notInName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^A-Za-z0-9_-]+`) })

// called is the table that was made for a name of the other file.
func (s *sheet) called(given string) *service {
	for _, v := range s.services {
		if v.given == given {
			return v
		}
	}
	return nil
}

func (s *sheet) lose(format string, args ...any) {
	s.lost = append(s.lost, safetext.Line(fmt.Sprintf(format, args...)))
}

func (v *service) lose(format string, args ...any) {
	v.lost = append(v.lost, safetext.Line(fmt.Sprintf(format, args...)))
}

// set adds a key; a later value replaces an earlier one.
func (v *service) set(key, value string) {
	if i := slices.IndexFunc(v.keys, func(e entry) bool { return e.key == key }); i >= 0 {
		v.keys[i].value = value
		return
	}
	v.keys = append(v.keys, entry{key: key, value: value})
}

func (v *service) setText(key, text string) {
	if text == "" || strings.ContainsRune(text, 0) {
		v.lose("%s = %q: a value cannot be empty here", key, text)
		return
	}
	if key == "dir" {
		v.dir = text
	}
	v.set(key, quote(text))
}

func (v *service) setList(key string, list []string) {
	if key == "env_file" {
		v.envFiles = list
	}
	v.set(key, quoteList(list))
}

// setAside writes a key that a person has to decide on.
func (v *service) setAside(key, value, why string) {
	v.keys = append(v.keys, entry{key: key, value: value, aside: why})
}

// setSeconds takes a number of seconds, which may have a fraction.
func (v *service) setSeconds(key string, seconds float64, least time.Duration) {
	d := time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
	v.set(key, quote(max(d, least).String()))
}

// setEnv writes a table of variables, in their order.
func (v *service) setEnv(env [][2]string) {
	var parts []string
	seen := map[string]bool{}
	for i := len(env) - 1; i >= 0; i-- { // the last one of a name counts
		name, value := env[i][0], env[i][1]
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			v.lose("the variable %q cannot be one", name)
			continue
		}
		if !seen[name] {
			parts = append(parts, quoteKey(name)+" = "+quote(value))
		}
		seen[name] = true
	}
	slices.Reverse(parts)
	if len(parts) > 0 {
		v.set("env", "{ "+strings.Join(parts, ", ")+" }")
	}
}

// text is the whole configuration.
func (s *sheet) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made from %s by: ammarctl import %s\n# What ammarctl cannot express is in the lines that begin "+
		"with \"# lost\".\n",
		safetext.Line(filepath.Base(s.path)), s.from)
	for _, l := range s.lost {
		fmt.Fprintf(&b, "# lost: %s\n", l)
	}
	for _, v := range s.services {
		b.WriteString("\n")
		for _, a := range v.about {
			fmt.Fprintf(&b, "# %s\n", safetext.Line(a))
		}
		fmt.Fprintf(&b, "[service.%s]\n", v.name)
		for _, e := range v.keys {
			if e.aside != "" {
				fmt.Fprintf(&b, "# %s:\n#%s = %s\n", safetext.Line(e.aside), e.key, e.value)
				continue
			}
			fmt.Fprintf(&b, "%s = %s\n", e.key, e.value)
		}
		for _, l := range v.lost {
			fmt.Fprintf(&b, "# lost: %s\n", l)
		}
	}
	return b.String()
}

func (s *sheet) losses() []string {
	all := slices.Clone(s.lost)
	for _, v := range s.services {
		for _, l := range v.lost {
			all = append(all, v.name+": "+l)
		}
	}
	return all
}

// quote is a basic string of TOML.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func quoteList(list []string) string {
	var parts []string
	for _, text := range list {
		parts = append(parts, quote(text))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

var bare = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]+$`) })

func quoteKey(key string) string {
	if bare().MatchString(key) {
		return key
	}
	return quote(key)
}

// literal keeps ammarctl from reading "${" as a variable of its own.
func literal(text string) string { return strings.ReplaceAll(text, "${", "$${") }
