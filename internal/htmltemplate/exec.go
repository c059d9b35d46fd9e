package htmltemplate

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
)

// state is what is known while a page is filled in.
type state struct {
	pages map[string]block
	out   io.Writer
	dot   reflect.Value
	vars  []variable // the innermost last
}

type variable struct {
	name  string
	value reflect.Value
}

// node is a part of a page.
type node interface{ write(s *state) error }

type block []node

func (b block) write(s *state) error {
	vars := len(s.vars)
	defer func() { s.vars = s.vars[:vars] }()
	for _, n := range b {
		if err := n.write(s); err != nil {
			return err
		}
	}
	return nil
}

type literal string

func (l literal) write(s *state) error {
	_, err := io.WriteString(s.out, string(l))
	return err
}

// output writes a value.
type output struct {
	value  expression
	escape escaper
}

func (o output) write(s *state) error {
	v, err := o.value.eval(s)
	if err != nil {
		return err
	}
	v = indirect(v)
	if v.IsValid() && v.Type() == reflect.TypeFor[Raw]() {
		_, err = io.WriteString(s.out, v.String())
		return err
	}
	text, err := o.escape(toText(v))
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.out, text)
	return err
}

// toText returns a value as a page shows it.
func toText(v reflect.Value) string {
	switch {
	case !v.IsValid():
		return ""
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	}
	return fmt.Sprint(v.Interface())
}

// assignment adds a variable until the block ends.
type assignment struct {
	name  string
	value expression
}

func (a assignment) write(s *state) error {
	v, err := a.value.eval(s)
	s.vars = append(s.vars, variable{a.name, v})
	return err
}

// call includes another page.
type call struct {
	name  string
	value expression
}

func (c call) write(s *state) error {
	body, ok := s.pages[c.name]
	if !ok {
		return fmt.Errorf("there is no page %q", c.name)
	}
	v, err := c.value.eval(s)
	if err != nil {
		return err
	}
	return body.write(&state{pages: s.pages, out: s.out, dot: v, vars: []variable{{"$", v}}})
}

// branch is an if, a with or a range.
type branch struct {
	kind      string
	names     []string // the variables of a range or a with
	on        expression
	then      block
	otherwise block
}

func (b *branch) write(s *state) error {
	v, err := b.on.eval(s)
	if err != nil {
		return err
	}
	switch {
	case !truth(v):
		return b.otherwise.write(s)
	case b.kind == "range":
		return b.each(s, indirect(v))
	case b.kind == "with":
		return b.scope(s, v, v)
	}
	return b.then.write(s)
}

func (b *branch) each(s *state, list reflect.Value) error {
	if list.Kind() != reflect.Slice {
		return fmt.Errorf("range: expected a slice, got %s", list.Type())
	}
	for i := range list.Len() {
		values := []reflect.Value{list.Index(i)}
		if len(b.names) == 2 {
			values = []reflect.Value{reflect.ValueOf(i), list.Index(i)}
		}
		if err := b.scope(s, list.Index(i), values...); err != nil {
			return err
		}
	}
	return nil
}

// scope writes the body with a new dot and the branch's variables.
func (b *branch) scope(s *state, dot reflect.Value, values ...reflect.Value) error {
	outer, vars := s.dot, len(s.vars)
	defer func() { s.dot, s.vars = outer, s.vars[:vars] }()
	s.dot = dot
	for i, name := range b.names {
		s.vars = append(s.vars, variable{name, values[i]})
	}
	return b.then.write(s)
}
