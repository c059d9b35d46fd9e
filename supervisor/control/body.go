package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// readJSON decodes a body strictly: one object, no unknown field. Its
// Content-Type is not looked at: curl -d says another one.
func readJSON(r *http.Request, into any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return wrongBody(err, into)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("the body: expected one JSON value and nothing after it")
	}
	return nil
}

// wrongBody says what was expected in place of what came.
func wrongBody(err error, into any) error {
	var large *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &large):
		return &refused{http.StatusRequestEntityTooLarge, api.CodeBadRequest, fmt.Sprintf("the body is too large: expected %d bytes at most", large.Limit)}
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
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return badRequest("unknown field %s; expected %s", name, strings.Join(fieldsOf(into), ", "))
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

// knows refuses a parameter that the route has not: a mistyped one would be
// left out of account in silence.
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
