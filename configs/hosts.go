package configs

import (
	"slices"

	"github.com/ammarctl/ammarctl/internal/names"
	"github.com/ammarctl/ammarctl/internal/target"
)

// The names that -H gives a meaning of its own.
const (
	HostHere = "here" // this machine
	HostAll  = "all"  // this machine and every one of [hosts]
)

// hosts decodes the [hosts] table: a name and an address each.
func (d *decoder) hosts(value any) (list []Host) {
	table, ok := value.(map[string]any)
	if !ok && value != nil {
		d.fail([]string{"hosts"}, "expected a table [hosts] with lines such as pi = \"ssh://pi@robot\", got %s", show(value))
	}
	for _, name := range d.at.sortedKeys(table, "hosts") {
		at := []string{"hosts", name}
		text, ok := table[name].(string)
		switch {
		case !names.Valid(name):
			d.fail(at, "cannot use %q as a machine's name: expected %s", name, names.Rule)
			continue
		case slices.Contains([]string{HostHere, HostAll}, name):
			d.fail(at, "cannot use %q as a machine's name: -H %s means something else", name, name)
			continue
		case !ok:
			d.fail(at, "%s: expected a machine such as \"ssh://pi@robot\", got %s", name, show(table[name]))
			continue
		}
		t, err := target.Parse(text)
		if err != nil {
			d.fail(at, "%s: %v", name, err)
			continue
		}
		list = append(list, Host{Name: name, Target: t})
	}
	return list
}
