package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// readJSON decodes a body strictly: one object, no unknown field. Any
// Content-Type will do: that of curl -d is not JSON's.
func readJSON(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return wrongBody(err)
	}
	if err := onlyFields(text, fieldsOf(into)); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(into); err != nil {
		return wrongBody(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("the body: expected one JSON value and nothing after it")
	}
	return nil
}

// onlyFields refuses an object with a field that is not one of names. Of
// anything else, the decoder's own error says more.
func onlyFields(text []byte, names []string) error {
	var fields map[string]json.RawMessage
	if json.NewDecoder(bytes.NewReader(text)).Decode(&fields) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		known := func(other string) bool { return strings.EqualFold(name, other) } // as encoding/json has it
		if !slices.ContainsFunc(names, known) {
			return badRequest("unknown field %q; expected %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// wrongBody says what was expected, and what came instead.
func wrongBody(err error) error {
	var large *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &large):
		return refuse(http.StatusRequestEntityTooLarge, api.CodeBadRequest,
			"the body is too large: expected %d bytes at most", large.Limit)
	case errors.Is(err, io.EOF):
		return badRequest("the body: expected a JSON object, got nothing; {} asks for nothing in particular")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return badRequest("the body: expected a whole JSON object, and it ends before that")
	case errors.As(err, &kind) && kind.Field == "":
		return badRequest("the body: expected a JSON object, got %s", kind.Value)
	case errors.As(err, &kind):
		return badRequest("%s: expected %s, got %s", kind.Field, kindOf(kind.Type), kind.Value)
	case errors.As(err, &syntax):
		return badRequest("the body: expected JSON, and byte %d is none: %v", syntax.Offset, err)
	}
	return badRequest("cannot read the body: %v", err)
}

// kindOf is how JSON calls a type.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number that is not too large"
}

// fieldsOf are the names that an object may have.
func fieldsOf(v any) (names []string) {
	t := reflect.TypeOf(v).Elem()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// knows refuses a parameter that the route does not have. Otherwise a mistyped
// one would be ignored silently.
func (r Route) knows(req *http.Request) error {
	var names []string
	for _, q := range r.Query {
		name, _, _ := strings.Cut(q, ":")
		names = append(names, name)
	}
	for key := range req.URL.Query() {
		switch {
		case len(names) == 0:
			return badRequest("%s takes no parameters, got %q", r.Path, key)
		case !slices.Contains(names, key):
			return badRequest("%s has no parameter %q; expected %s", r.Path, key, strings.Join(names, ", "))
		}
	}
	return nil
}
