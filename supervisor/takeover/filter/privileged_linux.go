//go:build amd64 || arm64 || arm || riscv64

package filter

import (
	"io"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

// helpers are programs that scripts call and that are set-user-ID or have
// capabilities on common systems. Under no_new_privs they would not work.
func helpers() []string {
	return []string{
		"sudo", "doas", "su", "pkexec", "ping", "mount", "umount", "fusermount", "fusermount3", "newuidmap", "crontab",
	}
}

// maxScript bounds how much of a script is searched for helpers, in bytes.
const maxScript = 64 << 10

// obstacle tells why a command must not run under no_new_privs: the program
// gains rights when it is executed, or it is a script, or the words of a
// shell, that name a helper which does. A helper that another program starts
// goes unnoticed: takeover = false is for that.
func obstacle(argv []string) Reason {
	if len(argv) == 0 {
		return Taken
	}
	path := lookPath(argv[0])
	words := strings.Join(argv[1:], " ")
	for range 5 { // as many interpreters as the kernel follows
		if reason := gains(path); reason != Taken {
			return reason
		}
		head := readHead(path)
		if !strings.HasPrefix(head, "#!") {
			break
		}
		words += "\n" + head
		line, _, _ := strings.Cut(head[2:], "\n")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			break
		}
		path = lookPath(fields[0])
	}
	for _, helper := range helpers() {
		if !hasWord(words, helper) {
			continue
		}
		if reason := gains(lookPath(helper)); reason != Taken {
			return reason
		}
	}
	return Taken
}

// gains tells whether a program gets more rights than its parent has.
func gains(path string) Reason {
	var st syscall.Stat_t
	if path == "" || syscall.Stat(path, &st) != nil {
		return Taken
	}
	const setGroup = syscall.S_ISGID | 0o010 // without the execute bit it means mandatory locking
	if st.Mode&syscall.S_ISUID != 0 || st.Mode&setGroup == setGroup {
		return SetUserID
	}
	if hasCapabilities(path) {
		return Capabilities
	}
	return Taken
}

func hasCapabilities(path string) bool {
	var value [64]byte // struct vfs_ns_cap_data has 24 bytes
	n, err := syscall.Getxattr(path, "security.capability", value[:])
	return err == nil && n > 0
}

// lookPath finds a program as execvp(3) does; empty when there is none.
func lookPath(name string) string {
	if name == "" || strings.Contains(name, "/") {
		return name
	}
	for _, dir := range strings.Split(os.Getenv("PATH"), ":") {
		if dir == "" {
			dir = "."
		}
		path := dir + "/" + name
		var st syscall.Stat_t
		if syscall.Stat(path, &st) == nil && st.Mode&syscall.S_IFMT == syscall.S_IFREG && st.Mode&0o111 != 0 {
			return path
		}
	}
	return ""
}

// readHead reads the beginning of a script; of another file only a few bytes.
func readHead(path string) string {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 2, maxScript)
	if _, err := io.ReadFull(f, head); err != nil || string(head) != "#!" {
		return ""
	}
	n, _ := io.ReadFull(f, head[2:cap(head)])
	return string(head[:2+n])
}

// hasWord reports whether text has word between characters that do not belong
// to a name.
func hasWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		i += at
		at = i + len(word)
		if (i == 0 || !inName(text[i-1])) && (at == len(text) || !inName(text[at])) {
			return true
		}
	}
}

func inName(c byte) bool {
	return c == '_' || c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// noNewPrivs gives up, for this thread and what it executes, to gain rights
// by executing a program.
func noNewPrivs() error {
	const prSetNoNewPrivs = 38
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// pollIn waits for a descriptor to be readable, at most for the time given.
func pollIn(fd int, wait *syscall.Timespec) bool {
	const in, hup, bad = 0x1, 0x10, 0x8 // POLLIN, POLLHUP, POLLERR
	for {
		end := struct {
			fd              int32
			events, revents int16
		}{fd: int32(fd), events: in}
		_, _, errno := syscall.Syscall6(syscall.SYS_PPOLL,
			uintptr(unsafe.Pointer(&end)), 1, uintptr(unsafe.Pointer(wait)), 0, 0, 0)
		if errno == syscall.EINTR {
			continue // ppoll(2) has reduced the time that is left
		}
		return errno == 0 && end.revents&(in|hup|bad) != 0
	}
}
