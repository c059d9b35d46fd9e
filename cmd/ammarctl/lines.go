package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// lineHandler writes slog's records as lines for a person: time, message,
// fields; colour only for what is not all right.
type lineHandler struct {
	mu     *sync.Mutex
	w      io.Writer
	colour bool
	attrs  []slog.Attr
}

func newLineHandler(w io.Writer, colour bool) *lineHandler {
	return &lineHandler{mu: new(sync.Mutex), w: w, colour: colour}
}

func (h *lineHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	b.WriteString(r.Time.Format("15:04:05.000 "))
	if r.Level >= slog.LevelWarn {
		b.WriteString(paint(h.colour, levelColour(r.Level.String()), r.Level.String()) + " ")
	}
	b.WriteString(r.Message)
	field := func(a slog.Attr) bool {
		fmt.Fprintf(&b, "  %s=%s", a.Key, quoteIfNeeded(a.Value.String()))
		return true
	}
	for _, a := range h.attrs {
		field(a)
	}
	r.Attrs(field)
	b.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.w.Write(b.Bytes())
	return err
}

func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	other := *h
	other.attrs = append(other.attrs[:len(other.attrs):len(other.attrs)], attrs...)
	return &other
}

func (h *lineHandler) WithGroup(string) slog.Handler { return h }

// The terminal's own colours, as SGR parameters (ECMA-48 8.3.117).
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	dim    = "2"
	bold   = "1"
)

func paint(on bool, colour, text string) string {
	if !on || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func levelColour(level string) string {
	switch level {
	case "WARN":
		return yellow
	case "ERROR":
		return red
	case "DEBUG":
		return dim
	}
	return ""
}

func quoteIfNeeded(text string) string {
	if text == "" || bytes.ContainsAny([]byte(text), " \"=\n") {
		return fmt.Sprintf("%q", text)
	}
	return safetext.Escape(text)
}
