//go:build unix

package logs

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/term"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// victimVariable names the folder of a log; a test binary that finds it is a
// supervisor that only takes in that log.
const victimVariable = "AMMAR_TEST_LOG_VICTIM"

func victimConfig(dir string) Config {
	return Config{Service: "web", FIFO: filepath.Join(dir, "out"), File: filepath.Join(dir, "web.log"), MaxBytes: 100_000,
		TotalBytes: 1 << 30}
}

func serveUntilKilled(dir string) {
	l, err := New(victimConfig(dir))
	if err == nil {
		err = l.Serve(context.Background())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimVariable); dir != "" {
		serveUntilKilled(dir)
	}
	goleak.VerifyTestMain(m)
}

// testLog is a log that is being served, and the service's end of its FIFO.
type testLog struct {
	*Log
	out  *os.File
	stop func()
}

func start(t *testing.T, cfg Config) *testLog {
	t.Helper()
	if cfg.FIFO == "" {
		dir := t.TempDir()
		cfg.FIFO, cfg.File = filepath.Join(dir, "out"), filepath.Join(dir, "log", "web.log")
	}
	cfg.Service = "web"
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(l.Output(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Serve(ctx) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		_ = out.Close()
	}
	t.Cleanup(stop)
	return &testLog{l, out, stop}
}

// unread is a service's end of a FIFO whose reader is gone.
func unread(t *testing.T, cfg Config) *os.File {
	t.Helper()
	l, err := New(cfg) // makes the FIFO
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(cfg.FIFO, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	l.Close()
	return out
}

func (l *testLog) say(t *testing.T, text string) {
	t.Helper()
	if _, err := l.out.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func (l *testLog) drain(t *testing.T) {
	t.Helper()
	if !l.Drain(5 * time.Second) {
		t.Fatal("not drained after 5 s")
	}
}

func messages(lines []api.LogLine) []string {
	var m []string
	for _, l := range lines {
		m = append(m, l.Msg)
	}
	return m
}

func pastOf(l *Log) []api.LogLine {
	lines, _ := l.Past(time.Time{})
	return slices.Collect(lines)
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLastWordsWithoutNewlineAreKept(t *testing.T) {
	l := start(t, Config{})
	for i := range 50 { // each time it must be there as soon as Drain returns
		l.say(t, fmt.Sprintf("line %d\nlast words %d", i, i))
		l.drain(t)
		want := []string{fmt.Sprint("line ", i), fmt.Sprint("last words ", i)}
		if diff := cmp.Diff(want, messages(l.Last(2))); diff != "" {
			t.Fatal(diff)
		}
	}
	if got := content(t, l.cfg.File); strings.Count(got, "\n") != 100 {
		t.Errorf("the file has %d lines, want 100", strings.Count(got, "\n"))
	}
}

func TestDrainGivesUpOnAProcessThatGoesOnWriting(t *testing.T) {
	l := start(t, Config{})
	ended := make(chan struct{})
	flood := make(chan struct{})
	go func() {
		defer close(flood)
		text := []byte(strings.Repeat("x", 4095) + "\n")
		for {
			select {
			case <-ended:
				return
			default:
				_, _ = l.out.Write(text)
			}
		}
	}()
	begun := time.Now()
	l.Drain(200 * time.Millisecond)
	if d := time.Since(begun); d > 3*time.Second {
		t.Errorf("Drain(200ms) took %v", d)
	}
	close(ended)
	<-flood
	l.drain(t)
}

// A machine or a disk that is too busy is no reason to go on without what a
// process has said: the next one's first line would be the end of its last.
func TestDrainWaitsForABusyMachine(t *testing.T) {
	l := start(t, Config{})
	for range 3 {
		l.mu.Lock() // nothing gets into the file
		l.say(t, "first\nlast words")
		drained := make(chan bool, 1)
		go func() { drained <- l.Drain(time.Millisecond) }()
		select {
		case got := <-drained:
			t.Errorf("it was answered %v while nothing was written", got)
			l.mu.Unlock()
			return
		case <-time.After(100 * time.Millisecond):
		}
		l.mu.Unlock()
		if !<-drained {
			t.Error("it gave up")
		}
		if diff := cmp.Diff([]string{"first", "last words"}, messages(l.Last(2))); diff != "" {
			t.Error(diff)
		}
	}
	if got, want := content(t, l.cfg.File), strings.Repeat("first\nlast words\n", 3); got != want {
		t.Errorf("the file has %q, want %q", got, want)
	}
}

func TestNobodyWaitsForALogThatIsNotServed(t *testing.T) {
	l := start(t, Config{})
	l.stop()
	begun := time.Now()
	if l.Drain(time.Millisecond) || time.Since(begun) > 5*time.Second {
		t.Errorf("drained, or waited for %v", time.Since(begun))
	}
}

func TestTheFilesHoldEveryByteInOrder(t *testing.T) {
	l := start(t, Config{MaxBytes: 4096})
	var want strings.Builder
	for i := range 3000 {
		line := fmt.Sprintf("%d %s\n", i, strings.Repeat("é", i%97))
		if i == 1500 {
			line = strings.Repeat("long ", 3000) + "\n"
		}
		want.WriteString(line)
		l.say(t, line)
	}
	l.drain(t)
	var got strings.Builder
	for _, s := range listSegments(l.cfg.File) {
		text, err := readSegment(s)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 4096 {
			t.Errorf("%s has %d bytes, limit 4096", s.path(), len(text))
		}
		got.Write(text)
	}
	got.WriteString(content(t, l.cfg.File))
	if got.String() != want.String() {
		t.Errorf("the files hold %d bytes in a row that differ from the %d written", got.Len(), want.Len())
	}
	if l.Dropped() != 0 {
		t.Errorf("%d lines dropped", l.Dropped())
	}
}

func TestAllSegmentsTogetherAreBounded(t *testing.T) {
	l := start(t, Config{MaxBytes: 4000, TotalBytes: 12000})
	for i := range 2000 { // hardly to be compressed
		l.say(t, fmt.Sprintf("%x\n", sha256.Sum256([]byte{byte(i), byte(i >> 8)})))
	}
	l.stop()
	found, _ := filepath.Glob(l.cfg.File + "*")
	var sum int64
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	if sum > 12000 || sum < 6000 {
		t.Errorf("%d bytes in %v, 12000 are allowed and nearly used", sum, found)
	}
}

func TestASlowReaderLosesTheOldestAndIsTold(t *testing.T) {
	l := start(t, Config{RingBytes: 10 * (lineCost + 7)})
	for i := range 1000 {
		l.say(t, fmt.Sprintf("line%03d\n", i))
	}
	l.drain(t)
	lines, dropped := l.Since(100, 5)
	if len(lines) != 5 || dropped == 0 || lines[0].Seq != 101+dropped ||
		lines[0].Msg != fmt.Sprintf("line%03d", lines[0].Seq-1) {
		t.Errorf("after 100: %d dropped, then %v", dropped, messages(lines))
	}
	if got := l.Seq(); got != 1000 {
		t.Errorf("Seq is %d, want 1000", got)
	}
	if lines, dropped := l.Since(1000, 5); len(lines) != 0 || dropped != 0 {
		t.Errorf("after the last: %v, %d dropped", messages(lines), dropped)
	}
}

func TestChangedWakesAFollowerForEveryLine(t *testing.T) {
	l := start(t, Config{})
	seq := uint64(0)
	for i := range 200 {
		changed := l.Changed()
		l.say(t, fmt.Sprintln(i))
		select {
		case <-changed:
		case <-time.After(5 * time.Second):
			t.Fatalf("not woken for line %d", i)
		}
		lines, _ := l.Since(seq, 10)
		if len(lines) != 1 || lines[0].Msg != fmt.Sprint(i) {
			t.Fatalf("woken for %v, want %d", messages(lines), i)
		}
		seq = lines[0].Seq
	}
}

func TestATerminalIsALogToo(t *testing.T) {
	l := start(t, Config{PTY: true})
	if !term.IsTerminal(int(l.out.Fd())) {
		t.Fatal("it is no terminal")
	}
	for i := range 10 {
		l.say(t, fmt.Sprintf("line %d\nlast words %d", i, i))
		l.drain(t)
		want := []string{fmt.Sprint("line ", i), fmt.Sprint("last words ", i)}
		if diff := cmp.Diff(want, messages(l.Last(2))); diff != "" {
			t.Fatal(diff)
		}
	}
	if got := content(t, l.cfg.File); strings.Count(got, "\n") != 20 || strings.Contains(got, "\r") {
		t.Errorf("the file holds %q", got)
	}
}

func TestANewSupervisorKnowsThePast(t *testing.T) {
	l := start(t, Config{})
	l.say(t, "one\n"+`{"time":"2026-01-02T03:04:05Z","level":"WARN","msg":"two"}`+"\nthree\n")
	l.drain(t)
	l.stop()
	again := start(t, l.cfg)
	lines := again.Last(-1)
	if diff := cmp.Diff([]string{"one", "two", "three"}, messages(lines)); diff != "" {
		t.Fatal(diff)
	}
	if lines[2].Time.Before(lines[1].Time) {
		t.Errorf("three at %v comes before two at %v", lines[2].Time, lines[1].Time)
	}
	again.say(t, "four\n")
	again.drain(t)
	if got := again.Last(1)[0]; got.Msg != "four" || got.Seq != 4 {
		t.Errorf("then came %d %q", got.Seq, got.Msg)
	}
}

func TestALineThatASupervisorLeftInTheMiddleGoesOn(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{FIFO: filepath.Join(dir, "out"), File: filepath.Join(dir, "web.log")}
	if err := os.WriteFile(cfg.File, []byte("whole\nbegun by one, "), 0o600); err != nil {
		t.Fatal(err)
	}
	l := start(t, cfg)
	l.say(t, "ended by the next\n")
	l.drain(t)
	if diff := cmp.Diff([]string{"whole", "begun by one, ended by the next"}, messages(l.Last(-1))); diff != "" {
		t.Error(diff)
	}
}

func TestANoteIsALineOfItsOwn(t *testing.T) {
	l := start(t, Config{})
	changed := l.Changed()
	l.say(t, "first\nunfinished")
	<-changed
	l.Note(slog.LevelError, "exited: signal: killed")
	lines := l.Last(3)
	if diff := cmp.Diff([]string{"first", "unfinished", "exited: signal: killed"}, messages(lines)); diff != "" {
		t.Fatal(diff)
	}
	if lines[2].Level != "ERROR" || !lines[2].Supervisor {
		t.Errorf("the note is %+v", lines[2])
	}
	if n := strings.Count(content(t, l.cfg.File), "\n"); n != 3 {
		t.Errorf("the file has %d lines, want 3", n)
	}
}

func TestAFileThatCannotBeWrittenStopsNothing(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "log")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil { // a file where the folder belongs
		t.Fatal(err)
	}
	l := start(t, Config{FIFO: filepath.Join(dir, "out"), File: filepath.Join(blocked, "web.log")})
	l.say(t, "a\nb\n")
	l.drain(t)
	got := messages(l.Last(-1))
	if len(got) != 3 || !strings.Contains(got[0], "kept in memory only") || got[1] != "a" || got[2] != "b" {
		t.Errorf("lines %q", got)
	}
	if l.Dropped() != 2 {
		t.Errorf("%d dropped, want 2", l.Dropped())
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) && !strings.Contains(strings.Join(messages(l.Last(-1)), "\n"), "written again") {
		l.say(t, "c\n")
		l.drain(t)
		time.Sleep(50 * time.Millisecond)
	}
	if text := content(t, l.cfg.File); !strings.HasPrefix(text, "c\n") {
		t.Errorf("the file holds %q", text)
	}
}

func TestAFileThatWasMovedAwayIsMadeAgain(t *testing.T) {
	l := start(t, Config{})
	l.say(t, "before\n")
	l.drain(t)
	if err := os.RemoveAll(filepath.Dir(l.cfg.File)); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		l.say(t, "after\n")
		l.drain(t)
		if _, err := os.Stat(l.cfg.File); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the file is not made again")
}

func TestNothingButAFIFOOfOursIsUsed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Service: "web", FIFO: path, File: filepath.Join(dir, "f")}); err == nil ||
		!strings.Contains(err.Error(), "expected a FIFO") {
		t.Errorf("a file in place of the FIFO: %v", err)
	}
	if content(t, path) != "precious" {
		t.Error("the file was touched")
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Service: "web", FIFO: link, File: filepath.Join(dir, "f")}); err == nil {
		t.Error("a link in place of the FIFO was followed")
	}
}

