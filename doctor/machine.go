package doctor

import (
	"context"
	"errors"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ammarctl/ammarctl/boot"
	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/portholder"
	"github.com/ammarctl/ammarctl/supervisor/addresses"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/cgroup"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// Machine is what the checks look at. Its functions are called from one
// goroutine; tests replace them.
type Machine struct {
	System  string // GOOS
	Version string // this program's
	Program string // its path

	Config      configs.Config
	ConfigError error

	// Info and Services describe the running instance; Info is nil if none runs.
	Info     *api.Info
	Services []api.Service

	Dirs    instance.Dirs
	DirsErr error

	// Cameras lists the cameras; the error says why they cannot be looked for.
	Cameras func() ([]Camera, error)
	// Listen tries to listen on a TCP address and lets go at once.
	Listen func(addr string) error
	// Holder names who listens on a TCP address, where this user may see it.
	Holder func(addr string) (name string, pid int, found bool)
	// Addresses are the ways to reach a port of this machine, best first.
	Addresses func(port int) ([]api.Address, error)
	// Multicast tells whether an interface that leads to others has it.
	Multicast func() bool

	ReadFile func(path string) ([]byte, error)
	Exists   func(path string) bool
	Getenv   func(name string) string
	User     string // the name of this user

	// Free is the space in bytes that this user may still fill at a path.
	Free func(path string) (int64, error)
	// OpenFiles is the number of files that a process may open; 0 if unknown.
	OpenFiles func() uint64
	// Unsynchronised tells whether the kernel reports a clock that nothing sets.
	Unsynchronised func() bool
	Now            func() time.Time
	Built          time.Time // when this program was made; zero: unknown

	// ControlGroup is nil where this process has a part of the tree of its own.
	ControlGroup func() error
	// Takeover says why the ports of programs cannot be held here; empty: they can.
	Takeover func() string
	// Lingers tells whether the user's services run without a login.
	Lingers func() bool
	// Manager is nil where this user's own systemd answers.
	Manager func(ctx context.Context) error
}

// Camera is one camera, as services/camera lists it.
type Camera struct {
	Device  string
	Card    string
	HeldBy  string // the process that has it open: "cheese, pid 12"; empty: none that is visible
	Error   string // why it cannot be used; empty: it can
	Formats []string
}

// This describes the machine that the program runs on. The caller adds the
// configuration, the instance and the cameras.
func This(getenv func(string) string) *Machine {
	m := &Machine{
		Listen:         listen,
		Holder:         holder,
		Addresses:      func(port int) ([]api.Address, error) { return addresses.URLs("", port) },
		Multicast:      multicast,
		ReadFile:       os.ReadFile,
		Exists:         exists,
		Getenv:         getenv,
		Free:           free,
		OpenFiles:      openFiles,
		Unsynchronised: unsynchronised,
		Now:            time.Now,
		ControlGroup:   func() error { _, err := cgroup.Find(); return err },
		Takeover:       func() string { return filter.Explain(filter.Probe()) },
		Lingers:        boot.Lingers,
		Manager:        func(ctx context.Context) error { _, err := boot.Open(ctx); return err },
		Cameras:        func() ([]Camera, error) { return nil, errors.New("nobody looks for cameras here") },
	}
	if u, err := user.Current(); err == nil {
		m.User = u.Username
	}
	return m
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func listen(addr string) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return ln.Close()
}

func holder(addr string) (string, int, bool) {
	h, found := portholder.Find("tcp", addr)
	return h.Name, h.PID, found
}

func multicast() bool {
	all, err := net.Interfaces()
	if err != nil {
		return false
	}
	for _, i := range all {
		const wanted = net.FlagUp | net.FlagMulticast
		if i.Flags&wanted == wanted && i.Flags&net.FlagLoopback == 0 {
			return true
		}
	}
	return false
}

// nearest returns the closest folder above path that exists. A missing path would be
// made below it.
func (m *Machine) nearest(path string) string {
	for !m.Exists(path) && filepath.Dir(path) != path {
		path = filepath.Dir(path)
	}
	return path
}

// number reads a file that holds one number, as those below /proc/sys do.
func (m *Machine) number(path string) (int64, bool) {
	text, err := m.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(trim(text), 10, 64)
	return n, err == nil
}
