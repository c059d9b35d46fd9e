// Package accesslog recognises the access log lines of common web servers and
// counts the requests in them, for programs that report no metrics.
package accesslog

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Request is what a line tells of one request.
type Request struct {
	Method   string        // empty: the line has none
	Path     string        // with its query; empty: the line has none
	Status   int           // 100 to 599
	Bytes    int64         // of the answer; -1: the line does not tell
	Duration time.Duration // -1: the line does not tell
}

// Format reads the lines of one kind. It is safe for concurrent use.
type Format struct {
	name    string
	pattern []part // empty: object or pairs reads the line
	object  func(map[string]any) (Request, bool)
	pairs   bool
	rest    bool   // more may follow what the pattern describes
	anchor  string // a line without it is none of this kind
}

// Name is how the configuration names the format; for a pattern it is the
// pattern.
func (f *Format) Name() string { return f.name }

// maxLine is the longest line that is read, in bytes.
const maxLine = 64 << 10

// Parse reads one line, without its line break.
func (f *Format) Parse(line string) (Request, bool) {
	if len(line) > maxLine {
		return Request{}, false
	}
	line = plain(line)
	if f.anchor != "" && !strings.Contains(line, f.anchor) {
		return Request{}, false
	}
	switch {
	case f.object != nil:
		return parseObject(line, f.object)
	case f.pairs:
		return parsePairs(line)
	case f.name == "rails":
		if i := strings.Index(line, f.anchor); i > 0 { // a time and an id may come first
			line = line[i:]
		}
	}
	return match(f.pattern, line, f.rest)
}

// The CLF family's beginning.
const clf = `$remote_addr $ident $remote_user [$time_local] "$request" $status $bytes`

// Formats lists the formats that have a name, the most specific first.
func Formats() []*Format {
	text := func(name, pattern, anchor string, rest bool) *Format {
		parts, err := compile(pattern)
		if err != nil {
			panic(err) // a test compiles each
		}
		return &Format{name: name, pattern: parts, anchor: anchor, rest: rest}
	}
	return []*Format{
		{name: "caddy", object: caddy, anchor: `"request":`},
		{name: "traefik", object: traefik, anchor: `"DownstreamStatus":`},
		{name: "json", object: generic, anchor: `{`},
		text("nginx", clf+` "$referer" "$user_agent" $request_time`, `] "`, false),
		text("combined", clf+` "$referer" "$user_agent"`, `] "`, true),
		text("common", clf, `] "`, false),
		text("uvicorn", `$client - "$request" $status`, "HTTP/", true),
		text("morgan-short", `$remote_addr $remote_user $method $path $protocol $status $bytes - $duration`, "HTTP/", false),
		text("morgan-tiny", `$method $path $status $bytes - $duration`, " ms", false),
		text("morgan-dev", `$method $path $status $duration - $bytes`, " ms", false),
		text("rails", `Completed $status $reason in $duration`, "Completed ", true),
		{name: "logfmt", pairs: true, anchor: "status"},
	}
}

// aliases are names of programs whose lines are of a format above.
func aliases() map[string]string {
	return map[string]string{
		"apache": "combined", "gunicorn": "combined", "morgan": "combined", "http.server": "common", "werkzeug": "common",
		"slog": "json", "slog-json": "json", "slog-text": "logfmt", "lograge": "logfmt",
	}
}

// New returns the format that the configuration names or describes. A text
// with a $ is a pattern: variables, and what stands between them. The
// variables are
//
//	$request                                METHOD PATH PROTOCOL
//	$method, $request_method                GET
//	$path, $uri, $request_uri               /index.html?a=b
//	$status                                 200; every pattern has it
//	$bytes, $body_bytes_sent, $bytes_sent   512, or - for none
//	$request_time                           0.123 in seconds
//	$duration                               12ms, 1.5 s; in seconds without a unit
//	$duration_ms, $duration_us              12.3, a number only
//
// and any other name, which stands for text that is skipped. Spaces in a
// pattern stand for one or more spaces.
func New(text string) (*Format, error) {
	if strings.Contains(text, "$") {
		parts, err := compile(text)
		if err != nil {
			return nil, err
		}
		return &Format{name: text, pattern: parts}, nil
	}
	name := text
	if alias, is := aliases()[name]; is {
		name = alias
	}
	all := Formats()
	if i := slices.IndexFunc(all, func(f *Format) bool { return f.name == name }); i >= 0 {
		return all[i], nil
	}
	var names []string
	for _, f := range all {
		names = append(names, f.name)
	}
	return nil, fmt.Errorf("expected one of %s, or a pattern such as %s; got %q", strings.Join(names, ", "),
		`$remote_addr "$request" $status $bytes $duration`, text)
}

// plain takes the colours out of a line: some programs write them whatever
// their output is.
func plain(line string) string {
	line = strings.TrimRight(line, "\r\n ")
	if !strings.Contains(line, "\x1b[") {
		return line
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(line, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		i := strings.IndexFunc(after, func(r rune) bool { return r >= 0x40 && r <= 0x7e })
		if i < 0 {
			return b.String()
		}
		line = after[i+1:]
	}
}
