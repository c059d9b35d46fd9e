package editing

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// replicaName matches the name of one of several processes: NAME-3.
var replicaName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.+)-(\d+)$`) })

// Replicas is the name of a service in the configuration, and how many processes
// it has: NAME-1, NAME-2 and so on are NAME with replicas.
func Replicas(services []api.Service, s api.Service) (name string, n int) {
	parts := replicaName().FindStringSubmatch(s.Name)
	if parts == nil {
		return s.Name, 1
	}
	for _, other := range services {
		p := replicaName().FindStringSubmatch(other.Name)
		if p != nil && p[1] == parts[1] && other.Addr == s.Addr {
			n++
		}
	}
	if n < 2 { // the number is a part of its own name
		return s.Name, 1
	}
	return parts[1], n
}

// withReplicas sets replicas in the table of a service. Everything else, also
// comments, stays as it is.
func withReplicas(config, service string, n int) (string, error) {
	head := regexp.MustCompile(
		`(?m)^[ \t]*\[[ \t]*service[ \t]*\.[ \t]*"?` + regexp.QuoteMeta(service) + `"?[ \t]*\][^\n]*(?:\n|\z)`)
	at := head.FindStringIndex(config)
	if at == nil {
		return "", fmt.Errorf("the configuration has no line [service.%s]", service)
	}
	rest := config[at[1]:]
	end := len(rest)
	if next := regexp.MustCompile(`(?m)^[ \t]*\[`).FindStringIndex(rest); next != nil {
		end = next[0]
	}
	table := rest[:end]
	line := fmt.Sprintf("replicas = %d", n)
	key := regexp.MustCompile(`(?m)^([ \t]*)replicas[ \t]*=[ \t]*\d+`)
	if key.MatchString(table) {
		table = key.ReplaceAllString(table, "${1}"+line)
	} else {
		table = line + "\n" + table
	}
	before := config[:at[1]]
	if !strings.HasSuffix(before, "\n") {
		before += "\n"
	}
	return before + table + rest[end:], nil
}
