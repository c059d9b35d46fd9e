//go:build unix

package process

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
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

// newRecord is the record of a process that does not exist.
func newRecord(t *testing.T) *RecordFile {
	t.Helper()
	record, err := CreateRecord(filepath.Join(t.TempDir(), "record"), Record{Service: "x"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(record.Close)
	return record
}

// sign appends a line to a record as the launcher does.
func sign(t *testing.T, path, line string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = f.WriteString(line)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestReadinessIsWrittenDownBeforeTheMessageIsTaken(t *testing.T) {
	record := newRecord(t)
	n, err := listenNotify(filepath.Join(t.TempDir(), "notify"), record)
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
	sign(t, record.path, "2 3\n")
	if r, err := ReadRecord(record.path); err != nil || !r.Ready || !r.Announced {
		t.Errorf("the record says %+v, %v", r, err)
	}
}
