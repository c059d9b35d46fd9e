package memtrim

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"testing"
)

func TestLinesOfMapsAreRead(t *testing.T) {
	for line, want := range map[string]mapping{
		"00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon\n": {0x400000, 0x452000, false,
			"/usr/bin/dbus-daemon"},
		"00651000-00652000 rw-p 00051000 08:02 173521      /a folder/of mine\n": {0x651000, 0x652000, true,
			"/a folder/of mine"},
		"7ffd1000-7ffd2000 r-xp 00000000 00:00 0                   [vdso]": {0x7ffd1000, 0x7ffd2000, false, "[vdso]"},
	} {
		if got, ok := parseMapping([]byte(line)); !ok || got != want {
			t.Errorf("%q is read as %+v, %v", line, got, ok)
		}
	}
	for _, line := range []string{"", "x", "00651000 rw-p 00051000 08:02 1 /a", "9-8 r-xp 0 0 0 /a", "y-8 r-xp 0 0 0 /a",
		"7f00-7f01 rw-p 00000000 00:00 0\n"} {
		if got, ok := parseMapping([]byte(line)); ok {
			t.Errorf("%q is read as %+v", line, got)
		}
	}
}

func TestWhatALinkerHasWrittenStays(t *testing.T) {
	const smaps = `00400000-00402000 r-xp 00000000 fe:00 1      /p
Size:                  8 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me sd
00402000-00403000 r--p 00002000 fe:00 1      /p
Anonymous:             4 kB
00403000-00404000 rw-p 00003000 fe:00 1      /p
Anonymous:             0 kB
00404000-00405000 rw-p 00000000 00:00 0
Anonymous:             0 kB
00405000-00406000 r--p 00004000 fe:00 2      /q
Anonymous:             0 kB
`
	var got []uintptr
	for m := range unchanged([]byte(smaps)) {
		got = append(got, m.start)
	}
	if want := []uintptr{0x400000, 0x405000}; !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
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

// fileMemory is RssFile and RssShmem of proc_pid_status(5), in KiB: a file of a
// tmpfs, which a test's program may be, counts as the second.
func fileMemory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	sum := 0
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) == 3 &&
			(string(fields[0]) == "RssFile:" || string(fields[0]) == "RssShmem:") {
			n, _ := strconv.Atoi(string(fields[1]))
			sum += n
		}
	}
	return sum
}
