package status

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// logLines is how many lines a page shows, also while it follows the log.
const logLines = 200

// logView has the values of a log on a page.
type logView struct {
	Search, Level string
	Levels        []choice
	Lines         []logLine
	Follow        string // the address of the stream of new lines
	Trouble       string
}

// logLine is one line. log.js uses these names.
type logLine struct {
	Time  string `json:"time"`
	Level string `json:"level"`
	Text  string `json:"text"`
}

// wanted is a viewer's filter. The search ignores case.
type wanted struct {
	query client.LogQuery
	rank  int // the lowest level; 0: all
}

func rank(level string) int {
	switch level {
	case "DEBUG":
		return 1
	case "INFO":
		return 2
	case "WARN":
		return 3
	case "ERROR":
		return 4
	}
	return 0
}

func newWanted(r *http.Request) wanted {
	w := wanted{client.LogQuery{Names: []string{r.PathValue("name")}, N: logLines}, rank(r.FormValue("level"))}
	if text := r.FormValue("q"); text != "" {
		w.query.Grep = "(?i)" + regexp.QuoteMeta(text)
	}
	if w.rank > 0 {
		w.query.N = 10 * logLines // the filter drops most of them
	}
	return w
}

func newLogLine(l api.LogLine) logLine {
	var b strings.Builder
	b.WriteString(l.Msg)
	for _, a := range l.Attrs {
		fmt.Fprintf(&b, " %s=%s", a.Key, a.Value)
	}
	return logLine{l.Time.Local().Format(time.TimeOnly), l.Level, b.String()}
}

func (s *site) logView(ctx context.Context, r *http.Request) logView {
	v := logView{Search: r.FormValue("q"), Level: r.FormValue("level")}
	for _, level := range []string{"", "DEBUG", "INFO", "WARN", "ERROR"} {
		v.Levels = append(v.Levels, choice{level, "", level == v.Level})
	}
	q := url.Values{"q": {v.Search}, "level": {v.Level}}
	v.Follow = detailLink(r.PathValue("name")) + "/log?" + q.Encode()
	want := newWanted(r)
	err := s.engine.Logs(ctx, want.query, func(l api.LogLine) error {
		if rank(l.Level) >= want.rank {
			v.Lines = append(v.Lines, newLogLine(l))
		}
		return nil
	})
	if err != nil {
		v.Trouble = "cannot read the log: " + err.Error()
	}
	v.Lines = v.Lines[max(0, len(v.Lines)-logLines):]
	return v
}

// basin holds the newest lines until they are sent. It drops lines of a flood
// here, not in the browser.
type basin struct {
	mu    sync.Mutex
	lines []logLine
	lost  int
}

func (b *basin) add(l logLine) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) == logLines {
		b.lines = append(b.lines[:0], b.lines[1:]...)
		b.lost++
	}
	b.lines = append(b.lines, l)
}

// drain returns the held lines, and how many were lost, and forgets both.
func (b *basin) drain() (lines []logLine, lost int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines, lost = b.lines, b.lost
	b.lines, b.lost = nil, 0
	return lines, lost
}

// batch is an event of the log.
type batch struct {
	First bool      `json:"first"` // it replaces the lines that are shown
	Lost  int       `json:"lost"`  // lines dropped before these
	Lines []logLine `json:"lines"`
}

// follow streams the log as server-sent events: batches, at most four a second.
func (s *site) follow(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	want := newWanted(r)
	want.query.Follow = true
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	var held basin
	var group errgroup.Group
	group.Go(func() error {
		defer cancel()
		return s.engine.Logs(ctx, want.query, func(l api.LogLine) error {
			if rank(l.Level) >= want.rank {
				held.add(newLogLine(l))
			}
			return nil
		})
	})
	send(ctx, w, &held)
	cancel()
	_ = group.Wait() // the browser reconnects
}

// send writes the lines of a basin until its viewer or its source ends.
func send(ctx context.Context, w http.ResponseWriter, held *basin) {
	rc := http.NewResponseController(w)
	tick := time.NewTicker(eventGap)
	defer tick.Stop()
	first, last := true, time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		lines, lost := held.drain()
		event := []byte(": still here\n\n")
		switch {
		case len(lines) > 0 || first:
			if lines == nil {
				lines = []logLine{}
			}
			text, err := json.Marshal(batch{first, lost * btoi(!first), lines})
			if err != nil {
				return
			}
			event, first = asEvent(text), false
		case time.Since(last) < eventIdle:
			continue
		}
		last = time.Now()
		_ = rc.SetWriteDeadline(last.Add(eventStall)) // best effort: not every server supports it
		if _, err := w.Write(event); err != nil || rc.Flush() != nil {
			return
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
