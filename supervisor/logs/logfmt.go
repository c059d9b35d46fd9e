package logs

import (
	"strconv"
	"strings"
)

// logfmt calls fn with each field of a line of key=value pairs, in their order. slog's
// text handler, logrus and go-kit write such lines, and quote values with spaces as Go
// does. It returns false at the first place that is no such pair.
func logfmt(line string, fn func(key, value string)) bool {
	if line == "" {
		return false
	}
	for line != "" {
		key, rest, ok := word(line, '=')
		if !ok || key == "" && line[0] != '"' || !strings.HasPrefix(rest, "=") {
			return false
		}
		value, rest, ok := word(rest[1:], 0)
		if !ok || rest != "" && rest[0] != ' ' {
			return false
		}
		fn(key, value)
		line = strings.TrimLeft(rest, " ")
	}
	return true
}

// word splits off a quoted string, or what comes before a space or end.
func word(line string, end byte) (text, rest string, ok bool) {
	if !strings.HasPrefix(line, `"`) {
		n := strings.IndexFunc(line, func(r rune) bool { return r == ' ' || r == '"' || r == rune(end) })
		if n < 0 {
			return line, "", true
		}
		return line[:n], line[n:], line[n] != '"'
	}
	quoted, err := strconv.QuotedPrefix(line)
	if err != nil {
		return "", "", false
	}
	text, err = strconv.Unquote(quoted)
	return text, line[len(quoted):], err == nil
}
