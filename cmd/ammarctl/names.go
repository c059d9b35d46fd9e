package main

import (
	"context"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// expandNames puts the members in the place of @GROUP, and the replicas in the
// place of their service's name. Any other name stays, so that the supervisor
// says what is wrong with it.
func expandNames(ctx context.Context, c engine, names []string) ([]string, error) {
	services, err := c.Services(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range names {
		found := membersOf(services, name)
		if len(found) == 0 {
			found = []string{name}
		}
		for _, member := range found {
			if !slices.Contains(out, member) {
				out = append(out, member)
			}
		}
	}
	return out, nil
}

// membersOf lists the services of @GROUP or the replicas of a service. With
// several machines, both may follow the machine's name and a slash.
func membersOf(services []api.Service, name string) (found []string) {
	for _, s := range services {
		if s.Name == name {
			return []string{name}
		}
	}
	for _, s := range services {
		host, word := "", name
		if s.Host != "" {
			host = s.Host + "/"
			word = strings.TrimPrefix(name, host)
		}
		group, isGroup := strings.CutPrefix(word, "@")
		if isGroup && slices.Contains(s.Groups, group) || s.ReplicaOf != "" && s.ReplicaOf == word && host+word == name {
			found = append(found, s.Name)
		}
	}
	return found
}
