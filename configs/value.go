package configs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

// value binds a key to a field of Service: how it is read, written, compared
// and passed on. No method but set, reset and resolve changes the service.
type value interface {
	typeName() string    // for a person: "port", "duration", …
	defaultText() string // as it is written in TOML; empty: none
	harmless() bool      // a value of this type cannot hold a secret
	set(s *Service, v any) error
	reset(s *Service) // to the default
	equal(a, b *Service) bool
	empty(s *Service) bool
	text(s *Service) string    // as a person writes it
	words(s *Service) []string // of a command or a list; else the text alone
	names(s *Service) []string // of the entries of a table, sorted
	sameEntry(a, b *Service, name string) bool
	args(s *Service, flag string) []string
	resolve(s *Service, absolute func(string) string) // its paths
	mustExist() bool                                  // it names a folder that has to be there
}

// field is the value of a key whose type in Go is T.
type field[T any] struct {
	typ      string
	at       func(*Service) *T
	def      T
	defText  string
	parse    func(to *T, s *Service, v any) error
	write    func(T) string // nil: written
	paths    func(to *T, absolute func(string) string)
	safe     bool // harmless
	existing bool
	always   bool // its flag is passed whatever the value is
}

func (f field[T]) typeName() string            { return f.typ }
func (f field[T]) defaultText() string         { return f.defText }
func (f field[T]) harmless() bool              { return f.safe }
func (f field[T]) set(s *Service, v any) error { return f.parse(f.at(s), s, v) }
func (f field[T]) reset(s *Service)            { *f.at(s) = f.def }
func (f field[T]) equal(a, b *Service) bool    { return reflect.DeepEqual(*f.at(a), *f.at(b)) }
func (f field[T]) mustExist() bool             { return f.existing }

func (f field[T]) empty(s *Service) bool {
	v := reflect.ValueOf(*f.at(s))
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

func (f field[T]) text(s *Service) string {
	if f.write != nil {
		return f.write(*f.at(s))
	}
	return written(*f.at(s))
}

func (f field[T]) words(s *Service) []string {
	switch v := any(*f.at(s)).(type) {
	case []string:
		return v
	case string:
		return []string{v}
	}
	return []string{f.text(s)}
}

func (f field[T]) names(s *Service) []string {
	entries, _ := any(*f.at(s)).(map[string]string)
	return slices.Sorted(maps.Keys(entries))
}

func (f field[T]) sameEntry(a, b *Service, name string) bool {
	before, _ := any(*f.at(a)).(map[string]string)
	after, _ := any(*f.at(b)).(map[string]string)
	old, had := before[name]
	now, has := after[name]
	return had == has && old == now
}

// args is the field as a flag: a number of them for a list, none for what is
// empty by default and now.
func (f field[T]) args(s *Service, flag string) []string {
	usual := reflect.ValueOf(f.def)
	nothing := usual.IsZero() || usual.Kind() == reflect.Slice && usual.Len() == 0
	if nothing && f.empty(s) && !f.always {
		return nil
	}
	switch v := any(*f.at(s)).(type) {
	case bool:
		if v {
			return []string{"--" + flag}
		}
		return []string{"--" + flag + "=false"}
	case []string:
		var out []string
		for _, word := range v {
			out = append(out, "--"+flag+"="+word)
		}
		return out
	default:
		return []string{"--" + flag + "=" + fmt.Sprint(v)} // bytes as a number, a duration as Go writes it
	}
}

func (f field[T]) resolve(s *Service, absolute func(string) string) {
	if f.paths != nil {
		f.paths(f.at(s), absolute)
	}
}

// written is a value as a person writes it.
func written(v any) string {
	switch v := v.(type) {
	case time.Duration:
		return humanize.Setting(v)
	case string:
		return strconv.Quote(v)
	case []string:
		return fmt.Sprintf("%q", v)
	case map[string]string:
		var entries []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			entries = append(entries, fmt.Sprintf("%s = %q", name, v[name]))
		}
		if len(entries) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(entries, ", ") + " }"
	}
	return fmt.Sprint(v)
}

// at is a field's address in a service.
type at[T any] func(*Service) *T

func boolean(at at[bool], def bool) value {
	return field[bool]{typ: "boolean", at: at, def: def, defText: strconv.FormatBool(def), safe: true,
		parse: func(to *bool, _ *Service, v any) error { return setBool(to, v) }}
}

// number is one from low to high; a default outside of that is none.
func number(at at[int], def, low, high int) value {
	f := field[int]{typ: "number", at: at, def: def, safe: true,
		parse: func(to *int, _ *Service, v any) error { return setInt(to, v, low, high) }}
	if def >= low && def <= high {
		f.defText = strconv.Itoa(def)
	}
	return f
}

// size is a number of bytes from low on; a default of 0 is none.
func size(at at[int64], def, low int64) value {
	f := field[int64]{typ: "size", at: at, def: def, safe: true,
		parse: func(to *int64, _ *Service, v any) error { return setSize(to, v, low) },
		write: func(n int64) string { return sizeText(n) }}
	if def > 0 {
		f.defText = strconv.Quote(sizeText(def))
	}
	return f
}

func span(at at[time.Duration], def, low time.Duration) value {
	return field[time.Duration]{
		typ: "duration", at: at, def: def, defText: strconv.Quote(humanize.Setting(def)), safe: true,
		parse: func(to *time.Duration, _ *Service, v any) error { return setDuration(to, v, low) }}
}

// text is a string that check accepts; typ is its type for a person.
func text(typ string, at at[string], def string, check func(string) error) value {
	f := field[string]{typ: typ, at: at, def: def,
		parse: func(to *string, _ *Service, v any) error {
			var got string
			if err := setString(&got, v); err != nil {
				return err
			}
			if check != nil {
				if err := check(got); err != nil {
					return err
				}
			}
			*to = got
			return nil
		}}
	if def != "" {
		f.defText = strconv.Quote(def)
	}
	return f
}

// file is the path of a file or a folder, which becomes absolute.
func file(typ string, at at[string], def string) field[string] {
	f := text(typ, at, def, nil).(field[string])
	f.paths = func(to *string, absolute func(string) string) {
		if *to != "" {
			*to = absolute(*to)
		}
	}
	return f
}

// folder is one that has to be there when the configuration names it.
func folder(at at[string], def string) value {
	f := file("folder", at, def)
	f.existing = true
	return f
}

func list(typ string, at at[[]string]) value {
	return field[[]string]{typ: typ, at: at,
		parse: func(to *[]string, _ *Service, v any) error { return setStrings(to, v) }}
}

// command is a program with its arguments. Those of exec may be empty texts.
func command(at at[[]string], emptyArguments bool) value {
	return field[[]string]{typ: commandType, at: at,
		parse: func(to *[]string, _ *Service, v any) error {
			if emptyArguments {
				return setCommand(to, v)
			}
			return setStrings(to, v)
		}}
}

// commandType is the type of keys that take words as a list or as text.
const commandType = "command"

// shellLine is a line for sh. People may see of it what they may see of any
// command's arguments.
type shellLine struct{ field[string] }

func (l shellLine) words(s *Service) []string {
	if line := *l.at(s); line != "" {
		return []string{"sh", "-c", line}
	}
	return nil
}

// custom is a field that parse reads in a way of its own.
func custom[T any](typ string, at at[T], def T, defText string, parse func(to *T, s *Service, v any) error) field[T] {
	return field[T]{typ: typ, at: at, def: def, defText: defText, parse: parse}
}
