package client

import (
	"reflect"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// harmless makes every text that v, a pointer, leads to safe to be shown: the
// other machine may lie. Line breaks and tabs stay.
func harmless(v any) { clean(reflect.ValueOf(v)) }

func clean(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			clean(v.Elem())
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(safetext.Replace(v.String(), '\n', '\t'))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() { // not the inside of a time.Time
				clean(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			clean(v.Index(i))
		}
	case reflect.Map:
		cleanMap(v)
	}
}

// cleanMap replaces the values of a map, which cannot be changed in place. Its
// keys are names that the code knows.
func cleanMap(v reflect.Value) {
	for _, key := range v.MapKeys() {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(key))
		clean(value)
		v.SetMapIndex(key, value)
	}
}
