package logs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// note is an event of the supervisor itself.
type note struct {
	level slog.Level
	msg   string
}

// Note writes an event of the supervisor itself into the log, as a JSON line like
// slog's (see ownMark). It never splits a line of the service: while the rest of
// one that has begun is still in the FIFO, the note waits for it.
func (l *Log) Note(level slog.Level, msg string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(l.notes, note{level, msg})
	if !l.lineGoesOn() {
		l.writeNotes()
	}
}

// lineGoesOn tells whether a line has begun whose next bytes are there to be
// read. A service that pauses in the middle of a line holds up no note.
func (l *Log) lineGoesOn() bool {
	if !l.split.open() {
		return false
	}
	n, err := readable(l.in.fifo)
	return err == nil && n > 0
}

func (l *Log) writeNotes() {
	notes := l.notes
	l.notes = nil
	for _, n := range notes {
		l.write(n)
	}
}

func (l *Log) write(n note) {
	now := l.now()
	line := n.line(now)
	text := append(bytes.Clone(line), '\n')
	if l.split.open() {
		text = append([]byte{'\n'}, text...)
	}
	o := l.file.write(text, plainly)
	l.ring.add(now, o.written > 0, l.split.finish)
	l.ring.add(now, o.written == len(text), func(emit func([]byte)) { emit(line) })
	l.report(o)
}

func (n note) line(now time.Time) []byte {
	line, _ := json.Marshal(struct { // strings and a time always marshal
		Time  time.Time `json:"time"`
		Level string    `json:"level"`
		Msg   string    `json:"msg"`
		By    string    `json:"by"`
	}{now, n.level.String(), n.msg, "supervisor"})
	return own(line)
}

// report says once that the file failed, and once that it works again.
func (l *Log) report(o outcome) {
	if o.stuck != nil {
		l.ringNote(slog.LevelWarn, fmt.Sprintf("%v; it grows on, and is tried again every second", o.stuck))
	}
	if o.failed != nil {
		l.ringNote(slog.LevelWarn, fmt.Sprintf("the log is kept in memory only: %v; tried again every second", o.failed))
	}
	if o.recovered > 0 {
		l.write(note{slog.LevelWarn, fmt.Sprintf("the log file %s is written again; %d lines are missing from it", l.cfg.File,
			o.recovered)})
	}
}

// ringNote is a note for the ring only: the file is what it is about.
func (l *Log) ringNote(level slog.Level, msg string) {
	now := l.now()
	l.ring.add(now, false, func(emit func([]byte)) { emit(note{level, msg}.line(now)) })
}
