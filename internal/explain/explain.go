// Package explain gives errors a code that leads to their story. The stories
// are the sections of docs/errors.md; `ammarctl explain CODE` prints one.
package explain

import (
	"errors"
	"fmt"
)

// Error is an error whose code has a story. Its text ends with the code in
// brackets, as compilers and linters print theirs.
type Error struct {
	Code string // a heading of docs/errors.md
	Err  error
}

// Error returns the text with the code after it: "port 80 is taken [port-taken]".
func (e *Error) Error() string { return Mark(e.Code, e.Err.Error()) }

// Unwrap returns the error without its code.
func (e *Error) Unwrap() error { return e.Err }

// Errorf is fmt.Errorf for an error with a story. An error that it wraps keeps
// its own code, since the inner one is closer to the cause.
func Errorf(code, format string, args ...any) error {
	return With(code, fmt.Errorf(format, args...))
}

// With gives err a code, unless it has one. nil stays nil.
func With(code string, err error) error {
	if err == nil || Code(err) != "" {
		return err
	}
	return &Error{code, err}
}

// Mark appends a code to a text that is shown without an error.
func Mark(code, text string) string { return text + " [" + code + "]" }

// Code returns the code of the error in err's chain that has one, and "" if none
// has. An error of another package can carry a code as well, by
// a method ExplainCode.
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	var other interface {
		error
		ExplainCode() string
	}
	if errors.As(err, &other) {
		return other.ExplainCode()
	}
	return ""
}
