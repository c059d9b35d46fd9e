//go:build unix

package ui

import (
	"os"

	"golang.org/x/sys/unix"
)

// cellPixels is how many pixels a cell of the terminal has, where its driver
// knows (tty_ioctl(4), TIOCGWINSZ); zeros where it does not.
func cellPixels(terminal *os.File) (width, height int) {
	size, err := unix.IoctlGetWinsize(int(terminal.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return 0, 0
	}
	return int(size.Xpixel / size.Col), int(size.Ypixel / size.Row)
}
