package instance

import (
	"fmt"
	"os"
)

// procSelf leads to the running program also after its file was deleted or
// replaced, as `go run` does when it ends (proc(5)).
const procSelf = "/proc/self/exe"

// Self is a path at which this very program can be executed again: its file
// while that is still the one that runs, otherwise the kernel's own link.
func Self() (string, error) {
	running, err := os.Stat(procSelf)
	if err != nil {
		return "", fmt.Errorf("cannot find this program: is /proc mounted? %w", err)
	}
	path, err := os.Executable()
	if err != nil {
		return procSelf, nil
	}
	if file, err := os.Stat(path); err == nil && os.SameFile(file, running) {
		return path, nil
	}
	return procSelf, nil
}
