//go:build linux

package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// eventually says line after line until holds does.
func (l *testLog) eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
		l.say(t, "again\n")
		l.drain(t)
		time.Sleep(20 * time.Millisecond)
	}
}

func (l *testLog) count(text string) int {
	n := 0
	for _, line := range l.Last(-1) {
		if strings.Contains(line.Msg, text) {
			n++
		}
	}
	return n
}

func TestAFullDiskStopsNothingAndIsSaidOnce(t *testing.T) {
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("cannot mount a small tmpfs here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) })
	l := start(t, Config{FIFO: filepath.Join(dir, "out"), File: filepath.Join(disk, "web.log")})
	filler := filepath.Join(disk, "filler")
	l.say(t, "before\n")
	l.drain(t)
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	for i := range 2000 {
		l.say(t, fmt.Sprintf("line %d %s\n", i, strings.Repeat("x", 100)))
	}
	l.drain(t)
	if got := l.Last(1)[0].Msg; !strings.HasPrefix(got, "line 1999") {
		t.Errorf("the newest line is %q", got)
	}
	if n := l.count("kept in memory only"); n != 1 || l.Dropped() == 0 {
		t.Errorf("said %d times, %d dropped", n, l.Dropped())
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	l.eventually(t, "it is written again", func() bool { return l.count("is written again") == 1 })
	text := content(t, l.cfg.File)
	if !strings.HasPrefix(text, "before\n") || !strings.Contains(text, "lines are missing from it") {
		t.Errorf("the file begins with %.80q and does not tell of its hole", text)
	}
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, "\n") || strings.HasPrefix(line, "x") {
			t.Errorf("a torn line: %.80q", line)
		}
	}
}

func TestALogThatCannotBeRotatedGoesOn(t *testing.T) {
	l := start(t, Config{MaxBytes: 1000, TotalBytes: 100_000})
	// A folder where the next segment belongs cannot be replaced by a file.
	if err := os.MkdirAll(filepath.Join(segmentPath(l.cfg.File, 1), "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		l.say(t, fmt.Sprintf("about twenty bytes %d\n", i))
	}
	l.drain(t)
	if n := l.count("cannot rotate"); n != 1 || l.Dropped() != 0 {
		t.Errorf("said %d times, %d dropped", n, l.Dropped())
	}
	if n := strings.Count(content(t, l.cfg.File), "\n"); n != 100 {
		t.Errorf("the file has %d lines of 100", n)
	}
	if err := os.RemoveAll(segmentPath(l.cfg.File, 1)); err != nil {
		t.Fatal(err)
	}
	l.eventually(t, "it is rotated", func() bool { return len(listSegments(l.cfg.File)) > 0 })
}

func TestALogIsRotatedByAge(t *testing.T) {
	l := start(t, Config{MaxAge: 50 * time.Millisecond})
	l.say(t, "old\n")
	l.drain(t)
	l.eventually(t, "there is a segment", func() bool { return len(listSegments(l.cfg.File)) > 0 })
	l.stop()
	text, err := readSegment(listSegments(l.cfg.File)[0])
	if err != nil || !strings.HasPrefix(string(text), "old\n") {
		t.Errorf("the segment holds %q, %v", text, err)
	}
}

func TestNothingThatIsWrittenIsTooOdd(t *testing.T) {
	l := start(t, Config{MaxBytes: 200 << 20, TotalBytes: 400 << 20})
	long := strings.Repeat("0123456789abcdef", 64<<20/16)
	odd := "\xff\xfe\x00 nul\x00 \x1b[2J\n"
	want := odd + strings.Repeat("m", 1<<20) + "\n" + long + "\nlast words"
	l.say(t, want)
	if !l.Drain(30 * time.Second) {
		t.Fatal("not drained")
	}
	if got := content(t, l.cfg.File); got != want+"\n" {
		t.Errorf("the file holds %d bytes that are not the %d written", len(got), len(want)+1)
	}
	if got := l.Last(1)[0].Msg; got != "last words" {
		t.Errorf("the newest line is %.80q", got)
	}
	if entries, _, _ := l.ring.all(); len(entries) > 40 {
		t.Errorf("the ring has %d pieces, its limit is a MiB", len(entries))
	}
}

func TestThePastReachesBeyondTheRing(t *testing.T) {
	l := start(t, Config{MaxBytes: 5000, RingBytes: 2000})
	var want []string
	for i := range 3000 {
		want = append(want, fmt.Sprintf("line %d", i))
		l.say(t, want[i]+"\n")
	}
	l.drain(t)
	for _, when := range []string{"of one that wrote it", "of its successor"} {
		lines := pastOf(l.Log)
		if got := messages(lines); !slices.Equal(got, want) {
			t.Errorf("the past %s has %d lines that are not the %d written", when, len(got), len(want))
		}
		if lines[len(lines)-1].Seq != l.Seq() || lines[0].Seq != 0 {
			t.Errorf("numbers from %d to %d, Seq is %d", lines[0].Seq, lines[len(lines)-1].Seq, l.Seq())
		}
		l.stop()
		l = start(t, l.cfg)
	}
}

func TestSegmentsThatEndBeforeAreNotRead(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{FIFO: filepath.Join(dir, "out"), File: filepath.Join(dir, "web.log"), RingBytes: 1}
	old, recent := segmentPath(cfg.File, 1), segmentPath(cfg.File, 2)
	for path, text := range map[string]string{old: "old\n", recent: "recent\n", cfg.File: "now\nand now\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hour := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, hour, hour); err != nil {
		t.Fatal(err)
	}
	l := start(t, cfg)
	lines, _ := l.Past(time.Now().Add(-time.Minute))
	if got := messages(slices.Collect(lines)); !slices.Equal(got, []string{"recent", "now", "and now"}) {
		t.Errorf("since a minute ago: %q", got)
	}
}
