//go:build unix

package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestReadinessAndStatusAreOverwrittenInPlace(t *testing.T) {
	record := newRecord(t)
	sign(t, record.path, "2 3\n")
	before, err := os.Stat(record.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		mark, announced bool
		status          string
		want            Record
	}{
		{want: Record{}},
		{status: "warming up", want: Record{Status: "warming up"}},
		{mark: true, want: Record{Ready: true, Status: "warming up"}},
		{mark: true, announced: true, status: "two\nlines", want: Record{Ready: true, Announced: true, Status: "two lines"}},
		{mark: true, status: "é", want: Record{Ready: true, Announced: true, Status: "é"}},
		{status: strings.Repeat("é", 300), want: Record{Ready: true, Announced: true,
			Status: strings.Repeat("é", maxStatus/2)}},
	} {
		if step.mark {
			if err := record.MarkReady(step.announced); err != nil {
				t.Fatal(err)
			}
		}
		if step.status != "" {
			if err := record.SetStatus(step.status); err != nil {
				t.Fatal(err)
			}
		}
		r, err := ReadRecord(record.path)
		if err != nil || r.Ready != step.want.Ready || r.Announced != step.want.Announced || r.Status != step.want.Status {
			t.Errorf("the record is %+v, %v; want %+v", r, err, step.want)
		}
		if r.Service != "x" || r.Identity.PID != 2 || r.Identity.Start != 3 {
			t.Errorf("the rest of the record is %+v", r)
		}
	}
	after, err := os.Stat(record.path)
	if err != nil || after.Size() != before.Size() || !os.SameFile(before, after) {
		t.Errorf("the file had %d bytes, has %d, %v", before.Size(), after.Size(), err)
	}
}

func TestReadinessIsNotedWithoutADescriptor(t *testing.T) {
	record := newRecord(t)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := unix.Rlimit{Cur: 3, Max: limit.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	if err := record.MarkReady(false); err != nil {
		t.Errorf("cannot note it: %v", err)
	}
	if f, err := os.Open(record.path); err == nil {
		f.Close()
		t.Error("there are descriptors left")
	}
}

// A record of a supervisor that is gone may be unreadable for a moment, for
// want of descriptors: the next write opens it.
func TestARecordThatCannotBeOpenedIsOpenedByTheNextWrite(t *testing.T) {
	path := newRecord(t).path
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	record := openRecord(path)
	defer record.Close()
	if err := record.MarkReady(true); err == nil {
		t.Error("readiness was noted in no file")
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := record.MarkReady(true); err != nil {
		t.Fatal(err)
	}
	record.Close()
	if err := record.MarkReady(true); err == nil {
		t.Error("a closed record was written")
	}
}

func TestRecordsOfThePreviousVersionAreReadAndConverted(t *testing.T) {
	const launch = `{"service":"web","launch":7,"time":"2026-01-02T03:04:05Z","boot":"b","config":{"Name":"web"},"addr":"127.0.0.1:1"}` + "\n"
	for i, c := range []struct {
		mode os.FileMode
		rest string
		want Record
	}{
		{0o600, "12 34\n", Record{}},
		{0o700, "12 34\nstatus warm\nstatus well\nstatus cut off", Record{Ready: true, Status: "well"}},
		{0o710, "12 34\nstatus  two spaces\n", Record{Ready: true, Announced: true, Status: " two spaces"}},
	} {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(launch+c.rest), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		expect := func(when string) {
			r, err := ReadRecord(path)
			if err != nil || r.Ready != c.want.Ready || r.Announced != c.want.Announced || r.Status != c.want.Status {
				t.Errorf("%d, %s: %+v, %v", i, when, r, err)
			}
			if r.Service != "web" || r.Launch != 7 || r.Identity != (Identity{12, 34, "b"}) ||
				string(r.Config) != `{"Name":"web"}` {
				t.Errorf("%d, %s: the rest is %+v", i, when, r)
			}
		}
		expect("as it was")
		record := openRecord(path)
		defer record.Close()
		expect("converted")
		if err := record.MarkReady(true); err != nil {
			t.Fatal(err)
		}
		c.want.Ready, c.want.Announced = true, true
		expect("ready")
	}
}

func TestARecordThatIsCutOffAnywhereIsAnErrorAndNoProcess(t *testing.T) {
	record := newRecord(t)
	sign(t, record.path, "12 34\n")
	whole, err := os.ReadFile(record.path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range whole {
		if err := os.WriteFile(record.path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := ReadRecord(record.path); err == nil {
			t.Errorf("cut at byte %d: %+v", cut, r)
		}
	}
}
