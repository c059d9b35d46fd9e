package semantics

import (
	"net/http"
	"strings"
	"time"
)

// Verdict is the outcome of a request's preconditions.
type Verdict int

// The verdicts.
const (
	Proceed Verdict = iota
	NotModified
	PreconditionFailed
)

// Check evaluates the preconditions of a request in the order of RFC 9110
// section 13.2.2. tag and modified describe the current file.
func Check(r *http.Request, tag string, modified time.Time) Verdict {
	modified = modified.Truncate(time.Second) // HTTP dates have whole seconds
	h := r.Header
	switch {
	case len(h["If-Match"]) > 0:
		if !matches(h["If-Match"], tag, strong) {
			return PreconditionFailed
		}
	case len(h["If-Unmodified-Since"]) == 1:
		if date, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && modified.After(date) {
			return PreconditionFailed
		}
	}
	switch {
	case len(h["If-None-Match"]) > 0:
		if matches(h["If-None-Match"], tag, weak) {
			return NotModified
		}
	case len(h["If-Modified-Since"]) == 1:
		if date, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil && !modified.After(date) {
			return NotModified
		}
	}
	return Proceed
}

// Conditional reports whether the request has any precondition.
func Conditional(r *http.Request) bool {
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"} {
		if r.Header[name] != nil {
			return true
		}
	}
	return false
}

// IfRange reports whether the Range header applies (RFC 9110 section 13.1.5).
func IfRange(r *http.Request, tag string, modified time.Time) bool {
	values := r.Header["If-Range"]
	if len(values) == 0 {
		return true
	}
	if len(values) > 1 {
		return false
	}
	value := strings.TrimSpace(values[0])
	if strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "W/") {
		return value == tag
	}
	date, err := http.ParseTime(value)
	return err == nil && modified.Truncate(time.Second).Equal(date)
}

// The two comparisons of validators (RFC 9110 section 8.8.3.2). Our tags are
// strong, so strong comparison with a weak tag fails.
func strong(listed, tag string) bool { return listed == tag }
func weak(listed, tag string) bool   { return strings.TrimPrefix(listed, "W/") == tag }

// matches looks for tag in lists of entity tags; "*" matches any.
func matches(lists []string, tag string, same func(listed, tag string) bool) bool {
	for _, list := range lists {
		rest := strings.Trim(list, " \t")
		if rest == "*" {
			return true
		}
		for rest != "" {
			var listed string
			if listed, rest = nextTag(rest); listed == "" {
				break // malformed: the rest of the list is ignored
			}
			if same(listed, tag) {
				return true
			}
		}
	}
	return false
}

// nextTag splits the first entity tag off a list. It is empty at the end.
func nextTag(list string) (tag, rest string) {
	list = strings.TrimLeft(list, " \t,")
	start := 0
	if strings.HasPrefix(list, "W/") {
		start = 2
	}
	if len(list) <= start || list[start] != '"' {
		return "", ""
	}
	end := strings.IndexByte(list[start+1:], '"')
	if end < 0 {
		return "", ""
	}
	end += start + 2
	return list[:end], list[end:]
}
