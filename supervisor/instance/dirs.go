// Package instance knows where a running supervisor keeps its things: the
// control socket, the FIFOs, the logs, and the lock that makes it the only one
// of its name.
package instance

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// Dirs are the folders of one instance.
type Dirs struct {
	Instance string // its name
	Runtime  string // sockets and FIFOs; private, gone after a reboot
	State    string // logs; survives a reboot
}

// socketMax is the longest path of a unix socket: sun_path in unix(7) holds
// 108 bytes with its final zero, 104 on BSD and macOS.
const socketMax = 103

// longestSocket is the part of a socket's name that is not a service's name.
const longestSocket = len("/.9999.notify")

// Resolve finds the folders of the instance called name without making any.
// The runtime folder is below $XDG_RUNTIME_DIR, or in a folder of this user's
// own in the temporary folder when that is unset or somebody else's; the state
// folder is below $XDG_STATE_HOME, or ~/.local/state.
func Resolve(name string, getenv func(string) string) (Dirs, error) {
	if !ValidName(name) {
		return Dirs{}, fmt.Errorf("cannot use %q as the name of an instance: expected letters, digits, - and _, 32 at most", name)
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
	if len(d.Socket()) > socketMax {
		return Dirs{}, fmt.Errorf("cannot make sockets in %s: their paths would exceed the system's %d bytes; set XDG_RUNTIME_DIR to a shorter folder", d.Runtime, socketMax)
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

// ValidName tells whether name can name an instance or a service: it becomes
// part of paths.
func ValidName(name string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$`).MatchString(name)
}

// Check is what Create would say of a runtime folder that exists, and makes
// nothing.
func (d Dirs) Check() error {
	for _, dir := range []string{filepath.Dir(d.Runtime), d.Runtime} {
		if err := private(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("cannot use the runtime folder: %w", err)
		}
	}
	return nil
}

// Create makes the folders, private to this user. A runtime folder that
// exists and belongs to somebody else, or that others may enter, is refused:
// whoever can enter it could pose as this instance.
func (d Dirs) Create() error {
	for _, dir := range []string{filepath.Dir(d.Runtime), d.Runtime, d.LogDir()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("cannot make the folder %s: %w", dir, err)
		}
	}
	for _, dir := range []string{filepath.Dir(d.Runtime), d.Runtime} {
		if err := private(dir); err != nil {
			return fmt.Errorf("cannot use the runtime folder: %w; remove it, or set XDG_RUNTIME_DIR to a folder of your own", err)
		}
	}
	return nil
}

// Socket is the path of the control socket. No service can have its name.
func (d Dirs) Socket() string { return filepath.Join(d.Runtime, "@control.sock") }

// LogDir holds the services' logs and the supervisor's own.
func (d Dirs) LogDir() string { return filepath.Join(d.State, "logs") }

// LogFile is the path of a service's log.
func (d Dirs) LogFile(service string) string { return filepath.Join(d.LogDir(), service+".log") }

// SupervisorLog is the path of the supervisor's own log, when it is detached.
// Its name is not that of any service.
func (d Dirs) SupervisorLog() string { return filepath.Join(d.LogDir(), "@supervisor.log") }

// FIFO is the path of the FIFO that is a service's standard output and error.
func (d Dirs) FIFO(service string) string { return filepath.Join(d.Runtime, service+".log") }

// Control is the path of the socket on which one process of a service serves
// its metrics; n tells its processes apart.
func (d Dirs) Control(service string, n int) string { return d.own(service, n, controlSuffix) }

// Notify is the path of the socket to which one process of a service says
// that it is ready.
func (d Dirs) Notify(service string, n int) string { return d.own(service, n, notifySuffix) }

// Record is the path of what is written down of one process of a service.
func (d Dirs) Record(service string, n int) string { return d.own(service, n, recordSuffix) }

const (
	controlSuffix = ".sock"
	notifySuffix  = ".notify"
	recordSuffix  = ".process"
)

// Leftovers lists the sockets of processes that have no record, and of keepers
// that are gone: nobody has a use for them.
func (d Dirs) Leftovers() []string {
	var left []string
	for _, suffix := range []string{controlSuffix, notifySuffix} {
		paths, _ := filepath.Glob(filepath.Join(d.Runtime, "*.*"+suffix)) // the pattern is right
		for _, path := range paths {
			_, err := os.Lstat(strings.TrimSuffix(path, suffix) + recordSuffix)
			if errors.Is(err, os.ErrNotExist) && !strings.HasPrefix(filepath.Base(path), "@") {
				left = append(left, path)
			}
		}
	}
	keepers, _ := filepath.Glob(filepath.Join(d.Runtime, keeperPrefix+"*"))
	for _, path := range keepers {
		conn, err := net.Dial("unixgram", path)
		if err == nil {
			conn.Close()
		} else if errors.Is(err, syscall.ECONNREFUSED) {
			left = append(left, path)
		}
	}
	return left
}

// Records lists the records of all processes.
func (d Dirs) Records() ([]string, error) {
	return filepath.Glob(filepath.Join(d.Runtime, "*"+recordSuffix))
}

func (d Dirs) own(service string, n int, suffix string) string {
	return filepath.Join(d.Runtime, service+"."+strconv.Itoa(n%10000)+suffix)
}

// Keeper is the path of the socket on which the keeper with the process number
// pid is spoken to. Each has its own: of two that are started at the same
// moment, the one that is too late takes nothing away from the other.
func (d Dirs) Keeper(pid int) string { return filepath.Join(d.Runtime, keeperPrefix+strconv.Itoa(pid)) }

const keeperPrefix = "@keep"

// KeeperOf is the process number of the keeper whose socket is at path; 0 when
// it is none of this instance.
func (d Dirs) KeeperOf(path string) int {
	number, is := strings.CutPrefix(path, filepath.Join(d.Runtime, keeperPrefix))
	pid, err := strconv.Atoi(number)
	if !is || err != nil || pid <= 0 {
		return 0
	}
	return pid
}

// Exits is the path of the file in which the keeper says how the processes
// ended that it reaped.
func (d Dirs) Exits() string { return filepath.Join(d.Runtime, "@exits") }

// StateFile is the path of what a supervisor leaves to the one after it.
func (d Dirs) StateFile() string { return filepath.Join(d.State, "state.json") }

// CheckService says whether the sockets of a service with this name can be
// made in the runtime folder.
func (d Dirs) CheckService(service string) error {
	if len(d.Runtime)+len(service)+longestSocket > socketMax {
		return fmt.Errorf("cannot make the sockets of %s in %s: their paths would exceed the system's %d bytes; set XDG_RUNTIME_DIR to a shorter folder", service, d.Runtime, socketMax)
	}
	return nil
}
