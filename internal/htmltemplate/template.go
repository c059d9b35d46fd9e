// Package htmltemplate fills in HTML pages. It understands the part of
// html/template that our pages use. It never looks up a method by name, so the
// linker can drop the methods that nothing calls: with html/template in the
// program it keeps every exported method of every type, which costs 2.6 MB.
//
// Values are escaped by where they stand: in text, in a quoted attribute, in an
// attribute that holds an address, or in the query of one. Parse refuses a value
// anywhere else, for example outside the quotes of an attribute.
package htmltemplate

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
)

// Template is a set of named pages. After Parse it never changes, so several
// goroutines may use it at once.
type Template struct{ pages map[string]block }

// Raw is HTML, CSS or JavaScript that is written as it is. Only constants and the
// output of something that escapes may become Raw.
type Raw string

// Fielder is implemented by types whose values a page reads by calling code. Field
// returns the value with this name, or nil if there is none.
type Fielder interface{ Field(name string) any }

// Parse reads pages. Text outside of {{define}} is the page named "".
func Parse(sources ...string) (*Template, error) {
	t := &Template{pages: map[string]block{}}
	for _, source := range sources {
		if err := newParser(source).parse(t.pages); err != nil {
			return nil, fmt.Errorf("cannot parse a page: %w", err)
		}
	}
	return t, nil
}

// MustParse is Parse for pages that are part of the program.
func MustParse(sources ...string) *Template {
	t, err := Parse(sources...)
	if err != nil {
		panic(err)
	}
	return t
}

// Execute writes the page with this name, filled in with data. Every use of a field
// that data does not have is an error, and the page is then incomplete.
func (t *Template) Execute(w io.Writer, name string, data any) error {
	body, ok := t.pages[name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	dot := reflect.ValueOf(data)
	s := &state{pages: t.pages, out: w, dot: dot, vars: []variable{{"$", dot}}}
	return body.write(s)
}

// Render returns the page with this name, filled in with data.
func (t *Template) Render(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := t.Execute(&b, name, data)
	return b.Bytes(), err
}
