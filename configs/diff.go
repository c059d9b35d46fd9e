package configs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Difference is one key in which two configurations of a service differ.
type Difference struct {
	Key      string // "restart.delay", "env.GREETING"
	From, To string // as a person writes them; empty for what may be secret
}

// Diff lists the keys in which two configurations of one service differ, in
// the order of Service's fields. The values of variables are not shown.
func Diff(from, to Service) []Difference {
	var found []Difference
	diffStruct(reflect.ValueOf(from), reflect.ValueOf(to), "", &found)
	return found
}

func diffStruct(from, to reflect.Value, prefix string, found *[]Difference) {
	for i := range from.NumField() {
		key := prefix + keyName(from.Type().Field(i).Name)
		diffValue(from.Field(i), to.Field(i), key, found)
	}
}

func diffValue(from, to reflect.Value, key string, found *[]Difference) {
	if reflect.DeepEqual(from.Interface(), to.Interface()) {
		return
	}
	switch {
	case key == "users":
		*found = append(*found, Difference{Key: key}) // there are hashes in it
	case key == "env":
		before, after := from.Interface().(map[string]string), to.Interface().(map[string]string)
		names := maps.Clone(before)
		if names == nil {
			names = map[string]string{}
		}
		maps.Copy(names, after)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			if old, had := before[name]; !had || old != after[name] {
				*found = append(*found, Difference{Key: "env." + name})
			}
		}
	case from.Kind() == reflect.Pointer && from.Type().Elem().Kind() == reflect.Struct && !from.IsNil() && !to.IsNil():
		diffStruct(from.Elem(), to.Elem(), key+".", found)
	case from.Kind() == reflect.Struct && from.Type() != reflect.TypeFor[time.Time]():
		diffStruct(from, to, key+".", found)
	default:
		*found = append(*found, Difference{key, written(from), written(to)})
	}
}

func written(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "none"
		}
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case time.Duration:
		return duration(x)
	case string:
		return fmt.Sprintf("%q", x)
	case []string:
		return fmt.Sprintf("%q", x)
	}
	if v.Kind() == reflect.Struct {
		return "some"
	}
	return fmt.Sprint(v.Interface())
}

// keyName is the key of a field: StopTimeout is stop_timeout, FPS is fps.
func keyName(field string) string {
	var out strings.Builder
	letters := []rune(field)
	for i, r := range letters {
		afterSmall := i > 0 && unicode.IsLower(letters[i-1])
		beforeSmall := i > 0 && i+1 < len(letters) && unicode.IsLower(letters[i+1])
		if unicode.IsUpper(r) && (afterSmall || beforeSmall) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// Amendable tells whether a key takes effect without a new process: it is for
// the supervisor alone.
func Amendable(key string) bool {
	table, _, _ := strings.Cut(key, ".")
	return slices.Contains([]string{
		"after", "requires", "restart", "overlap", "start_timeout", "stop_signal",
		"max_runtime", "critical", "on_failure",
	}, table)
}
