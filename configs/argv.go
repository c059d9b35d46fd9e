package configs

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/internal/kind"
)

// Argv is the command line of a service; self is this program's binary, which
// holds the built-in services. Keys without a flag, and flags that are empty by
// default and not set, are left out.
func Argv(self string, s Service) []string {
	if !kind.Of(s.Kind).Builtin {
		return s.Command()
	}
	argv := []string{self, "service", s.Kind}
	keys := registry()
	for _, k := range keys {
		if k.Flag == "" || !k.Has(s.Kind) || !k.present(&s) {
			continue
		}
		with := slices.IndexFunc(keys, func(other Key) bool { return other.Name == k.With })
		if with >= 0 && keys[with].Value.empty(&s) {
			continue
		}
		argv = append(argv, k.Value.args(&s, k.Flag)...)
	}
	return argv
}

// Command is the command line of a service that is not built in. Where the
// configuration leaves the port to the supervisor, ${PORT} is still in it.
func (s Service) Command() []string {
	if s.Shell != "" {
		return []string{"sh", "-c", s.Shell}
	}
	return s.Exec
}

// portVariable stands for the service's port in its command and environment.
const portVariable = "${PORT}"

// WithPort is the service with its port in the places of ${PORT}, in its
// command, its variables and its probe. For a shell the port is in PORT.
func (s Service) WithPort(port int) Service {
	put := strings.NewReplacer(portVariable, strconv.Itoa(port))
	s.Exec = slices.Clone(s.Exec)
	for i, word := range s.Exec {
		s.Exec[i] = put.Replace(word)
	}
	s.Env = maps.Clone(s.Env)
	for name, value := range s.Env {
		s.Env[name] = put.Replace(value)
	}
	return s
}
