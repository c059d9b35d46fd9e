package logview

import (
	"bytes"
	"time"
)

// role is the meaning of a part of a line. Its style depends on it.
type role uint8

const (
	plain role = iota
	faint
	good
	wait
	wrong
	strong
)

// emit takes the parts of a line, one after another.
type emit func(text []byte, r role)

// pairs calls fn with each key and value of a line.
func (e entry) pairs(fn func(key, value []byte)) (message []byte) {
	message, rest, more := bytes.Cut(e.fields, []byte{separator})
	for more {
		var key, value []byte
		key, rest, _ = bytes.Cut(rest, []byte{separator})
		value, rest, more = bytes.Cut(rest, []byte{separator})
		fn(key, value)
	}
	return message
}

// access is an access log line of a service that links server/.
type access struct{ method, path, status, bytes, ms, remote []byte }

func (e entry) access() (a access, ok bool) {
	if !bytes.HasPrefix(e.fields, []byte("request\x00")) {
		return a, false
	}
	e.pairs(func(key, value []byte) {
		switch string(key) {
		case "method":
			a.method = value
		case "path":
			a.path = value
		case "status":
			a.status = value
		case "bytes":
			a.bytes = value
		case "ms":
			a.ms = value
		case "remote":
			a.remote = value
		}
	})
	return a, len(a.method) > 0 && len(a.status) > 0
}

// compose gives what a line says, part by part: a request in the words of
// HTTP, anything else as its message and fields. Search, filter, copy and
// screen all see this text.
func (e entry) compose(to emit) {
	if a, ok := e.access(); ok {
		a.compose(to)
		return
	}
	first := true
	message := e.pairs(func([]byte, []byte) {})
	to(message, plain)
	e.pairs(func(key, value []byte) {
		if !first || len(message) > 0 {
			to([]byte("  "), plain)
		}
		first = false
		to(key, faint)
		to([]byte("="), faint)
		to(value, plain)
	})
}

func (a access) compose(to emit) {
	status := good
	switch a.status[0] {
	case '4':
		status = wait
	case '5':
		status = wrong
	}
	to(a.status, status)
	to([]byte(" "), plain)
	to(a.method, plain)
	to([]byte(" "), plain)
	to(a.path, plain)
	to([]byte("  "), plain)
	to(a.bytes, faint)
	to([]byte(" B  "), faint)
	to(a.ms, faint)
	to([]byte(" ms  "), faint)
	to(a.remote, faint)
}

// appendPlain appends what the line says to buf.
func (e entry) appendPlain(buf []byte) []byte {
	e.compose(func(text []byte, _ role) { buf = append(buf, text...) })
	return buf
}

// word is the level as it is shown; empty for a line without one.
func (l level) word() string {
	return [...]string{debug: "DEBUG", info: "INFO", none: "", warn: "WARN", bad: "ERROR", mark: ""}[l]
}

func (e entry) when() time.Time { return time.Unix(0, e.time) }

// appendLine appends the whole line as it is copied and saved: time, service,
// level, text.
func (s *Store) appendLine(buf []byte, e entry) []byte {
	if e.time != 0 {
		buf = e.when().AppendFormat(buf, "2006-01-02T15:04:05.000Z07:00")
		buf = append(buf, ' ')
	}
	if e.level == mark {
		return append(buf, "---- mark ----"...)
	}
	if len(s.names) > 1 {
		buf = append(append(buf, s.names[e.service]...), ' ')
	}
	if w := e.level.word(); w != "" {
		buf = append(append(buf, w...), ' ')
	}
	return e.appendPlain(buf)
}
