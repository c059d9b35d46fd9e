package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing that is wrong with a configuration.
type Error struct {
	File    string
	Line    int // from 1
	Column  int // from 1, in bytes
	Message string
	Explain string // the code of its story, with which Message ends, or ""
}

// ExplainCode returns the code of the error's story, or "".
func (e *Error) ExplainCode() string { return e.Explain }

// Error begins with file:line:column, as editors read it.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// ErrorAt is an error about a key of a service, at its place in text, the
// configuration at path. It is for checks outside this package.
func ErrorAt(path string, text []byte, s Service, key, message string) *Error {
	name := cmp.Or(s.ReplicaOf, s.Name)
	p := index(unmarked(text)).of([]string{"service", name, key})
	return &Error{File: path, Line: p.line, Column: p.column, Message: message}
}

// Errors is all that is wrong with a configuration, in the file's order.
type Errors []*Error

// ExplainCode returns the code of the first error that has one, or "".
func (e Errors) ExplainCode() string {
	for _, err := range e {
		if err.Explain != "" {
			return err.Explain
		}
	}
	return ""
}

// Error has a line for each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return e
}

// Nearest returns the name that word most likely means. It is empty if none is within
// a third of its letters, or two.
func Nearest(word string, names []string) string {
	best, distance := "", max(2, len(word)/3)+1
	for _, name := range names {
		if d := editDistance(word, name); d < distance {
			best, distance = name, d
		}
	}
	return best
}

// editDistance counts the letters to insert, delete, replace or swap with
// their neighbour (optimal string alignment).
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// DidYouMean is "; did you mean …?" for a mistyped service, or empty where no
// name is near. A word that is longer than a name can be is near none.
func DidYouMean(word string, names []string) string {
	if len(word) > 64 {
		return ""
	}
	return didYouMean(word, names)
}

func didYouMean(word string, names []string) string {
	if near := Nearest(word, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}
