// Package export writes the services of a configuration as jobs of the engines
// that run services on many machines. Each keeps its port, probe, limits,
// metrics, environment and drain. Notes, which are comments in the job too, name
// the keys that an engine cannot express.
package export

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
)

// The engines.
const (
	Compose    = "compose"
	Kubernetes = "kubernetes"
	Nomad      = "nomad"
)

// Engines lists them.
func Engines() []string { return []string{Compose, Kubernetes, Nomad} }

// Options add to a configuration what an engine needs besides it.
type Options struct {
	Name   string            // of all jobs together; a DNS label
	Image  string            // of the services that come with ammarctl
	Images map[string]string // of single services, by their names
	Only   []string          // services to export; empty: all
}

// File is one that the engine reads.
type File struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Note says what the engine does differently, or what to do before using the job.
type Note struct {
	Services []string `json:"services"` // those that it is about
	Text     string   `json:"text"`
}

// Result is an export.
type Result struct {
	Files []File `json:"files"`
	Notes []Note `json:"notes"`
}

// NoSuchServiceError reports that Options.Only names an unknown service.
type NoSuchServiceError struct {
	Name  string
	Known []string
}

// Error lists the known services.
func (e *NoSuchServiceError) Error() string {
	return fmt.Sprintf("no service is called %q; expected one of %s", e.Name, strings.Join(e.Known, ", "))
}

// Write makes the jobs of the services for an engine. It depends on its
// arguments only, and the same arguments make the same bytes.
func Write(engine string, services []configs.Service, o Options) (Result, error) {
	write := writer(engine)
	if write == nil {
		return Result{}, fmt.Errorf("expected one of %s, got %q", strings.Join(Engines(), ", "), engine)
	}
	tables, err := together(services, o.Only)
	if err != nil {
		return Result{}, err
	}
	if len(tables) == 0 {
		return Result{}, errors.New("the configuration has no service to export")
	}
	names := labels(tables)
	var jobs []*job
	for _, t := range tables {
		j := newJob(t, names, o)
		for _, text := range unsupported(t.Service, engine) {
			j.note("%s", text)
		}
		jobs = append(jobs, j)
	}
	files, err := write(jobs, o)
	if err != nil {
		return Result{}, err
	}
	r := Result{Files: files, Notes: []Note{}}
	for _, j := range jobs {
		r.addNotes(j.Name, j.notes)
	}
	return r, nil
}

func writer(engine string) func([]*job, Options) ([]File, error) {
	switch engine {
	case Compose:
		return writeCompose
	case Kubernetes:
		return writeKubernetes
	case Nomad:
		return writeNomad
	}
	return nil
}

// systemdEngine is the engine whose units Systemd writes.
const systemdEngine = "systemd"

// unsupported has a note for each key that the service sets and the engine has
// nothing for.
func unsupported(s configs.Service, engine string) []string {
	var notes []string
	for _, k := range configs.Keys() {
		why := k.Exports.For(engine).Lost
		if why != "" && k.Has(s.Kind) && !k.IsDefault(s) {
			notes = append(notes, k.Name+": "+why)
		}
	}
	return notes
}

// sets tells whether a service has something other than the default for a key.
func sets(s configs.Service, key string) bool {
	i := slices.IndexFunc(configs.Keys(), func(k configs.Key) bool { return k.Name == key })
	return !configs.Keys()[i].IsDefault(s)
}

// table is a service as it is written in the configuration, with all of its
// replicas.
type table struct {
	configs.Service
	count int
}

// together puts the replicas of a table together again, and selects the tables
// in only; all if that is empty.
func together(services []configs.Service, only []string) ([]table, error) {
	members := map[string]string{}
	for _, s := range services {
		members[s.Name] = cmp.Or(s.ReplicaOf, s.Name)
	}
	var tables []table
	for _, s := range services {
		s.Name = members[s.Name]
		if i := slices.IndexFunc(tables, func(t table) bool { return t.Name == s.Name }); i >= 0 {
			tables[i].count++
			continue
		}
		s.After, s.Requires = asWritten(s.After, members), asWritten(s.Requires, members)
		tables = append(tables, table{s, 1})
	}
	if len(only) == 0 {
		return tables, nil
	}
	var known []string
	for _, t := range tables {
		known = append(known, t.Name)
	}
	for _, name := range only {
		if !slices.Contains(known, name) {
			return nil, &NoSuchServiceError{name, known}
		}
	}
	return slices.DeleteFunc(tables, func(t table) bool { return !slices.Contains(only, t.Name) }), nil
}

func asWritten(names []string, members map[string]string) []string {
	var out []string
	for _, name := range names {
		if written := cmp.Or(members[name], name); !slices.Contains(out, written) {
			out = append(out, written)
		}
	}
	return out
}

// labels gives each service a name that all engines accept: a label of DNS that
// begins with a letter, RFC 1035 section 2.3.1, of 40 characters at most.
func labels(tables []table) map[string]string {
	names := map[string]string{}
	var taken []string
	for _, t := range tables {
		label := Label(t.Name)
		for base, n := label, 2; slices.Contains(taken, label); n++ {
			label = fmt.Sprintf("%s-%d", base, n)
		}
		taken = append(taken, label)
		names[t.Name] = label
	}
	return names
}

// Label is name as a label of DNS.
func Label(name string) string {
	label := strings.Trim(strings.ToLower(strings.ReplaceAll(name, "_", "-")), "-")
	if label == "" || label[0] < 'a' || label[0] > 'z' {
		label = strings.TrimSuffix("s-"+label, "-")
	}
	return label
}

// comment is the notes as lines of a comment.
func (j *job) comment() string {
	var b strings.Builder
	for _, text := range j.notes {
		for i, line := range strings.Split(text, "\n") {
			b.WriteString("# ")
			if i == 0 {
				b.WriteString(j.Name + ": ")
			}
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
