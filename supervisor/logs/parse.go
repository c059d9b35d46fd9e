package logs

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// maxDepth is how deep groups of attributes are named one by one; what is
// deeper is shown as its JSON.
const maxDepth = 4

// parseLine reads a line as slog's handlers, zerolog, zap or logrus write it: one
// JSON object with a message, or pairs of key=value, a message and a level or a
// time among them. Anything else is its own message. Time is zero when the line
// carries none that can be read.
func parseLine(raw []byte) api.LogLine {
	line := parseText(raw)
	if isOwn(raw) {
		line.Supervisor, line.Attrs = true, nil // its only one says the same to readers of the file
	}
	return line
}

func parseText(raw []byte) api.LogLine {
	line := api.LogLine{Msg: string(raw), Raw: string(raw)}
	f := fields{LogLine: api.LogLine{Raw: line.Raw}}
	if len(raw) < 2 || raw[0] != '{' || !json.Valid(raw) {
		pairs := logfmt(line.Raw, func(key, value string) {
			if !f.set(key, value) {
				f.Attrs = append(f.Attrs, api.Attr{Key: key, Value: value})
			}
		})
		if !pairs || !f.hasMsg || f.Level == "" && f.Time.IsZero() {
			return line
		}
		return f.LogLine
	}
	members(raw, func(key string, value []byte) {
		if isText := value[0] == '"'; !isText && isMessage(key) || !f.set(key, text(value)) {
			f.Attrs = attrs(f.Attrs, key, value, maxDepth)
		}
	})
	if !f.hasMsg {
		line.Time, line.Level = f.Time, f.Level
		return line
	}
	return f.LogLine
}

// fields collects those of one line.
type fields struct {
	api.LogLine
	hasMsg bool
}

func isMessage(key string) bool { return key == "msg" || key == "message" }

// set stores a field that every line may have, the first time. It returns false for
// any other.
func (f *fields) set(key, value string) bool {
	switch {
	case isMessage(key) && !f.hasMsg:
		f.Msg, f.hasMsg = value, true
	case (key == "level" || key == "lvl" || key == "severity") && f.Level == "" && levelOf(value) != "":
		f.Level = levelOf(value)
	case (key == "time" || key == "ts") && f.Time.IsZero() && !timeOf(value).IsZero():
		f.Time = timeOf(value)
	default:
		return false
	}
	return true
}

// members calls fn with each member of a valid JSON object, in their order.
func members(object []byte, fn func(key string, value []byte)) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil { // the brace
		return
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return
		}
		fn(key.(string), value)
	}
}

// attrs appends one field; a group becomes one field for each of its own,
// named group.field.
func attrs(to []api.Attr, key string, value []byte, depth int) []api.Attr {
	if value[0] != '{' || depth == 0 {
		return append(to, api.Attr{Key: key, Value: text(value)})
	}
	members(value, func(inner string, v []byte) { to = attrs(to, key+"."+inner, v, depth-1) })
	return to
}

// text is a JSON string's content, or any other value as it is written.
func text(value []byte) string {
	var s string
	if value[0] == '"' && json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}

// levelOf maps the names of levels in use to slog's four; empty for anything
// else. slog writes levels between them as "INFO+2".
func levelOf(name string) string {
	name, _, _ = strings.Cut(strings.ToUpper(name), "+")
	name, _, _ = strings.Cut(name, "-")
	switch name {
	case "DEBUG", "INFO", "WARN", "ERROR":
		return name
	case "TRACE":
		return "DEBUG"
	case "NOTICE":
		return "INFO"
	case "WARNING":
		return "WARN"
	case "FATAL", "PANIC", "DPANIC", "CRITICAL", "ALERT", "EMERGENCY":
		return "ERROR"
	}
	return ""
}

// timeOf reads RFC 3339, or seconds since 1970 as zap writes them.
func timeOf(value string) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, value); err == nil {
		return t
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || !(seconds >= 1 && seconds <= 253402300799) { // year 9999; no number is neither
		return time.Time{}
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9))
}
