package pages

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// jsonEntry is an entry of a listing in JSON.
type jsonEntry struct {
	Name     string    `json:"name"`
	Href     string    `json:"href"`
	Folder   bool      `json:"folder"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// listWriter writes a listing for a program while it is read.
type listWriter struct {
	out    *bufio.Writer
	format string
	count  int
}

// newListWriter sends the status and the headers.
func newListWriter(w http.ResponseWriter, format string) *listWriter {
	kind := "text/plain; charset=utf-8"
	if format == JSON {
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(http.StatusOK)
	return &listWriter{out: bufio.NewWriterSize(w, 32<<10), format: format}
}

func (o *listWriter) entry(e *entry) {
	switch {
	case o.format == JSON:
		separator := byte(',')
		if o.count == 0 {
			separator = '['
		}
		o.out.WriteByte(separator)
		name := strings.ToValidUTF8(e.base, "\ufffd")
		line, _ := json.Marshal(jsonEntry{name, e.Href(), e.Folder, e.Size, e.modified()}) // cannot fail
		o.out.Write(escapeUnsafe(line))
		o.out.WriteByte('\n')
	case e.Folder:
		fmt.Fprintf(o.out, "%16s  %s  %s/\n", "-", e.Date(), e.Name())
	default:
		fmt.Fprintf(o.out, "%16d  %s  %s\n", e.Size, e.Date(), e.Name())
	}
	o.count++
}

func (o *listWriter) end() {
	switch {
	case o.format == JSON && o.count == 0:
		o.out.WriteString("[]\n")
	case o.format == JSON:
		o.out.WriteString("]\n")
	}
	_ = o.out.Flush() // fails only if the client left
}

// escapeUnsafe writes the characters that a terminal interprets as escapes of
// JSON. The decoded name stays the same.
func escapeUnsafe(line []byte) []byte {
	if !bytes.ContainsFunc(line, safetext.Unsafe) {
		return line
	}
	var out []byte
	for _, r := range string(line) {
		switch {
		case !safetext.Unsafe(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
