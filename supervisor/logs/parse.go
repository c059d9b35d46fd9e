package logs

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// maxDepth is how deep groups of attributes are named one by one; what is
// deeper is shown as its JSON.
const maxDepth = 4

// parseLine reads a line as slog's JSON handler, zerolog or zap write it: one
// JSON object with a message. Anything else is its own message. Time is zero
// when the line carries none that can be read.
func parseLine(raw []byte) api.LogLine {
	line := api.LogLine{Msg: string(raw), Raw: string(raw)}
	if len(raw) < 2 || raw[0] != '{' || !json.Valid(raw) {
		return line
	}
	structured := api.LogLine{Raw: line.Raw}
	hasMsg := false
	members(raw, func(key string, value []byte) {
		switch {
		case (key == "msg" || key == "message") && !hasMsg && value[0] == '"':
			structured.Msg, hasMsg = text(value), true
		case (key == "level" || key == "severity") && structured.Level == "" && levelOf(text(value)) != "":
			structured.Level = levelOf(text(value))
		case (key == "time" || key == "ts") && structured.Time.IsZero() && !timeOf(value).IsZero():
			structured.Time = timeOf(value)
		default:
			structured.Attrs = attrs(structured.Attrs, key, value, maxDepth)
		}
	})
	if !hasMsg {
		line.Time, line.Level = structured.Time, structured.Level
		return line
	}
	return structured
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
func timeOf(value []byte) time.Time {
	if value[0] == '"' {
		t, err := time.Parse(time.RFC3339Nano, text(value))
		if err != nil {
			return time.Time{}
		}
		return t
	}
	var seconds float64
	if json.Unmarshal(value, &seconds) != nil || seconds < 1 || seconds > 253402300799 { // year 9999
		return time.Time{}
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9))
}
