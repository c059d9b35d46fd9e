package memtrim

import (
	"bytes"
	"iter"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// dropFile takes the pages of the program's file out of this process's memory, if all
// pages of a mapping equal the file: see MADV_DONTNEED of madvise(2). A mapping that
// is read-only now may have been written by a linker that relocated it, and then has
// anonymous pages. dropFile does nothing if the system does not show the mappings.
func dropFile() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for m := range unchanged(maps) {
		if m.path == self {
			_, _, _ = unix.RawSyscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED)
		}
	}
}

// unchanged are the mappings of files in proc_pid_smaps(5) that cannot be
// written and have no page of their own.
func unchanged(smaps []byte) iter.Seq[mapping] {
	return func(yield func(mapping) bool) {
		var m mapping
		eligible := false
		for line := range bytes.Lines(smaps) {
			field, rest, _ := bytes.Cut(line, []byte(" "))
			switch {
			case !bytes.HasSuffix(field, []byte(":")):
				m, eligible = parseMapping(line)
				eligible = eligible && !m.writable
			case eligible && string(field) == "Anonymous:" && string(bytes.TrimSpace(rest)) == "0 kB":
				if !yield(m) {
					return
				}
			}
		}
	}
}

// mapping is a line of proc_pid_maps(5).
type mapping struct {
	start, end uintptr
	writable   bool
	path       string
}

func parseMapping(line []byte) (m mapping, ok bool) {
	// address perms offset dev inode path, which may have spaces
	fields := bytes.SplitN(bytes.TrimSuffix(line, []byte("\n")), []byte(" "), 6)
	if len(fields) < 6 {
		return m, false
	}
	from, to, ok := bytes.Cut(fields[0], []byte("-"))
	start, err1 := strconv.ParseUint(string(from), 16, strconv.IntSize)
	end, err2 := strconv.ParseUint(string(to), 16, strconv.IntSize)
	if !ok || err1 != nil || err2 != nil || end < start {
		return m, false
	}
	return mapping{
		start: uintptr(start), end: uintptr(end),
		writable: bytes.IndexByte(fields[1], 'w') >= 0,
		path:     string(bytes.TrimLeft(fields[5], " ")),
	}, true
}
