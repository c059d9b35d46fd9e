//go:build unix

package process

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

func TestNotifyMessages(t *testing.T) {
	for text, want := range map[string]Message{
		"READY=1":                           {Ready: true},
		"READY=1\nSTATUS=all well\n":        {Ready: true, Status: "all well"},
		"STATUS=a=b":                        {Status: "a=b"},
		"READY=0":                           {},
		"MAINPID=1\nSTOPPING=1\nnonsense\n": {},
		"WATCHDOG=1":                        {Watchdog: true},
		"":                                  {},
	} {
		if got := parseNotify(text); got != want {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
}

func FuzzParseNotify(f *testing.F) {
	f.Add("READY=1\nSTATUS=\xff\x00x")
	f.Add("STATUS=" + strings.Repeat("é", 300))
	f.Fuzz(func(t *testing.T, text string) {
		m := parseNotify(text)
		if !utf8.ValidString(m.Status) || len(m.Status) > maxStatus {
			t.Errorf("status %q of %q", m.Status, text)
		}
		if m.Ready && !strings.Contains(text, "READY=1") {
			t.Errorf("%q is ready", text)
		}
	})
}

func TestReadinessIsWrittenDownBeforeTheMessageIsTaken(t *testing.T) {
	dir := t.TempDir()
	record := filepath.Join(dir, "record")
	if err := WriteRecord(record, Record{Service: "x"}); err != nil {
		t.Fatal(err)
	}
	n, err := listenNotify(filepath.Join(dir, "notify"), record)
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	conn, err := net.Dial("unixgram", n.path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, text := range []string{"STATUS=warm", "", "READY=1\nSTATUS=well"} {
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, want := <-n.messages, parseNotify(text); got != want {
			t.Errorf("%q arrives as %+v, want %+v", text, got, want)
		}
	}
	if err := appendTo(record, "2 3\n"); err != nil { // as the launcher signs it
		t.Fatal(err)
	}
	defer unix.Umask(unix.Umask(0o077)) // as strict as they are
	for i := range 2 {
		if r, err := ReadRecord(record); err != nil || !r.Ready || !r.Said {
			t.Errorf("the record says %+v, %v", r, err)
		}
		if i == 0 { // so many that it is written anew
			if err := MarkStatus(record, strings.Repeat("x", maxStatuses)); err != nil {
				t.Fatal(err)
			}
			if err := MarkStatus(record, "well"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestReadinessIsNotedWithoutADescriptor(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	if err := WriteRecord(record, Record{Service: "x"}); err != nil {
		t.Fatal(err)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := unix.Rlimit{Cur: 3, Max: limit.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	if err := MarkReady(record, false); err != nil {
		t.Errorf("cannot note it: %v", err)
	}
	if f, err := os.Open(record); err == nil {
		f.Close()
		t.Error("there are descriptors left")
	}
}
