// Package dotenv reads files of variables: NAME=value, one a line.
package dotenv

import (
	"fmt"
	"strings"
)

// Error says in which line of a file something is wrong.
type Error struct {
	Line    int // from 1
	Message string
}

// Error begins with the line.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// Variable is one line of a file.
type Variable struct{ Name, Value string }

// Parse reads variables in the order of the text. A line is empty, a comment
// that begins with #, or NAME=value, with "export " before it or not. A value
// is
//
//   - as it is written, without the space around it, up to " #";
//   - in single quotes: as it is written, over several lines too;
//   - in double quotes: the same, where \n, \r, \t, \", \\ and \$ stand for one
//     character each.
//
// Nothing is expanded. The first thing that is wrong is an *Error, which never
// repeats a value.
func Parse(text string) ([]Variable, error) {
	p := parser{text: strings.TrimPrefix(text, "\ufeff"), line: 1}
	var found []Variable
	for p.text != "" {
		v, ok, err := p.variable()
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, v)
		}
	}
	return found, nil
}

type parser struct {
	text string
	line int
}

func (p *parser) fail(format string, args ...any) error {
	return &Error{p.line, fmt.Sprintf(format, args...)}
}

// variable takes one line, or more when a quoted value has them.
func (p *parser) variable() (v Variable, ok bool, err error) {
	line, _, _ := strings.Cut(p.text, "\n")
	bare := strings.TrimSpace(line)
	if bare == "" || bare[0] == '#' {
		p.skipLine()
		return v, false, nil
	}
	name, value, found := strings.Cut(line, "=")
	name = strings.TrimSpace(name)
	if rest, exported := strings.CutPrefix(name, "export "); exported {
		name = strings.TrimSpace(rest)
	}
	if !found {
		return v, false, p.fail("expected NAME=value")
	}
	if !validName(name) {
		return v, false, p.fail("expected a name of letters, digits and _ before =")
	}
	p.text = p.text[len(line)-len(value):]
	trimmed := strings.TrimLeft(value, " \t")
	p.text = p.text[len(value)-len(trimmed):]
	v.Name = name
	switch {
	case strings.HasPrefix(trimmed, "'"), strings.HasPrefix(trimmed, `"`):
		v.Value, err = p.quoted(trimmed[0])
	default:
		v.Value = unquoted(trimmed)
		p.skipLine()
	}
	if err == nil && strings.ContainsRune(v.Value, 0) {
		err = p.fail("the value of %s has a zero byte", name)
	}
	return v, true, err
}

func (p *parser) skipLine() {
	_, rest, _ := strings.Cut(p.text, "\n")
	p.text = rest
	p.line++
}

func unquoted(text string) string {
	for i := range len(text) {
		if text[i] == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t') {
			text = text[:i]
			break
		}
	}
	return strings.TrimSpace(text)
}

// quoted takes a value with its quotes, and the rest of its line.
func (p *parser) quoted(quote byte) (string, error) {
	begun := p.line
	var b strings.Builder
	i := 1
	for ; ; i++ {
		if i >= len(p.text) {
			return "", &Error{begun, fmt.Sprintf("expected a closing %c", quote)}
		}
		c := p.text[i]
		if c == quote {
			break
		}
		if c == '\n' {
			p.line++
		}
		if c == '\\' && quote == '"' && i+1 < len(p.text) {
			if plain, ok := escapes(p.text[i+1]); ok {
				b.WriteByte(plain)
				i++
				continue
			}
		}
		b.WriteByte(c)
	}
	p.text = p.text[i+1:]
	rest, _, _ := strings.Cut(p.text, "\n")
	if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
		return "", p.fail("expected nothing after the closing %c", quote)
	}
	p.skipLine()
	return b.String(), nil
}

func escapes(c byte) (byte, bool) {
	switch c {
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case '"', '\\', '$':
		return c, true
	}
	return 0, false
}

func validName(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}
