package convert

import (
	"fmt"
	"strings"
	"unicode"
)

// section is a section of an INI file as Python's RawConfigParser reads it for
// supervisord. "=" or ":" follows the key. ";" and "#" begin comments at the start of
// a line or after a space. An indented line continues the line above.
type section struct {
	name    string
	line    int
	options []option
}

type option struct {
	key, value string
	line       int
}

func readINI(text string) ([]*section, error) {
	var all []*section
	var now *section
	goesOn := false // an indented line continues this option
	for i, raw := range strings.Split(strings.TrimPrefix(text, "\uFEFF"), "\n") {
		line := strings.TrimRightFunc(withoutComment(raw), unicode.IsSpace)
		trimmed := strings.TrimLeftFunc(line, unicode.IsSpace)
		switch {
		case trimmed == "":
		case goesOn && trimmed != line:
			o := &now.options[len(now.options)-1]
			o.value += "\n" + trimmed
		case strings.HasPrefix(trimmed, "["):
			name, _, closed := strings.Cut(trimmed[1:], "]")
			if !closed || strings.TrimSpace(name) == "" {
				return nil, fmt.Errorf("line %d: expected a section such as [program:web], got %q", i+1, trimmed)
			}
			now = nil
			for _, s := range all { // a section may be continued
				if s.name == name {
					now = s
				}
			}
			if now == nil {
				now = &section{name: name, line: i + 1}
				all = append(all, now)
			}
			goesOn = false
		default:
			at := strings.IndexAny(trimmed, "=:")
			if now == nil || at <= 0 {
				return nil, fmt.Errorf("line %d: expected key = value in a section, got %q", i+1, trimmed)
			}
			key := strings.ToLower(strings.TrimSpace(trimmed[:at]))
			now.options = append(now.options, option{key, strings.TrimSpace(trimmed[at+1:]), i + 1})
			goesOn = true
		}
	}
	return all, nil
}

// withoutComment cuts a line at the first ";" or "#" that stands at its
// beginning or after a space.
func withoutComment(line string) string {
	for i, r := range line {
		if (r == ';' || r == '#') && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}

// get is the last value of a key.
func (s *section) get(key string) (string, bool) {
	for i := len(s.options) - 1; i >= 0; i-- {
		if s.options[i].key == key {
			return s.options[i].value, true
		}
	}
	return "", false
}

// pairs reads KEY="value",KEY2=value as supervisord's environment has it.
func pairs(text string) ([][2]string, error) {
	var out [][2]string
	rest := strings.TrimSpace(text)
	for rest != "" {
		key, after, found := strings.Cut(rest, "=")
		key = strings.TrimSpace(key)
		if !found || key == "" {
			return nil, fmt.Errorf("expected NAME=value, got %q", rest)
		}
		value, tail := "", ""
		after = strings.TrimLeftFunc(after, unicode.IsSpace)
		if after != "" && (after[0] == '"' || after[0] == '\'') {
			end := strings.IndexByte(after[1:], after[0])
			if end < 0 {
				return nil, fmt.Errorf("the quote %c is not closed in %q", after[0], after)
			}
			value, tail = after[1:1+end], after[end+2:]
			tail = strings.TrimLeftFunc(tail, unicode.IsSpace)
			if tail != "" && tail[0] != ',' {
				return nil, fmt.Errorf("expected a comma, got %q", tail)
			}
		} else {
			end := strings.IndexAny(after, ",\n")
			if end < 0 {
				end = len(after)
			}
			value, tail = strings.TrimSpace(after[:end]), after[end:]
		}
		out = append(out, [2]string{key, value})
		rest = strings.TrimLeftFunc(strings.TrimPrefix(tail, ","), unicode.IsSpace)
	}
	return out, nil
}
