//go:build linux

package faults

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// written is all that is on disk of a service's log, oldest first.
func (r *rig) written(service string) []byte {
	r.t.Helper()
	unpacker, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		r.t.Fatal(err)
	}
	defer unpacker.Close()
	var whole []byte
	eventually(r.t, patience, "the log of "+service+" can be read", func() error {
		whole = nil
		for _, path := range append(r.segments(service), r.logFile(service)) {
			text, err := os.ReadFile(path)
			if err == nil && strings.HasSuffix(path, ".zst") {
				text, err = unpacker.DecodeAll(text, nil)
			}
			if err != nil {
				return err // it was just being compressed
			}
			whole = append(whole, text...)
		}
		return nil
	})
	return whole
}

// segments are the files of a log that are complete, oldest first.
func (r *rig) segments(service string) []string {
	byNumber := map[int]string{}
	paths, _ := filepath.Glob(r.logFile(service) + ".[0-9]*")
	for _, path := range paths {
		text, packed := strings.CutSuffix(strings.TrimPrefix(path, r.logFile(service)+"."), ".zst")
		n, err := strconv.Atoi(text)
		if err == nil && (!packed || byNumber[n] == "") {
			byNumber[n] = path
		}
	}
	var found []string
	for _, n := range slices.Sorted(maps.Keys(byNumber)) {
		found = append(found, byNumber[n])
	}
	return found
}

// own leaves out the supervisor's lines.
func own(log []byte) (kept []byte) {
	for line := range bytes.Lines(log) {
		if !bytes.Contains(line, []byte(`"by":"supervisor"`)) {
			kept = append(kept, line...)
		}
	}
	return kept
}

func TestTheLastLineWithoutANewlineIsNeverLost(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("brief", -1, `restart = { policy = "always", limit = 0, delay = "1ms", max_delay = "1ms" }`,
		"count=3", "print=the very last", "exit=0"))
	r.up()
	n := rounds(60, 1000)
	eventually(t, 5*time.Minute, fmt.Sprintf("it ended %d times", n), func() error {
		if s, err := r.get("brief"); err != nil || s.Restarts < n {
			return fmt.Errorf("%d restarts, %v", s.Restarts, err)
		}
		return nil
	})
	r.must(0, "stop", "brief")
	log := r.written("brief")
	started, ended := bytes.Count(log, []byte(`"started, pid`)), bytes.Count(log, []byte(`exited by itself`))
	last := bytes.Count(log, []byte("the very last\n"))
	// Stopped by hand, the process that ran may not have come to its words.
	if ended < n || last < ended || last > started {
		t.Errorf("%d started, %d ended by themselves, %d last lines", started, ended, last)
	}
	if counted := bytes.Count(log, []byte("count 2\n")); counted < last {
		t.Errorf("%d third lines, %d last ones", counted, last)
	}
}

func TestAServiceThatClosesItsLogGoesOn(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, "", "print=before", "close-log", "serve"))
	r.up()
	was := r.reaches("web", api.Ready)
	if _, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/", port)); err != nil {
		t.Error(err)
	}
	r.kept(was)
	r.kill(was.PID)
	r.replaced("web", was.PID)
	if n := bytes.Count(r.written("web"), []byte("before")); n != 2 {
		t.Errorf("its first words are there %d times, expected 2", n)
	}
}

func TestAFloodOfLinesIsCountedOrOnDiskAndDelaysNobody(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("flood", -1, "", "ready", "sleep=200ms", "flood=700ms", "print=end of flood\n")+
		service("web", port, "", "serve"))
	r.up()
	r.reaches("web", api.Ready)
	var slowest time.Duration
	eventually(t, patience, "the flood is over", func() error {
		began := time.Now()
		_, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/", port))
		if _, asked := r.ask(); err == nil {
			err = asked
		}
		slowest = max(slowest, time.Since(began))
		if err == nil && !bytes.Contains(r.written("flood"), []byte("end of flood")) {
			err = errors.New("it goes on")
		}
		return err
	})
	if slowest > 3*time.Second {
		t.Errorf("an answer took %s during the flood", slowest)
	}
	// What is kept on disk is without a gap.
	lines := bytes.Split(bytes.TrimSpace(own(r.written("flood"))), []byte("\n"))
	before := -1
	for _, line := range lines {
		var n int
		at := bytes.LastIndexByte(line, ' ')
		if _, err := fmt.Sscanf(string(line[at+1:]), "%d", &n); err != nil || !bytes.HasPrefix(line, []byte("flood ")) {
			continue
		}
		if before >= 0 && n != before+1 {
			t.Fatalf("line %d follows %d", n, before)
		}
		before = n
	}
	if before < 1000 {
		t.Errorf("only %d lines", before)
	}
}

