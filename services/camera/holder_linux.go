package camera

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// holder names another process that has the device at path open: "held by
// cheese, pid 12". It is empty if there is none, or if it belongs to another
// user and is not visible.
func holder(path string) string {
	var device unix.Stat_t
	if err := unix.Stat(path, &device); err != nil {
		return ""
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return ""
	}
	for _, link := range links {
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if err != nil || pid == os.Getpid() {
			continue
		}
		if target, err := os.Readlink(link); err != nil || !strings.HasPrefix(target, "/dev/") {
			continue
		}
		var open unix.Stat_t
		if unix.Stat(link, &open) != nil || open.Mode&unix.S_IFMT != unix.S_IFCHR || open.Rdev != device.Rdev {
			continue
		}
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err != nil {
			continue
		}
		return fmt.Sprintf("held by %s, pid %d", strings.TrimSpace(string(name)), pid)
	}
	return ""
}
