package instance

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Layout says how the files in a runtime folder are called.
type Layout int

const (
	// FolderPerService is the layout of every instance that starts now. A
	// service's files are in a folder of its name; the instance's own names
	// have a dot, which no service's name can have.
	FolderPerService Layout = iota

	// Flat is the layout of the previous version: all files in one folder, the
	// instance's own with an @. An instance that began with it keeps it until
	// it is stopped, whatever version supervises it by then. Its processes
	// know these paths from their environment, and so do its keeper and the
	// clients of the previous version.
	Flat
)

// Dirs are the folders of one instance. Their paths depend on Layout, so get a
// value from Resolve.
type Dirs struct {
	Instance string // its name
	Runtime  string // sockets and FIFOs; private, gone after a reboot
	State    string // logs and the saved state; survives a reboot
	Layout   Layout // of Runtime
}

// layoutOf is the layout in use in a runtime folder.
func layoutOf(runtime string) Layout {
	if _, err := os.Lstat(filepath.Join(runtime, "@control.sock")); err == nil {
		return Flat
	}
	if records, _ := filepath.Glob(filepath.Join(runtime, "*"+recordSuffix)); len(records) > 0 {
		return Flat
	}
	return FolderPerService
}

// removeFlat removes the files that a stopped instance with the Flat layout
// left: its lock, which is in the way of a service called lock, and its FIFOs.
func (d Dirs) removeFlat() {
	if d.Layout == Flat {
		return
	}
	paths, _ := filepath.Glob(filepath.Join(d.Runtime, "*.log")) // the pattern is valid
	for _, path := range append(paths, filepath.Join(d.Runtime, "lock")) {
		if info, err := os.Lstat(path); err == nil && !info.IsDir() {
			_ = os.Remove(path)
		}
	}
}

const (
	controlSuffix = ".sock"
	notifySuffix  = ".notify"
	recordSuffix  = ".process"
)

// own is the path of a file of the instance itself, for each layout.
func (d Dirs) own(name, flat string) string {
	if d.Layout == Flat {
		name = flat
	}
	return filepath.Join(d.Runtime, name)
}

// Socket is the path of the control socket.
func (d Dirs) Socket() string { return d.own("control.sock", "@control.sock") }

// Exits is the path of the file in which the keeper records how the processes
// ended that it reaped.
func (d Dirs) Exits() string { return d.own("exits.txt", "@exits") }

func (d Dirs) lockFile() string { return d.own("instance.lock", "lock") }

func (d Dirs) keeperPrefix() string { return d.own("keeper.", "@keep") }

// Keeper is the path of the socket of the keeper with the process number pid.
// Each keeper has a path of its own: if two start at the same moment, the late
// one must not replace the socket of the other.
func (d Dirs) Keeper(pid int) string { return d.keeperPrefix() + strconv.Itoa(pid) }

// KeeperOf returns the process number of the keeper whose socket is at path, or 0 if
// path is not the socket of a keeper of this instance.
func (d Dirs) KeeperOf(path string) int {
	number, is := strings.CutPrefix(path, d.keeperPrefix())
	pid, err := strconv.Atoi(number)
	if !is || err != nil || pid <= 0 {
		return 0
	}
	return pid
}

// FIFO is the path of the FIFO that is a service's standard output and error.
func (d Dirs) FIFO(service string) string {
	if d.Layout == Flat {
		return filepath.Join(d.Runtime, service+".log")
	}
	return filepath.Join(d.Runtime, service, "log")
}

// Control is the path of the socket on which one process of a service serves
// its metrics. n is the number of its launch.
func (d Dirs) Control(service string, n int) string { return d.ofProcess(service, n, controlSuffix) }

// Notify is the path of the socket to which one process of a service sends
// READY=1 and the like.
func (d Dirs) Notify(service string, n int) string { return d.ofProcess(service, n, notifySuffix) }

// Record is the path of the record of one process of a service.
func (d Dirs) Record(service string, n int) string { return d.ofProcess(service, n, recordSuffix) }

func (d Dirs) ofProcess(service string, n int, suffix string) string {
	separator := "/"
	if d.Layout == Flat {
		separator = "."
	}
	return filepath.Join(d.Runtime, service+separator+strconv.Itoa(n%10000)+suffix)
}

// ofProcesses lists the files with this suffix of all processes.
func (d Dirs) ofProcesses(suffix string) ([]string, error) {
	pattern := "*/*"
	if d.Layout == Flat {
		pattern = "[^@]*.*"
	}
	return filepath.Glob(filepath.Join(d.Runtime, pattern+suffix))
}

// Records lists the records of all processes.
func (d Dirs) Records() ([]string, error) { return d.ofProcesses(recordSuffix) }

// Leftovers lists the sockets of processes without a record, and those of
// keepers that have ended: nothing uses them any more.
func (d Dirs) Leftovers() []string {
	var left []string
	for _, suffix := range []string{controlSuffix, notifySuffix} {
		paths, _ := d.ofProcesses(suffix) // the pattern is valid
		for _, path := range paths {
			if _, err := os.Lstat(strings.TrimSuffix(path, suffix) + recordSuffix); errors.Is(err, os.ErrNotExist) {
				left = append(left, path)
			}
		}
	}
	keepers, _ := filepath.Glob(d.keeperPrefix() + "*")
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

// LogDir holds the services' logs.
func (d Dirs) LogDir() string { return filepath.Join(d.State, "logs") }

// LogFile is the path of a service's log.
func (d Dirs) LogFile(service string) string { return filepath.Join(d.LogDir(), service+".log") }

// SupervisorLog is the path of the log of a detached supervisor.
func (d Dirs) SupervisorLog() string { return filepath.Join(d.State, "supervisor.log") }

// StateFile is the path of the state that a supervisor leaves to the next one.
func (d Dirs) StateFile() string { return filepath.Join(d.State, "state.json") }
