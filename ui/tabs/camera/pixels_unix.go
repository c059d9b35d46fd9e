//go:build unix

package camera

import (
	"os"

	"golang.org/x/sys/unix"
)

// CellSize is the size of a cell of the terminal in pixels, where its driver
// knows it (tty_ioctl(4), TIOCGWINSZ); zeros where it does not.
func CellSize(terminal *os.File) (width, height int) {
	size, err := unix.IoctlGetWinsize(int(terminal.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return 0, 0
	}
	return int(size.Xpixel / size.Col), int(size.Ypixel / size.Row)
}
