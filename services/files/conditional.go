package files

import (
	"net/http"
	"strings"
	"time"
)

type verdict int

const (
	proceed verdict = iota
	notModified
	preconditionFailed
)

// check evaluates the preconditions of a GET or HEAD in the order of RFC 9110
// section 13.2.2.
func check(r *http.Request, tag string, modified time.Time) verdict {
	modified = modified.Truncate(time.Second) // dates of HTTP know no fractions
	h := r.Header
	switch {
	case len(h["If-Match"]) > 0:
		if !matches(h["If-Match"], tag, strong) {
			return preconditionFailed
		}
	case len(h["If-Unmodified-Since"]) == 1:
		if date, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && modified.After(date) {
			return preconditionFailed
		}
	}
	switch {
	case len(h["If-None-Match"]) > 0:
		if matches(h["If-None-Match"], tag, weak) {
			return notModified
		}
	case len(h["If-Modified-Since"]) == 1:
		if date, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil && !modified.After(date) {
			return notModified
		}
	}
	return proceed
}

// ifRange tells whether a Range is to be honoured (RFC 9110 section 13.1.5).
func ifRange(r *http.Request, tag string, modified time.Time) bool {
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

// The two ways of comparing validators (RFC 9110 section 8.8.3.2); ours are
// strong, so a strong comparison with a weak one fails.
func strong(listed, tag string) bool { return listed == tag }
func weak(listed, tag string) bool   { return strings.TrimPrefix(listed, "W/") == tag }

// matches looks for tag in a list of entity tags; * is any.
func matches(lists []string, tag string, same func(listed, tag string) bool) bool {
	for _, list := range lists {
		rest := strings.Trim(list, " \t")
		if rest == "*" {
			return true
		}
		for rest != "" {
			var listed string
			if listed, rest = nextTag(rest); listed == "" {
				break // not a list of tags; what comes cannot be trusted
			}
			if same(listed, tag) {
				return true
			}
		}
	}
	return false
}

// nextTag splits one entity tag off a list; empty when there is none.
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
