package logs

import (
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// birth returns when the file was made. If the file system does not know, it returns
// the last write, so that a file is never rotated too early.
func birth(path string, info fs.FileInfo, now time.Time) time.Time {
	if info.Size() == 0 {
		return now
	}
	var st unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BTIME, &st) == nil && st.Mask&unix.STATX_BTIME != 0 {
		return time.Unix(st.Btime.Sec, int64(st.Btime.Nsec))
	}
	return info.ModTime()
}
