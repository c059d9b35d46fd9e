package configs

import (
	"slices"

	"github.com/ammarctl/ammarctl/internal/kind"
)

// Argv is the command line of a service; self is this program's binary, which
// holds the built-in services. Keys without a flag, and flags that are empty by
// default and not set, are left out.
func Argv(self string, s Service) []string {
	if !kind.Of(s.Kind).Builtin {
		return s.Exec
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