func TestOneLineOf64MiBIsWrittenWholeAndMemoryStaysBounded(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	r := newRig(t, service("long", -1, "", "sleep=200ms", fmt.Sprintf("line=%d", size), "print=after the long line\n",
		"ready"))
	r.up()
	pid := r.info().SupervisorPID
	most := 0
	eventually(t, patience, "the line is written", func() error {
		u, err := usage(pid)
		most = max(most, u.rss)
		if text, _ := os.ReadFile(r.logFile("long")); err == nil && !bytes.Contains(text, []byte("after the long line")) {
			err = errors.New("it is not at its end")
		}
		return err
	})
	if most > 96<<20 {
		t.Errorf("the supervisor took %d MiB", most>>20)
	}
	res := r.must(0, "logs", "-n", "3", "long")
	if !strings.Contains(res.stdout, "after the long line") {
		t.Errorf("what came after it is not shown: %.300s", res.stdout)
	}
}

func TestBytesThatAreNoTextAreKeptAndShownSafely(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("junk", -1, "", "junk", "ready"))
	r.up()
	r.reaches("junk", api.Ready)
	eventually(t, patience, "every byte is on disk", func() error {
		if log := r.written("junk"); !bytes.Contains(log,
			[]byte("before\x00nul \xff\xfe\xc3( \x1b]0;title \x1b[2J progress 1%\rprogress 2%\r\n")) {
			return fmt.Errorf("%q", log)
		}
		return nil
	})
	for _, args := range [][]string{{"logs", "junk"}, {"logs", "--json", "junk"}} {
		res := r.must(0, args...)
		if strings.ContainsAny(res.stdout, "\x1b\x00") {
			t.Errorf("%v passes control characters to the terminal: %q", args, res.stdout)
		}
		if !strings.Contains(res.stdout, "after junk") {
			t.Errorf("%v lost what came after: %q", args, res.stdout)
		}
	}
}

func TestAFollowerMissesNothingWhileFilesRotate(t *testing.T) {
	t.Parallel()
	const lines = 120_000 // 12 MB: more than a file holds
	flag := filepath.Join(t.TempDir(), "go")
	steps := []string{"ready", "tick-until=" + flag, fmt.Sprint("lines=", lines), "print=end of flood\n"}
	r := newRig(t, service("flood", -1, "", steps...))
	r.up()
	ctx, cancel := timeout(patience)
	defer cancel()
	follow := r.command(ctx, "logs", "-f", "-n", "0", "flood")
	path := filepath.Join(r.dir, "followed")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	follow.Stdout = out
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, "the follower follows", func() error {
		text, err := os.ReadFile(path)
		if err == nil && !bytes.Contains(text, []byte("tick")) {
			err = errors.New("it has shown nothing")
		}
		return err
	})
	if err := os.WriteFile(flag, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, "the follower is at the end", func() error {
		r.must(0, "logs", "--grep", "flood .* 7$", "flood")
		text, err := os.ReadFile(path)
		if err == nil && !bytes.Contains(text[max(0, len(text)-2000):], []byte("end of flood")) {
			err = fmt.Errorf("it ends with %.200q", text[max(0, len(text)-200):])
		}
		return err
	})
	if len(r.segments("flood")) == 0 {
		t.Error("the files have not been rotated")
	}
	cancel()
	_ = follow.Wait()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, dropped := -1, 0
	for line := range strings.Lines(string(text)) {
		var n int
		if _, after, is := strings.Cut(line, "… "); is && strings.Contains(line, "lines were dropped here") {
			_, _ = fmt.Sscanf(after, "%d", &n)
			dropped += n
			continue
		}
		line = strings.TrimRight(line, "\n")
		if !strings.Contains(line, "flood 0123456789") {
			continue
		}
		if _, err := fmt.Sscanf(line[strings.LastIndexByte(line, ' ')+1:], "%d", &n); err != nil {
			t.Fatalf("torn: %q", line)
		}
		if n > before+1+dropped || before >= 0 && n != before+1+dropped { // ticks may be dropped too
			t.Fatalf("line %d follows %d, with %d said to be dropped", n, before, dropped)
		}
		before, dropped = n, 0
	}
	if before+dropped != lines-1 {
		t.Errorf("the last line is %d, with %d said to be dropped after it", before, dropped)
	}
}
