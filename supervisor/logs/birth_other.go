//go:build !linux

package logs

import (
	"io/fs"
	"time"
)

// birth is when the file was last written, so that a file is never rotated
// too early.
func birth(_ string, info fs.FileInfo, now time.Time) time.Time {
	if info.Size() == 0 {
		return now
	}
	return info.ModTime()
}
