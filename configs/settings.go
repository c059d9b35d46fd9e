package configs

import (
	"slices"

	"github.com/ammarctl/ammarctl/internal/redact"
)

// Setting is one key of a service as it is in force.
type Setting struct {
	Key     string // "restart.delay", "env.GREETING"
	Value   string // as a person writes it, less what its Shown hides
	Default bool   // it is not set to anything else
}

// Effective lists every key of a service with the value that is in force, in
// the order of the reference: keys at their default too. An optional table that
// the service does not have is one setting, "none".
func Effective(s Service) []Setting {
	var found []Setting
	usual := NewService(s.Name, s.Kind)
	for _, k := range Keys() {
		if !k.Has(s.Kind) {
			continue
		}
		if !k.present(&s) {
			missing := Setting{k.Table(), "none", true}
			if !slices.Contains(found, missing) {
				found = append(found, missing)
			}
			continue
		}
		if k.Shown == ShowNames {
			for _, name := range k.Value.names(&s) {
				found = append(found, Setting{Key: k.Name + "." + name, Value: redact.Hidden})
			}
			continue
		}
		usually := usual // a copy: to look at an optional table makes it
		found = append(found, Setting{k.Name, k.shown(&s), k.Value.equal(&s, &usually)})
	}
	return found
}

// shown is what people may see of the key's value in s.
func (k Key) shown(s *Service) string {
	switch {
	case k.Value.empty(s), k.Shown == ShowAll:
		return k.Value.text(s)
	case k.Shown == ShowCommand:
		return redact.Command(k.Value.words(s), s.ShowArgs)
	case k.Shown == ShowURL:
		return written(redact.URL(k.Value.words(s)[0]))
	}
	return redact.Hidden
}

// Difference is one key in which two configurations of a service differ.
type Difference struct {
	Key      string // "restart.delay", "env.GREETING"
	From, To string // as in Setting; both empty where what may be shown is the same, or nothing may
}

// Diff lists the keys in which two configurations of one service differ, in the order
// of the reference. It hides the same values as Effective.
func Diff(from, to Service) []Difference {
	var found []Difference
	for _, k := range registry() {
		had, has := k.present(&from), k.present(&to)
		if had != has {
			change := Difference{k.Table(), optional(had), optional(has)}
			if !slices.Contains(found, change) {
				found = append(found, change)
			}
			continue
		}
		if had && !k.Value.equal(&from, &to) {
			found = append(found, k.differences(&from, &to)...)
		}
	}
	return found
}

// optional is a table of which only the presence is compared.
func optional(present bool) string {
	if present {
		return "some"
	}
	return "none"
}

func (k Key) differences(from, to *Service) []Difference {
	if k.Shown == ShowNames {
		var found []Difference
		names := append(k.Value.names(from), k.Value.names(to)...)
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if !k.Value.sameEntry(from, to, name) {
				found = append(found, Difference{Key: k.Name + "." + name})
			}
		}
		return found
	}
	was, is := k.shown(from), k.shown(to)
	if k.Shown == HideAll || was == is {
		return []Difference{{Key: k.Name}}
	}
	return []Difference{{k.Name, was, is}}
}

// AppliesInPlace tells whether a Difference of this key takes effect without a new
// process: only the supervisor uses the key.
func AppliesInPlace(key string) bool {
	i := slices.IndexFunc(registry(), func(k Key) bool { return k.Name == key })
	return i >= 0 && registry()[i].Change == InPlace
}

// CommandLine is what people may see of the service's command line.
func (s Service) CommandLine() string { return redact.Command(Argv("ammarctl", s), s.ShowArgs) }
