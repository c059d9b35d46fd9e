package configs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/internal/names"
)

// In tells whether word is @ and the name of one of the service's groups.
func (s Service) In(word string) bool {
	group, is := strings.CutPrefix(word, "@")
	return is && slices.Contains(s.Groups, group)
}

func checkGroups(list []string) error {
	for _, name := range list {
		if !names.Valid(name) {
			return fmt.Errorf("expected letters, digits, - and _, 32 at most, got %q", name)
		}
	}
	return nil
}

// maxReplicas bounds the number of a service's replicas.
const maxReplicas = 64

// Scale returns the configuration with another number of replicas of the
// service that is called name there. c stays as it is.
func (c Config) Scale(name string, replicas int) (Config, error) {
	if replicas < 1 || replicas > maxReplicas {
		return Config{}, fmt.Errorf("expected a number of replicas from 1 to %d, got %d", maxReplicas, replicas)
	}
	of := func(s Service) bool { return s.Name == name && s.ReplicaOf == "" || s.ReplicaOf == name }
	at := slices.IndexFunc(c.Services, of)
	if at < 0 {
		return Config{}, fmt.Errorf("only a service of the configuration has replicas: %s is none, or is one of them", name)
	}
	written := c.Services[at]
	written.Name, written.ReplicaOf, written.Replicas = name, "", replicas
	var services []Service
	before := map[string][]string{} // the members that there were
	for i, s := range c.Services {
		switch {
		case i == at:
			services = append(services, written)
		case of(s):
		default:
			services = append(services, s)
		}
		if of(s) {
			before[s.Name] = []string{name}
		}
	}
	for i := range services {
		s := &services[i]
		s.After = unique(expand(s.After, before))
		s.Requires = unique(expand(s.Requires, before))
		s.AfterWhen = renamed(s.AfterWhen, before)
	}
	d := decoder{path: c.Path}
	c.Services = d.replicate(services)
	if len(d.errs) > 0 {
		return Config{}, errors.New(d.errs[0].Message)
	}
	return c, nil
}

func unique(list []string) (out []string) {
	for _, name := range list {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
