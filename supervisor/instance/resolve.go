// Package instance knows the files of a running supervisor: its control
// socket, its services' sockets and FIFOs, the logs, and the lock that makes it
// the only supervisor of its instance.
package instance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/names"
)

// socketMax is the longest path of a unix socket: sun_path in unix(7) holds
// 108 bytes with its final zero, 104 on BSD and macOS.
const socketMax = 103

// longestSocket is the part of a service's socket path that is neither the
// runtime folder nor the service's name.
const longestSocket = len("//9999.notify")

// Resolve finds the folders of the instance called name without making any.
// The runtime folder is below $XDG_RUNTIME_DIR. If that is unset or belongs to
// another user, it is in a private folder in the temporary folder. The state
// folder is below $XDG_STATE_HOME, or ~/.local/state.
func Resolve(name string, getenv func(string) string) (Dirs, error) {
	if !names.Valid(name) {
		return Dirs{}, fmt.Errorf("cannot use %q as the name of an instance: expected letters, digits, - and _, 32 at most",
			name)
	}
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home := getenv("HOME")
		if home == "" {
			return Dirs{}, errors.New("cannot find a place for logs: neither HOME nor XDG_STATE_HOME is set")
		}
		state = filepath.Join(home, ".local", "state")
	}
	d := Dirs{
		Instance: name,
		Runtime:  filepath.Join(runtimeBase(getenv), name),
		State:    filepath.Join(state, "ammarctl", name),
	}
	d.Layout = layoutOf(d.Runtime)
	if len(d.Socket()) > socketMax {
		return Dirs{}, explain.Errorf("socket-path-too-long",
			"cannot make sockets in %s: their paths would exceed the system's %d bytes; "+
				"set XDG_RUNTIME_DIR to a shorter folder", d.Runtime, socketMax)
	}
	return d, nil
}

func runtimeBase(getenv func(string) string) string {
	if dir := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && ours(info) {
			return filepath.Join(dir, "ammarctl")
		}
	}
	tmp := getenv("TMPDIR")
	if !filepath.IsAbs(tmp) {
		tmp = os.TempDir()
	}
	return filepath.Join(tmp, "ammarctl-"+strconv.Itoa(os.Getuid()))
}

// Check reports the errors that Create would report for a runtime folder that
// exists already. It makes nothing.
func (d Dirs) Check() error {
	for _, dir := range []string{filepath.Dir(d.Runtime), d.Runtime} {
		if err := private(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("cannot use the runtime folder: %w", err)
		}
	}
	return nil
}

// Create makes the folders, private to this user. It refuses a runtime folder
// that belongs to another user, or that others may enter: they could pose as
// this instance.
func (d Dirs) Create() error {
	for _, dir := range []string{filepath.Dir(d.Runtime), d.Runtime, d.LogDir()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("cannot make the folder %s: %w", dir, err)
		}
	}
	for _, dir := range []string{filepath.Dir(d.Runtime), d.Runtime} {
		if err := private(dir); err != nil {
			return explain.Errorf("runtime-folder",
				"cannot use the runtime folder: %w; remove it, or set XDG_RUNTIME_DIR to a folder of your own", err)
		}
	}
	d.removeFlat()
	return nil
}

// CreateService makes the folder of a service's sockets and its FIFO. A name
// is refused if the paths in it would be too long for sockets.
func (d Dirs) CreateService(service string) error {
	if len(d.Runtime)+len(service)+longestSocket > socketMax {
		return explain.Errorf("socket-path-too-long",
			"cannot make the sockets of %s in %s: their paths would exceed the system's %d bytes; "+
				"set XDG_RUNTIME_DIR to a shorter folder", service, d.Runtime, socketMax)
	}
	dir := filepath.Dir(d.FIFO(service))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w", dir, err)
	}
	return nil
}
