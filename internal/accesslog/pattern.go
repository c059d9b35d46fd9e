package accesslog

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// part is a variable or the text between two.
type part struct {
	variable string // empty: literal
	literal  string
}

// kinds are the variables that have a meaning, with the one they stand for.
func kinds() map[string]string {
	return map[string]string{
		"request": "request", "method": "method", "request_method": "method",
		"path": "path", "uri": "path", "request_uri": "path", "status": "status",
		"bytes": "bytes", "body_bytes_sent": "bytes", "bytes_sent": "bytes",
		"request_time": "seconds", "duration": "duration", "duration_ms": "milliseconds", "duration_us": "microseconds",
	}
}

// compile reads a pattern.
func compile(pattern string) ([]part, error) {
	var parts []part
	known, statuses := kinds(), 0
	for rest := strings.TrimSpace(pattern); rest != ""; {
		if rest[0] != '$' {
			literal, _, _ := strings.Cut(rest, "$")
			rest = rest[len(literal):]
			parts = append(parts, part{literal: literal})
			continue
		}
		end := 1
		for end < len(rest) && isName(rest[end]) {
			end++
		}
		name := rest[1:end]
		rest = rest[end:]
		if name == "" {
			return nil, fmt.Errorf("expected a name after $ in %q", pattern)
		}
		if len(parts) > 0 && parts[len(parts)-1].variable != "" {
			return nil, fmt.Errorf("expected something between $%s and the variable before it in %q", name, pattern)
		}
		variable := known[name]
		if variable == "" {
			variable = "skipped"
		}
		if variable == "status" {
			statuses++
		}
		parts = append(parts, part{variable: variable})
	}
	if statuses != 1 {
		return nil, fmt.Errorf("expected one $status in %q, got %d", pattern, statuses)
	}
	return parts, nil
}

func isName(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// match reads a line by a pattern; with rest, more may follow.
func match(parts []part, line string, rest bool) (Request, bool) {
	r := Request{Bytes: -1, Duration: -1}
	for i, p := range parts {
		if p.variable == "" {
			n, fits := prefix(line, p.literal)
			if !fits {
				return Request{}, false
			}
			line = line[n:]
			continue
		}
		value := line
		switch {
		case i+1 < len(parts):
			end := until(line, parts[i+1].literal, i > 0 && strings.HasSuffix(parts[i-1].literal, `"`))
			if end < 0 {
				return Request{}, false
			}
			value = line[:end]
		case rest && p.variable == "duration":
			value = line[:measure(line)]
		case rest:
			value, _, _ = strings.Cut(line, " ")
		}
		line = line[len(value):]
		if !r.set(p.variable, value) {
			return Request{}, false
		}
	}
	return r, rest || line == ""
}

// prefix is the length of the literal at the beginning of a line, in which a
// space stands for several.
func prefix(line, literal string) (n int, fits bool) {
	for i := 0; i < len(literal); i++ {
		if n >= len(line) || line[n] != literal[i] {
			return 0, false
		}
		n++
		if literal[i] == ' ' {
			for i+1 < len(literal) && literal[i+1] == ' ' {
				i++
			}
			for n < len(line) && line[n] == ' ' {
				n++
			}
		}
	}
	return n, true
}

// until is where a literal begins. In a quoted text, a backslash makes the
// next character part of it.
func until(line, literal string, quoted bool) int {
	for i := 0; i < len(line); i++ {
		if quoted && line[i] == '\\' {
			i++
			continue
		}
		if line[i] != literal[0] {
			continue
		}
		if _, fits := prefix(line[i:], literal); fits {
			return i
		}
		for literal[0] == ' ' && i+1 < len(line) && line[i+1] == ' ' { // the rest of these spaces does not fit either
			i++
		}
	}
	return -1
}

// set takes the value of a variable.
func (r *Request) set(variable, value string) (ok bool) {
	switch variable {
	case "request":
		return r.setRequest(value)
	case "method":
		r.Method = value
		return isMethod(value)
	case "path":
		r.Path = value
		return value != "" && !strings.Contains(value, " ")
	case "status":
		r.Status, ok = status(value)
	case "bytes":
		if value == "-" {
			return true
		}
		n, err := strconv.ParseInt(value, 10, 64)
		r.Bytes, ok = n, err == nil && n >= 0 && value[0] != '+'
	case "seconds":
		return r.setDuration(value, time.Second)
	case "milliseconds":
		return r.setDuration(value, time.Millisecond)
	case "microseconds":
		return r.setDuration(value, time.Microsecond)
	case "duration":
		if value == "-" {
			return true
		}
		r.Duration, ok = parseDuration(value, time.Second)
	default:
		return true
	}
	return ok
}

// setRequest reads a request line. One that is no HTTP, as port scanners send,
// is a request too: servers log it with its status.
func (r *Request) setRequest(line string) bool {
	method, rest, found := strings.Cut(line, " ")
	if !found || !isMethod(method) {
		return true
	}
	r.Method, r.Path = method, rest
	if i := strings.LastIndexByte(rest, ' '); i >= 0 && strings.HasPrefix(rest[i+1:], "HTTP/") {
		r.Path = rest[:i]
	}
	return true
}

func (r *Request) setDuration(value string, unit time.Duration) (ok bool) {
	if value == "-" {
		return true
	}
	r.Duration, ok = scaled(value, unit)
	return ok
}

func isMethod(s string) bool {
	if s == "" || len(s) > 20 {
		return false
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return true
}

func status(s string) (int, bool) {
	if len(s) != 3 || s[0] < '1' || s[0] > '5' {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 100
}

// scaled reads a number of units.
func scaled(s string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 0) || n*float64(unit) > math.MaxInt64/2 {
		return 0, false
	}
	return time.Duration(math.Round(n * float64(unit))), true
}

// parseDuration reads a duration with its unit, as "12ms", "1.5 s" or "1m3s";
// one without is a number of the unit given.
func parseDuration(s string, unit time.Duration) (time.Duration, bool) {
	if d, ok := scaled(s, unit); ok {
		return d, true
	}
	d, err := time.ParseDuration(strings.Replace(s, " ", "", 1))
	return d, err == nil && d >= 0
}

// measure is the length of a duration at the beginning of a line.
func measure(line string) int {
	n := 0
	for n < len(line) && (line[n] == '.' || '0' <= line[n] && line[n] <= '9') {
		n++
	}
	for n < len(line) && ('a' <= line[n] && line[n] <= 'z' || line[n] >= 0x80) { // µs
		n++
	}
	return n
}