func TestWhatIsInTheFIFOAtTheEndIsTakenIn(t *testing.T) {
	l := start(t, Config{})
	l.say(t, strings.Repeat("a line\n", 5000)+"the end")
	l.stop()
	if text := content(t, l.cfg.File); strings.Count(text, "\n") != 5000 || !strings.HasSuffix(text, "the end") {
		t.Errorf("the file has %d lines, ends in %q", strings.Count(text, "\n"), text[max(0, len(text)-10):])
	}
}

// BenchmarkFlood measures lines to disk; the budget is 200,000 a second.
func BenchmarkFlood(b *testing.B) {
	dir := b.TempDir()
	l, err := New(Config{Service: "web", FIFO: filepath.Join(dir, "out"), File: filepath.Join(dir, "web.log")})
	if err != nil {
		b.Fatal(err)
	}
	out, err := os.OpenFile(l.cfg.FIFO, os.O_RDWR, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Serve(ctx) }()
	line := `{"time":"2026-01-02T03:04:05.123456789Z","level":"INFO","msg":"request","method":"GET","path":"/index.html","status":200,"bytes":1024}` + "\n"
	block := []byte(strings.Repeat(line, 30)) // as a service writes that buffers 4 KiB
	b.ResetTimer()
	for i := 0; i < b.N; i += 30 {
		if _, err := out.Write(block); err != nil {
			b.Fatal(err)
		}
	}
	l.Drain(10 * time.Second)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
	b.StopTimer()
	cancel()
	<-done
}
