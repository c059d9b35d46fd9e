package ui

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// termios is how a terminal is set up, bit by bit.
func termios(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

// unusual is a terminal that somebody has set up: whoever restored what is
// usual would be found out.
func unusual(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	s := termios(t, f)
	s.Iflag ^= unix.IXANY | unix.IXON | unix.IMAXBEL | unix.INLCR
	s.Oflag ^= unix.ONLCR | unix.OCRNL
	s.Lflag ^= unix.ECHOCTL | unix.ECHOK | unix.NOFLSH | unix.TOSTOP
	s.Cflag ^= unix.CSTOPB | unix.HUPCL
	s.Cc[unix.VERASE], s.Cc[unix.VKILL], s.Cc[unix.VMIN], s.Cc[unix.VTIME] = 8, 'k', 3, 7
	if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, &s); err != nil {
		t.Fatal(err)
	}
	return termios(t, f)
}

func TestEveryBitOfTheTerminalIsAsBefore(t *testing.T) {
	signal := func(s syscall.Signal) func(*window) {
		return func(w *window) { _ = w.cmd.Process.Signal(s) }
	}
	key := func(k string) func(*window) { return func(w *window) { fmt.Fprint(w.file, k) } }
	for name, c := range map[string]struct {
		env  string
		end  func(*window)
		code int
	}{
		"q":             {"", key("q"), 0},
		"q in a dialog": {"", key("?qq"), 0},
		"ctrl-c":        {"", key("\x03"), 0},
		"SIGINT":        {"", signal(syscall.SIGINT), 0},
		"SIGTERM":       {"", signal(syscall.SIGTERM), 0},
		"SIGHUP":        {"", signal(syscall.SIGHUP), 0},
		"q with the supervisor gone": {"GONE=1", func(w *window) {
			w.waitFor("reconnecting")
			fmt.Fprint(w.file, "q")
		}, 0},
		"a panic in a command": {"PANIC=in a command", key("r"), 1},
		"a panic in Update":    {"PANIC=in Update", key("y"), 1},
		"a panic elsewhere":    {"PANIC=in the engine", key("S"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, tty, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			before := unusual(t, tty)
			w := startIn(t, f, tty, c.env)
			w.waitFor("line ")
			if c.code == 0 && termios(t, tty) == before {
				t.Error("the dashboard has not set the terminal up")
			}
			c.end(w)
			w.exited(c.code)
			if after := termios(t, tty); after != before {
				t.Errorf("the terminal is\n%+v, before\n%+v", after, before)
			}
			text := w.ended(c.code)
			w.restored(text)
			if pushed, set := strings.Index(text, "\x1b[22;2t"), strings.Index(text, "\x1b]2;"); pushed < 0 || set < pushed {
				t.Errorf("the title is set at %d, kept at %d", set, pushed)
			}
		})
	}
}
