package server

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// access is what is logged about one request. The strings come from the
// client as they are; append makes them safe.
type access struct {
	method, path, remote, id string
	status                   int
	bytes                    int64 // of the body
	start                    time.Time
	took                     time.Duration
}

// append adds the line in the form of slog's JSONHandler.
func (a *access) append(b []byte) []byte {
	b = append(b, `{"time":"`...)
	b = appendTime(b, a.start)
	b = append(b, `","level":"INFO","msg":"request","method":"`...)
	b = appendJSON(b, a.method)
	b = append(b, `","path":"`...)
	b = appendJSON(b, a.path)
	b = append(b, `","status":`...)
	b = strconv.AppendInt(b, int64(a.status), 10)
	b = append(b, `,"bytes":`...)
	b = strconv.AppendInt(b, a.bytes, 10)
	b = append(b, `,"ms":`...)
	b = appendMillis(b, a.took)
	b = append(b, `,"remote":"`...)
	b = appendJSON(b, a.remote)
	if a.id != "" {
		b = append(b, `","id":"`...)
		b = appendJSON(b, a.id)
	}
	return append(b, "\"}\n"...)
}

// appendTime is time.RFC3339 in UTC with milliseconds, several times faster
// than AppendFormat.
func appendTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = appendDigits(b, year, 4)
	b = appendDigits(append(b, '-'), int(month), 2)
	b = appendDigits(append(b, '-'), day, 2)
	b = appendDigits(append(b, 'T'), hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	b = appendDigits(append(b, '.'), t.Nanosecond()/1e6, 3)
	return append(b, 'Z')
}

func appendMillis(b []byte, d time.Duration) []byte {
	micros := max(d.Microseconds(), 0)
	b = strconv.AppendInt(b, micros/1000, 10)
	return appendDigits(append(b, '.'), int(micros%1000), 3)
}

func appendDigits(b []byte, n, width int) []byte {
	var digits [4]byte
	for i := width - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return append(b, digits[:width]...)
}

// appendJSON adds s as the inside of a JSON string: quotes, backslashes and
// control characters (DEL and C1 too, which terminals obey) are escaped, and
// what is not UTF-8 is replaced.
func appendJSON(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r >= 0xa0 && !(r == utf8.RuneError && size == 1) && r != 0x2028 && r != 0x2029 {
			i += size
			continue
		}
		b = append(b, s[start:i]...)
		if r == '"' || r == '\\' {
			b = append(b, '\\', byte(r))
		} else {
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += size
		start = i
	}
	return append(b, s[start:]...)
}
