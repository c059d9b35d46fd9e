package configs

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/kind"
)

// leaves calls visit for every field of v, and of the structs in it.
func leaves(t *testing.T, v reflect.Value, path string, visit func(path string, field reflect.Value)) {
	t.Helper()
	for i := range v.NumField() {
		field, name := v.Field(i), path+v.Type().Field(i).Name
		switch {
		case field.Kind() == reflect.Struct && field.Type() != reflect.TypeFor[time.Time]():
			leaves(t, field, name+".", visit)
		case field.Kind() == reflect.Pointer:
			leaves(t, field.Elem(), name+".", visit)
		default:
			visit(name, field)
		}
	}
}

// other is a value that differs from v.
func other(t *testing.T, v reflect.Value) reflect.Value {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		return reflect.ValueOf(v.String() + "x").Convert(v.Type())
	case reflect.Bool:
		return reflect.ValueOf(!v.Bool())
	case reflect.Int, reflect.Int64:
		return reflect.ValueOf(v.Int() + 1).Convert(v.Type())
	case reflect.Float64:
		return reflect.ValueOf(v.Float() + 1)
	case reflect.Slice:
		return reflect.Append(v, reflect.Zero(v.Type().Elem()))
	case reflect.Map:
		return reflect.ValueOf(map[string]string{"A": "b"})
	case reflect.Struct:
		return reflect.ValueOf(time.Unix(1, 0))
	}
	t.Fatalf("no other value of a %s", v.Type())
	return v
}

// A field of Service without a key would be missing from every difference, and
// a change of it would be lost at a reload.
func TestEveryFieldOfAServiceBelongsToAKey(t *testing.T) {
	full := func() Service {
		s := NewService("a", KindFiles)
		probeOf(&s)
		shareOf(&s)
		return s
	}
	var paths []string
	sample := full()
	leaves(t, reflect.ValueOf(&sample).Elem(), "", func(path string, _ reflect.Value) { paths = append(paths, path) })
	for _, wanted := range paths {
		before, after := full(), full()
		leaves(t, reflect.ValueOf(&after).Elem(), "", func(path string, field reflect.Value) {
			if path == wanted {
				field.Set(other(t, field))
			}
		})
		if found := Diff(before, after); len(found) != 1 {
			t.Errorf("a change of %s is %v; declare a key for it", wanted, found)
		}
	}
}

func TestEveryKeyIsDeclaredCompletely(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range registry() {
		if seen[k.Name] {
			t.Errorf("%s is declared twice", k.Name)
		}
		seen[k.Name] = true
		if !k.internal && (k.Doc == "" || k.Type == "" || k.sample() == "") {
			t.Errorf("%s lacks a documentation, a type, or a default or example", k.Name)
		}
		for engine, e := range map[string]Export{
			"compose": k.Exports.Compose, "kubernetes": k.Exports.Kubernetes, "nomad": k.Exports.Nomad,
			"systemd": k.Exports.Systemd,
		} {
			if (e.To == "") == (e.Lost == "") {
				t.Errorf("%s: expected either what %s has for it, or why it has nothing; got %+v", k.Name, engine, e)
			}
		}
		if strings.Contains(k.Doc, "who ") || strings.Contains(k.Doc, "anew") || strings.Contains(k.Doc, "so long") {
			t.Errorf("%s: say it in plain English: %s", k.Name, k.Doc)
		}
		if k.Place != nil && k.Place.At == "" {
			t.Errorf("%s has no place in a container", k.Name)
		}
	}
	for _, k := range registry() {
		if (k.With != "" && !seen[k.With]) || (k.Instead != "" && !seen[strings.TrimPrefix(k.Table()+"."+k.Instead, ".")]) {
			t.Errorf("%s names a key that there is not", k.Name)
		}
		for _, of := range k.Kinds {
			if !slices.Contains(kind.Names(), of) {
				t.Errorf("%s is a key of %q, which is no kind", k.Name, of)
			}
		}
	}
}

// HideAll is the zero value, so a new key shows nothing. These are the only
// keys that may stay there.
func TestOnlyUsersAreHiddenCompletely(t *testing.T) {
	var hidden []string
	for _, k := range registry() {
		if k.Shown == HideAll {
			hidden = append(hidden, k.Name)
		}
	}
	if !slices.Equal(hidden, []string{"users"}) {
		t.Errorf("hidden are %q; say with Shown what people may see of the others", hidden)
	}
}
