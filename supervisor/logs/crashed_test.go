//go:build unix

package logs

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestANoteDoesNotTearALineWhoseEndIsInTheFIFO(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Service: "web", FIFO: filepath.Join(dir, "out"), File: filepath.Join(dir, "web.log")}
	if err := os.WriteFile(cfg.File, []byte("whole\nbegun by one, "), 0o600); err != nil {
		t.Fatal(err)
	}
	out := unread(t, cfg)
	if _, err := out.WriteString("ended by the next\nanother\n"); err != nil {
		t.Fatal(err)
	}

	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l.Note(slog.LevelInfo, "adopted")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Serve(ctx) }()
	if !l.Drain(5 * time.Second) {
		t.Error("not drained after 5 s")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	want := []string{"whole", "begun by one, ended by the next", "adopted", "another"}
	if diff := cmp.Diff(want, messages(l.Last(-1))); diff != "" {
		t.Errorf("in memory: %s", diff)
	}
	lines := strings.SplitAfter(content(t, cfg.File), "\n")
	if len(lines) != 5 || lines[1] != "begun by one, ended by the next\n" || !strings.Contains(lines[2], "adopted") ||
		lines[3] != "another\n" {
		t.Errorf("in the file: %q", lines)
	}
}

func TestNotesTearNoLineOfAFlood(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Service: "web", FIFO: filepath.Join(dir, "out"), File: filepath.Join(dir, "web.log")}
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var block bytes.Buffer
	ticks := 0
	for block.Len() < 30_000 {
		fmt.Fprintf(&block, "tick %d\n", ticks)
		ticks++
	}
	if _, err := l.in.fifo.Write(block.Bytes()); err != nil {
		t.Fatal(err)
	}
	notes := 0
	l.in.batch = 1000
	for ; block.Len() > 0; notes++ { // as Serve does, with a note after each batch
		batch, err := l.in.peek()
		if err != nil {
			t.Fatal(err)
		}
		l.consume(batch)
		block.Next(len(batch))
		l.Note(slog.LevelInfo, fmt.Sprint("note ", notes))
	}
	next, noted := 0, 0
	for line := range bytes.Lines([]byte(content(t, cfg.File))) {
		if bytes.Contains(line, []byte(`"by":"supervisor"`)) {
			if !bytes.Contains(line, fmt.Appendf(nil, `"note %d"`, noted)) {
				t.Fatalf("note %d is expected, got %q", noted, line)
			}
			noted++
			continue
		}
		if want := fmt.Sprintf("tick %d\n", next); string(line) != want {
			t.Fatalf("expected %q, got %q", want, line)
		}
		next++
	}
	if next != ticks || noted != notes || notes < 20 {
		t.Errorf("%d lines of %d, %d notes of %d", next, ticks, noted, notes)
	}
}

// A supervisor that is replaced by a newer one leaves a line unfinished that
// the service has not finished: the next one goes on with it.
func TestALineThatIsBeingWrittenOutlivesAnOrderlyEnd(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{FIFO: filepath.Join(dir, "out"), File: filepath.Join(dir, "web.log")}
	first := start(t, cfg)
	out, err := os.OpenFile(cfg.FIFO, os.O_RDWR, 0) // as a service has it, through both
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	first.say(t, "begun under one, ")
	first.stop()
	second := start(t, cfg)
	second.say(t, "ended under the next\n")
	second.drain(t)
	if got := content(t, cfg.File); got != "begun under one, ended under the next\n" {
		t.Errorf("the file holds %q", got)
	}
}
