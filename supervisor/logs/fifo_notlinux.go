//go:build unix && !linux

package logs

import "os"

// fionread is FIONREAD, _IOR('f', 127, int) in <sys/filio.h>.
const fionread = 0x4004667f

// widen does nothing: only Linux lets a program choose a FIFO's size.
func widen(*os.File) {}
