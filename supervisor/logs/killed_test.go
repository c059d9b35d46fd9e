//go:build linux

package logs

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAKilledReaderNeitherLosesNorDoublesALine(t *testing.T) {
	dir := t.TempDir()
	cfg := victimConfig(dir)
	out := unread(t, cfg)
	written := make(chan string)
	quit := make(chan struct{})
	go func() {
		var all strings.Builder
		for i := 0; ; i++ {
			select {
			case <-quit:
				written <- all.String()
				return
			default:
			}
			line := fmt.Sprintf("line %d %s\n", i, strings.Repeat("tick ", i%50))
			if i%20 == 19 { // the same again: nobody can tell two of them apart
				line = "the same\n"
			}
			if _, err := out.WriteString(line); err != nil {
				t.Error(err)
			}
			all.WriteString(line)
		}
	}()
	for range 40 {
		victim := exec.Command(os.Args[0], "-test.run=^$")
		victim.Env = append(os.Environ(), victimVariable+"="+dir)
		victim.Stderr = os.Stderr
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+rand.IntN(60)) * time.Millisecond) // any moment will do
		_ = victim.Process.Kill()
		_ = victim.Wait()
	}
	last := start(t, cfg)
	close(quit)
	want := <-written
	last.drain(t)
	last.stop()
	var got []byte
	for _, s := range listSegments(cfg.File) {
		text, err := readSegment(s)
		if err != nil {
			t.Fatal(err)
		}
		got = slices.Concat(got, text)
	}
	got = append(got, content(t, cfg.File)...)
	if string(got) != want {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		t.Errorf("the files hold %d bytes, %d were written; they differ from byte %d on:\n%q\n%q",
			len(got), len(want), i, got[i:min(i+80, len(got))], want[i:min(i+80, len(want))])
	}
	t.Logf("%d bytes", len(want))
}
