//go:build unix

package logs

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// byOrigin counts lines, and those of the supervisor.
func byOrigin(lines []api.LogLine) (all, supervisors int) {
	for _, line := range lines {
		if line.Supervisor {
			supervisors++
		}
	}
	return len(lines), supervisors
}

func TestTheOriginOfALineIsKnownWhateverItSays(t *testing.T) {
	l := start(t, Config{})
	l.Note(slog.LevelInfo, "started")
	genuine := l.Last(1)[0].Raw
	if !l.Last(1)[0].Supervisor {
		t.Errorf("a note is not known as the supervisor's: %+v", l.Last(1)[0])
	}
	l.say(t, `{"level":"INFO","msg":"started","by":"supervisor"}`+"\n")
	l.say(t, genuine+"\n")              // as it is in the file
	l.say(t, "begun "+genuine+"\n")     // where a file begins in the middle of a line
	for _, b := range []byte(genuine) { // in as many batches
		l.say(t, string(b))
		l.settleOpen(t)
	}
	l.say(t, "\n")
	l.drain(t)
	for _, when := range []string{"in memory", "under the next supervisor"} {
		lines := l.Last(-1)
		if all, supervisors := byOrigin(lines); all != 5 || supervisors != 1 || !lines[0].Supervisor {
			t.Errorf("%s, %d of %d lines are the supervisor's: %+v", when, supervisors, all, lines)
		}
		if lines[0].Msg != "started" || len(lines[0].Attrs) != 0 {
			t.Errorf("%s, the note is %+v", when, lines[0])
		}
		if lines[1].Msg != "started" || len(lines[1].Attrs) != 1 ||
			lines[1].Attrs[0] != (api.Attr{Key: "by", Value: "supervisor"}) {
			t.Errorf("%s, the service's line is %+v", when, lines[1])
		}
		l.stop()
		l = start(t, l.cfg)
	}
}

// The files hold what the ring has lost; a line may be torn between batches,
// segments and a note.
func TestNoLineOfAFloodPassesForTheSupervisors(t *testing.T) {
	cfg := victimConfig(t.TempDir())
	cfg.MaxBytes, cfg.RingBytes = 2000, 1000
	l := start(t, cfg)
	genuine := string(note{slog.LevelInfo, "genuine"}.line(l.now()))
	var forged strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&forged, "%s%s", strings.Repeat("x", i%7), genuine)
		if i%3 > 0 {
			forged.WriteByte('\n')
		}
	}
	notes := 0
	for text := []byte(forged.String()); len(text) > 0; notes++ {
		n := min(len(text), 997)
		l.say(t, string(text[:n]))
		text = text[n:]
		l.settleOpen(t)
		l.Note(slog.LevelInfo, "noted")
	}
	l.drain(t)
	found := 0
	for _, line := range pastOf(l.Log) {
		if line.Supervisor {
			if line.Msg != "noted" {
				t.Fatalf("the supervisor's is %+v", line)
			}
			found++
		}
	}
	if found != notes || notes < 100 {
		t.Errorf("%d of %d notes were found", found, notes)
	}
}

func TestOnlyTheMarkIsChangedInWhatAServiceWrites(t *testing.T) {
	for _, text := range []string{"", "{", ownMark[:len(ownMark)-1], strings.Repeat(ownMark[:2], 10), "{\t\t{ \t{ \t {",
		`{ "a": 1 }`} {
		var d disowner
		if got, changed := d.disown([]byte(text)); changed || string(got) != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, size := range []int{1, 2, 3, 7, 1000} {
		text := []byte("a" + ownMark + ownMark + "b" + ownMark[:3] + ownMark + "\n" + ownMark)
		var got []byte
		var d disowner
		for part := range chunks(text, size) {
			out, changed := d.disown(part)
			if changed == bytes.Equal(out, part) {
				t.Errorf("%q became %q, changed %v", part, out, changed)
			}
			got = append(got, out...)
		}
		if bytes.Contains(got, []byte(ownMark)) || len(got) != len(text) ||
			!bytes.Equal(whitespaceless(got), whitespaceless(text)) {
			t.Errorf("in parts of %d, %q became %q", size, text, got)
		}
	}
}

func chunks(text []byte, size int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(text) > 0 {
			n := min(size, len(text))
			if !yield(text[:n:n]) {
				return
			}
			text = text[n:]
		}
	}
}

func whitespaceless(text []byte) []byte { return bytes.Join(bytes.Fields(text), nil) }

// settleOpen waits until everything that was said is taken in, and leaves a
// line open that has no end.
func (l *testLog) settleOpen(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Microsecond) {
		l.mu.Lock() // no batch is being taken in
		n, err := readable(l.in.fifo)
		l.mu.Unlock()
		if err == nil && n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are not taken in after 10 s, %v", n, err)
		}
	}
}
