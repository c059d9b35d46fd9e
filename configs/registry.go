package configs

import (
	"slices"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/internal/kind"
)

// Key is one key of a [service.NAME] table: the only place that has its name, type,
// default and meaning. Many things are derived from it: the decoder, the command line
// of a built-in service, and the difference on reload. So are the effective
// configuration with its hidden values, `ammarctl init`, the reference and the notes
// of the exports.
type Key struct {
	Name    string   // "port", or "restart.delay" inside the inline table restart
	Kinds   []string // the kinds of service that have it; nil: all
	Doc     string
	Example string // where the default says too little, as it is written in TOML
	Unit    string // of a number; empty: none
	Flag    string // of the built-in program, without its dashes; empty: it has none
	With    string // the key without which this one has no effect; empty: it stands alone
	Instead string // the key of the same table that excludes this one; empty: none
	Shown   Shown
	Change  Change
	Exports Exports
	Place   *Place // where its file or folder is in a container; nil: it names none, or the image has it

	// Value binds the key to its field of Service.
	Value value

	// Type, for a person ("port", "duration", …), and Default, as in TOML (empty:
	// none), come from Value.
	Type, Default string

	// internal marks what a configuration file cannot say: the facts of a share,
	// and the table that a replica was made of.
	internal bool
}

// Shown says how much of a key's value people may see. The zero value shows
// nothing, so that a new key hides its value until someone decides otherwise.
type Shown int

// The ways to show a value. Numbers, sizes, durations and booleans hold no
// secret and are always Plain.
const (
	HideAll     Shown = iota
	ShowNames         // of a table: the names of its entries, never their values
	ShowCommand       // the program and the number of its arguments; all of them with show_args
	ShowURL           // a URL without its user, password, query and fragment
	ShowAll
)

// Change says what a new value of a key needs to take effect.
type Change int

// The ways for a change to take effect.
const (
	NewProcess Change = iota // the process gets it at its start: a new one takes over
	InPlace                  // only the supervisor uses the key: the process continues
)

// Place is where a container finds the file or the folder that a key names.
type Place struct {
	Name   string // of the volume, or of the secret
	At     string // absolute path in the container
	Secret bool   // the engine keeps the file's content as a secret
	// Folder is what has to be in the container, on this machine; empty: nothing.
	// nil stands for the key's own value.
	Folder func(Service) string
	// Move points the key to its place in the container. nil sets it to At.
	Move func(*Service)
	// Writable tells whether the service writes there. nil is never.
	Writable func(Service) bool
	// Size is how many bytes it needs; 0 is unknown. nil is unknown.
	Size func(Service) int64
}

// table is an inline table of keys inside a service's table.
type table struct {
	name    string
	title   string // of its section in the reference; empty: it is internal
	doc     string
	present func(*Service) bool // nil: always
}

// tables lists the inline tables, in the order of the reference.
func tables() []table {
	return []table{
		{"restart", "restart", "What happens when a service ended by itself, as `restart = { … }`, as `restart.delay = …`, " +
			"or as a table `[service.NAME.restart]`.", nil},
		{"probe", "probe", "A request that tells whether a running service works, written in the same ways. " +
			"Without it a service that is ready stays ready.", func(s *Service) bool { return s.Probe != nil }},
		{"limits", "limits", "What a service may take of the machine, written in the same ways.", nil},
		{"logs", "logs", "What is kept of a service's output, written in the same ways.", nil},
		{"share", "", "", func(s *Service) bool { return s.Share != nil }},
	}
}

// Has tells whether a service of this kind has the key.
func (k Key) Has(kind string) bool { return k.Kinds == nil || slices.Contains(k.Kinds, kind) }

// Table is the inline table that the key is in; empty: none.
func (k Key) Table() string {
	if name, _, nested := strings.Cut(k.Name, "."); nested {
		return name
	}
	return ""
}

// IsDefault tells whether the service has nothing but the default for the key.
// A key of an optional table that the service does not have is at its default.
func (k Key) IsDefault(s Service) bool {
	if !k.present(&s) {
		return true
	}
	usual := NewService(s.Name, s.Kind)
	return k.Value.equal(&s, &usual)
}

// set decodes a value into the key's field of s.
func (k Key) set(s *Service, v any) error { return k.Value.set(s, v) }

// present tells whether s has the optional table that the key is in.
func (k Key) present(s *Service) bool {
	i := slices.IndexFunc(tables(), func(t table) bool { return t.name == k.Table() })
	return i < 0 || tables()[i].present == nil || tables()[i].present(s)
}

// Keys lists every key that a configuration file may have, in the order in
// which they are documented: those of tables inside a service's last, as TOML
// wants them.
func Keys() []Key {
	return slices.DeleteFunc(slices.Clone(registry()), func(k Key) bool { return k.internal })
}

// registry lists every key, with the internal ones. The slice is shared: it is
// never changed.
var registry = sync.OnceValue(declared)

func declared() []Key {
	keys := slices.Concat(identityKeys(), builtinKeys(), processKeys(), lifecycleKeys(),
		environmentKeys(), restartKeys(), probeKeys(), limitKeys(), logKeys())
	slices.SortStableFunc(keys, func(a, b Key) int { return nesting(a) - nesting(b) })
	for i := range keys {
		k := &keys[i]
		k.Type, k.Default = k.Value.typeName(), k.Value.defaultText()
		if k.Value.harmless() {
			k.Shown = ShowAll
		}
	}
	return keys
}

func nesting(k Key) int { return strings.Count(k.Name, ".") }

// ofKinds completes keys that belong to some kinds only and are passed to a
// built-in program on its command line.
func ofKinds(kinds []string, keys []Key) []Key {
	for i := range keys {
		k := &keys[i]
		if k.Kinds == nil {
			k.Kinds = kinds
		}
		if k.Exports == (Exports{}) {
			k.Exports = everywhere(to("the command line"))
		}
	}
	return keys
}

// builtin lists the names of the kinds whose program is part of ammarctl.
func builtin() []string {
	var names []string
	for _, k := range kind.All() {
		if k.Builtin {
			names = append(names, k.Name)
		}
	}
	return names
}

// Builtin lists the kinds of services that come with this build.
func Builtin() []string {
	return slices.DeleteFunc(builtin(), func(name string) bool { return tiny && !kind.Of(name).Tiny })
}

// overlapping lists the kinds of which two processes can run at the same time.
func overlapping() []string {
	return slices.DeleteFunc(kind.Names(), func(name string) bool { return kind.Of(name).OwnsDevice })
}

// NewService is a service of this kind with every default applied.
func NewService(name, of string) Service {
	s := Service{Name: name, Kind: of}
	for _, k := range registry() {
		if k.present(&s) {
			k.Value.reset(&s)
		}
	}
	s.Name, s.Kind = name, of
	s.Overlap = !kind.Of(of).OwnsDevice
	if !kind.Of(of).Builtin {
		s.Port = NoPort
	}
	return s
}
