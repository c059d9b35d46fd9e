package export

import (
	"bytes"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// object is a table of a job; the tests decode the output with the engines' own types.
// Empty values are left out.
type object map[string]any

// tidy leaves out what is empty: nil, no text, no members. A number or a false
// that is there says something.
func tidy(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for key, value := range v {
			if value := tidy(value); !empty(value) {
				out[key] = value
			}
		}
		return out
	case []object:
		var out []any
		for _, o := range v {
			out = append(out, tidy(o))
		}
		return out
	}
	return v
}

func empty(v any) bool {
	if v == nil {
		return true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Map, reflect.Slice, reflect.String, reflect.Pointer:
		return r.Len() == 0
	}
	return false
}

// document is v in YAML.
func document(v object) (string, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(tidy(v)); err != nil {
		return "", err
	}
	return b.String(), e.Close()
}

// orNil is v where it is wanted.
func orNil(wanted bool, v any) any {
	if wanted {
		return v
	}
	return nil
}
