//go:build unix

package control

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

var update = flag.Bool("update", false, "write docs/control-api.md anew")

// The examples of the reference; a test of the whole program runs them.
const examples = "testdata/examples.md"

func TestTheReferenceIsUpToDate(t *testing.T) {
	const path = "../../docs/control-api.md"
	want := reference(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale; update it with: go test ./supervisor/control -run Reference -update\n-want +file:\n%s", path,
			diff)
	}
}

func TestEveryRouteIsVersionedAndSaysWhatItDoes(t *testing.T) {
	for _, r := range Routes() {
		if !strings.HasPrefix(r.Path, "/v1/") || r.What == "" || r.serve == nil {
			t.Errorf("%s %s is incomplete", r.Method, r.Path)
		}
		if (r.Access == Reads) != (r.Method == "GET") {
			t.Errorf("%s %s %s", r.Method, r.Path, r.Access)
		}
		if strings.Contains(r.Path, "{name}") && !slices.Contains(r.Errors, "no-such-service") {
			t.Errorf("%s %s does not say that there may be no such service", r.Method, r.Path)
		}
	}
}

// reference is docs/control-api.md, made of the table of routes, the types in
// supervisor/api with their comments, and the examples.
func reference(t *testing.T) string {
	text, err := os.ReadFile(examples)
	if err != nil {
		t.Fatal(err)
	}
	r := &writer{comments: comments(t)}
	r.line("# The control API\n\n<!-- Written by: go test ./supervisor/control -run Reference -update -->\n")
	r.line(strings.TrimSpace(string(text)) + "\n\n## Routes\n\n| | path | access |\n| --- | --- | --- |")
	for _, route := range Routes() {
		r.line("| %s | [`%s`](#%s) | %s |", route.Method, route.Path, anchor(route), route.Access)
	}
	for _, route := range Routes() {
		r.route(route)
	}
	r.line("\n## Types\n\nFields are added in later versions and never renamed; pass over those you do not know.")
	r.link(reflect.TypeFor[api.Error]())
	for i := 0; i < len(r.types); i++ { // a type may add others
		r.fields(r.types[i])
	}
	return r.String()
}

type writer struct {
	strings.Builder
	comments map[string]string
	types    []reflect.Type
}

func (w *writer) line(format string, args ...any) {
	if len(args) == 0 {
		w.WriteString(format + "\n")
		return
	}
	fmt.Fprintf(w, format+"\n", args...)
}

func (w *writer) route(r Route) {
	w.line("\n### %s %s\n\n%s", r.Method, r.Path, r.What)
	w.line("\n- Access: %s", r.Access)
	for _, q := range r.Query {
		name, what, _ := strings.Cut(q, ": ")
		w.line("- Parameter `%s`: %s", name, what)
	}
	if r.Takes != nil {
		w.line("- Body: %s", w.link(reflect.TypeOf(r.Takes)))
	}
	switch gives := reflect.TypeOf(r.Gives); {
	case gives == nil:
		w.line("- Answer: an empty object")
	case gives == reflect.TypeFor[Text]():
		w.line("- Answer: not JSON")
	case r.Many:
		w.line("- Answer: NDJSON, one %s a line", w.link(gives))
	default:
		w.line("- Answer: %s", w.link(gives))
	}
	codes := append(EveryRoute(), r.Errors...)
	for i, code := range codes {
		codes[i] = fmt.Sprintf("`%s` (%d)", code, statusOf(code))
	}
	w.line("- Errors: %s", strings.Join(codes, ", "))
}

// link names a type and remembers it.
func (w *writer) link(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return w.link(t.Elem()) + " or null"
	case t.Kind() == reflect.Slice:
		return "array of " + w.link(t.Elem())
	case t.Kind() == reflect.Struct && t.Name() == "Time":
		return "time (RFC 3339)"
	case t.Kind() == reflect.Struct:
		if !slices.Contains(w.types, t) {
			w.types = append(w.types, t)
		}
		return fmt.Sprintf("[%s](#%s)", t.Name(), strings.ToLower(t.Name()))
	case t.Kind() == reflect.Float64:
		return "number"
	case strings.HasPrefix(t.Kind().String(), "int"), strings.HasPrefix(t.Kind().String(), "uint"):
		return "integer"
	case t.Kind() == reflect.Bool:
		return "true or false"
	}
	return "string"
}

func (w *writer) fields(t reflect.Type) {
	w.line("\n### %s\n\n%s\n\n| field | type | |\n| --- | --- | --- |", t.Name(), w.comments[t.Name()])
	for i := range t.NumField() {
		f := t.Field(i)
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind := w.link(f.Type)
		if strings.Contains(rest, "omit") {
			kind = strings.TrimSuffix(kind, " or null") + ", may be missing"
		}
		w.line("| `%s` | %s | %s |", name, kind, strings.ReplaceAll(w.comments[t.Name()+"."+f.Name], "|", `\|`))
	}
}

// anchor is what a page makes of a route's heading, as GitHub does.
func anchor(r Route) string {
	text := strings.ToLower(r.Method + " " + r.Path)
	return regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ReplaceAll(text, " ", "-"), "")
}

// comments are those of supervisor/api, by Type and Type.Field.
func comments(t *testing.T) map[string]string {
	found := map[string]string{}
	paths, err := filepath.Glob("../api/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files in ../api", err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				typ := spec.(*ast.TypeSpec)
				found[typ.Name.Name] = oneLine(gen.Doc.Text())
				if st, ok := typ.Type.(*ast.StructType); ok {
					for _, field := range st.Fields.List {
						for _, name := range field.Names {
							found[typ.Name.Name+"."+name.Name] = oneLine(field.Doc.Text() + " " + field.Comment.Text())
						}
					}
				}
			}
		}
	}
	return found
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
