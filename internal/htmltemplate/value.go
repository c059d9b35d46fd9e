package htmltemplate

import (
	"cmp"
	"fmt"
	"reflect"
)

// expression is a value, or a function of values.
type expression struct {
	function string
	operands []operand
}

// accepts tells whether there is such a function of n values. The function without
// a name is the value itself.
func accepts(function string, n int) bool {
	switch function {
	case "", "not":
		return n == 1
	case "eq", "ne", "ge":
		return n == 2
	}
	return function == "or" && n >= 2
}

// operand is a constant, or a variable or the dot with a path of fields.
type operand struct {
	constant any
	variable string // empty: the dot
	path     []string
}

func (e expression) eval(s *state) (reflect.Value, error) {
	var values [2]reflect.Value
	for i, o := range e.operands {
		v, err := o.eval(s)
		if err != nil {
			return v, err
		}
		if e.function == "or" && (truth(v) || i == len(e.operands)-1) || e.function == "" {
			return v, nil
		}
		values[i%2] = v
	}
	if e.function == "not" {
		return reflect.ValueOf(!truth(values[0])), nil
	}
	sign, err := compare(indirect(values[0]), indirect(values[1]))
	if err != nil {
		return reflect.Value{}, fmt.Errorf("%s: %w", e.function, err)
	}
	switch e.function {
	case "eq":
		return reflect.ValueOf(sign == 0), nil
	case "ne":
		return reflect.ValueOf(sign != 0), nil
	}
	return reflect.ValueOf(sign >= 0), nil
}

func (o operand) eval(s *state) (reflect.Value, error) {
	v := s.dot
	switch {
	case o.constant != nil:
		return reflect.ValueOf(o.constant), nil
	case o.variable != "":
		var err error
		if v, err = s.lookup(o.variable); err != nil {
			return v, err
		}
	}
	for _, name := range o.path {
		var err error
		if v, err = field(v, name); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (s *state) lookup(name string) (reflect.Value, error) {
	for i := len(s.vars) - 1; i >= 0; i-- {
		if s.vars[i].name == name {
			return s.vars[i].value, nil
		}
	}
	return reflect.Value{}, fmt.Errorf("there is no variable %s", name)
}

// field returns a field of a struct, or what a Fielder returns.
func field(v reflect.Value, name string) (reflect.Value, error) {
	v = indirect(v)
	if !v.IsValid() {
		return v, fmt.Errorf("cannot read the field %s of nothing", name)
	}
	holder := v
	if v.CanAddr() {
		holder = v.Addr() // copies nothing
	}
	if holder.Type().Implements(reflect.TypeFor[Fielder]()) {
		if found := holder.Interface().(Fielder).Field(name); found != nil {
			return reflect.ValueOf(found), nil
		}
		return reflect.Value{}, fmt.Errorf("%s has no field %s", v.Type(), name)
	}
	if v.Kind() != reflect.Struct {
		return reflect.Value{}, fmt.Errorf("cannot read the field %s of a %s", name, v.Type())
	}
	found := v.FieldByName(name)
	if !found.IsValid() {
		return found, fmt.Errorf("%s has no field %s", v.Type(), name)
	}
	return found, nil
}

// indirect follows pointers and interfaces.
func indirect(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	return v
}

// truth is false for nothing, false, zero, and what is empty.
func truth(v reflect.Value) bool {
	v = indirect(v)
	switch {
	case !v.IsValid():
		return false
	case v.Kind() == reflect.String || v.Kind() == reflect.Slice || v.Kind() == reflect.Map:
		return v.Len() > 0
	case v.Kind() == reflect.Struct:
		return true
	}
	return !v.IsZero()
}

// compare returns the order of two texts or two whole numbers.
func compare(a, b reflect.Value) (int, error) {
	switch {
	case a.Kind() == reflect.String && b.Kind() == reflect.String:
		return cmp.Compare(a.String(), b.String()), nil
	case a.IsValid() && b.IsValid() && a.CanInt() && b.CanInt():
		return cmp.Compare(a.Int(), b.Int()), nil
	}
	return 0, fmt.Errorf("cannot compare a %s with a %s", a.Kind(), b.Kind())
}
