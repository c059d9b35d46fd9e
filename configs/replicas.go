package configs

import (
	"fmt"
	"slices"

	"github.com/ammarctl/ammarctl/internal/names"
)

// replicate makes a service of each replica, with a name of its own. A service
// that comes after the table comes after each of them.
func (d *decoder) replicate(services []Service) []Service {
	var out []Service
	members := map[string][]string{} // of the tables with several
	for _, s := range services {
		if s.Replicas == 1 {
			out = append(out, s)
			continue
		}
		for n := range s.Replicas {
			r := s
			r.Name, r.ReplicaOf = fmt.Sprintf("%s-%d", s.Name, n+1), s.Name
			taken := slices.ContainsFunc(services, func(other Service) bool { return other.Name == r.Name })
			if taken || !names.Valid(r.Name) {
				d.fail([]string{"service", s.Name, "replicas"},
					"replicas: one of them would be called %s, which is another service's name or too long", r.Name)
			}
			members[s.Name] = append(members[s.Name], r.Name)
			out = append(out, r)
		}
	}
	for i := range out {
		out[i].AfterWhen = renamed(out[i].AfterWhen, members)
		out[i].After = expand(out[i].After, members)
		out[i].Requires = expand(out[i].Requires, members)
	}
	return out
}

// renamed is expand for the conditions of after.
func renamed(when map[string]string, members map[string][]string) map[string]string {
	if when == nil {
		return nil
	}
	out := map[string]string{}
	for name, condition := range when {
		for _, member := range expand([]string{name}, members) {
			out[member] = condition
		}
	}
	return out
}

func expand(names []string, members map[string][]string) []string {
	var out []string
	for _, name := range names {
		if each := members[name]; each != nil {
			out = append(out, each...)
		} else {
			out = append(out, name)
		}
	}
	return out
}
