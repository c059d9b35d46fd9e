package footprint

import (
	"bytes"
	"os"
	"strconv"
	"testing"
)

func TestLinesOfMapsAreRead(t *testing.T) {
	for line, want := range map[string]mapping{
		"00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon\n": {0x400000, 0x452000, false, "/usr/bin/dbus-daemon"},
		"00651000-00652000 rw-p 00051000 08:02 173521      /a folder/of mine\n":    {0x651000, 0x652000, true, "/a folder/of mine"},
		"7ffd1000-7ffd2000 r-xp 00000000 00:00 0                   [vdso]":         {0x7ffd1000, 0x7ffd2000, false, "[vdso]"},
	} {
		if got, ok := parseMapping([]byte(line)); !ok || got != want {
			t.Errorf("%q is read as %+v, %v", line, got, ok)
		}
	}
	for _, line := range []string{"", "x", "00651000 rw-p 00051000 08:02 1 /a", "9-8 r-xp 0 0 0 /a", "y-8 r-xp 0 0 0 /a", "7f00-7f01 rw-p 00000000 00:00 0\n"} {
		if got, ok := parseMapping([]byte(line)); ok {
			t.Errorf("%q is read as %+v", line, got)
		}
	}
}

func TestWhatOnlyTheStartTouchedIsGivenBack(t *testing.T) {
	before := fileMemory(t)
	if before == 0 {
		t.Skip("the system does not say how much of the file is in memory")
	}
	Trim()
	if after := fileMemory(t); after >= before {
		t.Errorf("%d KiB of the program's file were in memory, %d are", before, after)
	}
}

// fileMemory is RssFile of proc_pid_status(5), in KiB.
func fileMemory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == "RssFile:" {
			n, _ := strconv.Atoi(string(fields[1]))
			return n
		}
	}
	return 0
}
