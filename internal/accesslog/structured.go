package accesslog

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parseObject decodes a line that is a JSON object.
func parseObject(line string, read func(map[string]any) (Request, bool)) (Request, bool) {
	if len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' {
		return Request{}, false
	}
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber() // an integer is a duration of Go's slog, a fraction is seconds
	var object map[string]any
	if dec.Decode(&object) != nil || dec.More() {
		return Request{}, false
	}
	return read(object)
}

// caddy reads a line of Caddy's access log.
func caddy(o map[string]any) (Request, bool) {
	request, is := o["request"].(map[string]any)
	if !is {
		return Request{}, false
	}
	r := Request{Method: str(request["method"]), Path: str(request["uri"]), Bytes: integer(o["size"]), Duration: -1}
	if seconds, ok := scaled(str(o["duration"]), time.Second); ok {
		r.Duration = seconds
	} else if d, ok := parseDuration(str(o["duration"]), time.Second); ok { // duration_format string
		r.Duration = d
	}
	var ok bool
	r.Status, ok = status(str(o["status"]))
	return r, ok && r.Method != ""
}

// traefik reads a line of Traefik's access log.
func traefik(o map[string]any) (Request, bool) {
	r := Request{
		Method: str(o["RequestMethod"]), Path: str(o["RequestPath"]),
		Bytes: integer(o["DownstreamContentSize"]), Duration: -1,
	}
	if d, ok := scaled(str(o["Duration"]), time.Nanosecond); ok {
		r.Duration = d
	}
	var ok bool
	r.Status, ok = status(str(o["DownstreamStatus"]))
	return r, ok
}

// generic reads a line of a structured logger that has a status and a
// duration. Fields may be in groups, as http.status or req.method.
func generic(o map[string]any) (Request, bool) {
	var f fields
	f.group(o, 3)
	return f.request()
}

// parsePairs reads key=value pairs, of slog's text handler and of lograge.
func parsePairs(line string) (Request, bool) {
	f := fields{text: true}
	for rest := line; rest != ""; {
		rest = strings.TrimLeft(rest, " ")
		i := strings.IndexAny(rest, "= ")
		if i < 0 {
			break
		}
		key := rest[:i]
		if rest[i] == ' ' { // a word that is no pair
			rest = rest[i:]
			continue
		}
		rest = rest[i+1:]
		value := rest
		if quoted, err := strconv.QuotedPrefix(rest); err == nil && rest != "" && rest[0] == '"' {
			value, _ = strconv.Unquote(quoted)
			rest = rest[len(quoted):]
		} else {
			if j := strings.IndexByte(rest, ' '); j >= 0 {
				value = rest[:j]
			}
			rest = rest[len(value):]
		}
		f.set(key, value)
	}
	return f.request()
}

// fields collects those of a line that tell of a request. The first of several
// with one meaning counts.
type fields struct {
	text                                  bool // the values are text: numbers have no type
	method, path, status, bytes, duration string
	unit                                  time.Duration
}

// group takes the fields of an object, and then those of the groups in it.
func (f *fields) group(o map[string]any, depth int) {
	keys := slices.Sorted(maps.Keys(o))
	for _, key := range keys {
		if value := str(o[key]); value != "" {
			f.set(key, value)
		}
	}
	for _, key := range keys {
		if inner, is := o[key].(map[string]any); is && depth > 0 {
			f.group(inner, depth-1)
		}
	}
}

// units are the ends of keys that tell the unit of a number.
func units() map[string]time.Duration {
	return map[string]time.Duration{
		"_ms": time.Millisecond, "_us": time.Microsecond, "_ns": time.Nanosecond, "_s": time.Second,
		"_seconds": time.Second, "_milliseconds": time.Millisecond,
	}
}

// set stores the value of a key that has a meaning here.
func (f *fields) set(key, value string) {
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		key = key[i+1:]
	}
	key = strings.ToLower(key)
	set := func(to *string) {
		if *to == "" {
			*to = value
		}
	}
	switch key {
	case "method", "request_method", "http_method":
		set(&f.method)
	case "path", "uri", "url", "request_uri", "request_path":
		set(&f.path)
	case "status", "status_code", "statuscode":
		set(&f.status)
	case "bytes", "size", "bytes_sent", "bytes_out", "response_size", "body_bytes_sent":
		set(&f.bytes)
	case "responsetime": // pino-http
		f.takeDuration(value, time.Millisecond)
	default:
		base, unit := key, time.Duration(0)
		for end, u := range units() {
			if b, is := strings.CutSuffix(key, end); is {
				base, unit = b, u
			}
		}
		switch base {
		case "duration", "latency", "elapsed", "took", "request_time", "response_time":
			f.takeDuration(value, unit)
		}
	}
}

func (f *fields) takeDuration(value string, unit time.Duration) {
	if f.duration == "" {
		f.duration, f.unit = value, unit
	}
}

// request is what the fields tell, when they tell of one.
func (f *fields) request() (Request, bool) {
	r := Request{Method: f.method, Path: f.path, Bytes: -1}
	var ok bool
	if r.Status, ok = status(f.status); !ok {
		return Request{}, false
	}
	unit := f.unit
	switch {
	case unit != 0:
	case f.text:
		unit = time.Millisecond // lograge; slog writes the unit
	case strings.ContainsAny(f.duration, ".eE"):
		unit = time.Second // zap
	default:
		unit = time.Nanosecond // slog
	}
	if r.Duration, ok = parseDuration(f.duration, unit); !ok {
		return Request{}, false
	}
	if n, err := strconv.ParseInt(f.bytes, 10, 64); err == nil && n >= 0 {
		r.Bytes = n
	}
	return r, true
}

// str is a text, or a number as it is written.
func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// integer is a number, or -1.
func integer(v any) int64 {
	n, err := strconv.ParseFloat(str(v), 64)
	if err != nil || !(n >= 0) || n > math.MaxInt64/2 {
		return -1
	}
	return int64(n)
}
