package footprint

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// dropFile takes the pages of the program's file out of this process's memory,
// those that cannot be written: they are as they are in the file. See
// MADV_DONTNEED of madvise(2). It does nothing where the system does not say
// what is mapped where.
func dropFile() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range bytes.Lines(maps) {
		if m, ok := parseMapping(line); ok && m.path == self && !m.writable {
			_, _, _ = unix.RawSyscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED)
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
