package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/cgroup"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

// fine is a machine that lacks nothing. files are those that exist.
func fine(files map[string]string) *Machine {
	config, err := configs.Decode([]byte("[service.files]\nport = 8080\nroot = \"/srv\"\n[service.camera]\nport "+
		"= 8081\n"), "/home/anna/ammar.toml", "/home/anna")
	return &Machine{
		System: "linux", Version: "v1.2.0", Program: "/usr/local/bin/ammarctl",
		Config: config, ConfigError: err,
		Dirs: instance.Dirs{Instance: "default", Runtime: "/nowhere/at/all",
			State: "/home/anna/.local/state/ammarctl/default"},
		Cameras: func() ([]Camera, error) {
			return []Camera{{Device: "/dev/video0", Card: "Cam", Formats: []string{"MJPG 640x480"}}}, nil
		},
		Listen:    func(string) error { return nil },
		Holder:    func(string) (string, int, bool) { return "", 0, false },
		Addresses: func(int) ([]api.Address, error) { return wifi(), nil },
		Multicast: func() bool { return true },
		ReadFile: func(path string) ([]byte, error) {
			if text, is := files[path]; is {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		},
		Exists:         func(path string) bool { _, is := files[path]; return is },
		Getenv:         func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": "/run/user/1000"}[name] },
		User:           "anna",
		Free:           func(string) (int64, error) { return 10 << 30, nil },
		OpenFiles:      func() uint64 { return 1 << 20 },
		Unsynchronised: func() bool { return false },
		Now:            func() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) },
		ControlGroup:   func() error { return nil },
		Takeover:       func() string { return "" },
		Lingers:        func() bool { return true },
		Manager:        func(context.Context) error { return nil },
	}
}

func wifi() []api.Address {
	return []api.Address{
		{URL: "http://192.168.1.20:80/", Interface: "wlan0", Note: "same network"},
		{URL: "http://[fe80::1%25wlan0]:80/", Interface: "wlan0", Note: "same cable or Wi-Fi only"},
		{URL: "http://127.0.0.1:80/", Interface: "lo", Note: "this machine only"},
	}
}

func ordinary() map[string]string {
	return map[string]string{"/proc/self/mounts": "proc /proc proc rw,nosuid 0 0\n", "/proc/thread-self/children": "",
		"/proc/sys/fs/inotify/max_user_watches": "65536\n", "/proc/sys/kernel/pid_max": "32768\n"}
}

// TestEachTroubleIsFoundAndEndsInWhatToDo changes one thing of a fine machine.
func TestEachTroubleIsFoundAndEndsInWhatToDo(t *testing.T) {
	for _, c := range []struct {
		area     string
		change   func(m *Machine, files map[string]string)
		grade    Grade
		says, do string
	}{
		{"program", func(m *Machine, _ map[string]string) { m.Program = "/tmp/go-build7/b001/exe/ammarctl" }, Note,
			"temporary file", "go build"},
		{"program", func(m *Machine, _ map[string]string) { m.Info = &api.Info{Instance: "default", Version: "v1.0.0"} },
			Note, "runs version v1.0.0", "up -d"},
		{"configuration", func(m *Machine, _ map[string]string) { m.ConfigError = errors.New("cannot read it") }, Problem,
			"cannot read it", "init"},
		{"configuration", func(m *Machine, _ map[string]string) {
			_, m.ConfigError = configs.Decode([]byte("[service.files]\nprot = 1\n"), "ammar.toml", "")
		}, Problem, `ammar.toml:2:1: unknown key "prot"`, "check"},
		{"services", func(m *Machine, _ map[string]string) {
			m.Services = []api.Service{{Name: "web", State: api.Failed, Reason: "5 starts within 1m"}}
		}, Problem, "web is failed: 5 starts within 1m", "ammarctl logs web"},
		{"services", func(m *Machine, _ map[string]string) {
			m.Services = []api.Service{{Name: "web", State: api.Backoff, LastExit: &api.Exit{Text: "exit status 3"}}}
		}, Problem, "web is backoff: exit status 3", "ammarctl logs web"},
		{"ports", func(m *Machine, _ map[string]string) {
			m.Listen = func(addr string) error {
				if addr == "127.0.0.1:8080" {
					return fmt.Errorf("listen tcp: %w", syscall.EADDRINUSE)
				}
				return nil
			}
			m.Holder = func(string) (string, int, bool) { return "nginx", 12, true }
		}, Problem, "127.0.0.1:8080 for files is taken by nginx, pid 12", "port = 8082 in [service.files]"},
		{"cameras", func(m *Machine, _ map[string]string) { m.Cameras = func() ([]Camera, error) { return nil, nil } },
			Note, "no camera", "plug one in"},
		{"cameras", func(m *Machine, _ map[string]string) {
			m.Cameras = func() ([]Camera, error) {
				return []Camera{{Device: "/dev/video0", Error: "cannot open the camera /dev/video0: permission denied"}}, nil
			}
		}, Problem, "permission denied", "usermod -aG video"},
		{"cameras", func(m *Machine, _ map[string]string) {
			m.Cameras = func() ([]Camera, error) {
				return []Camera{{Device: "/dev/video0", HeldBy: "cheese, pid 9", Error: "busy"}}, nil
			}
		}, Problem, "busy", "end the program"},
		{"cameras", func(m *Machine, _ map[string]string) {
			m.Cameras = func() ([]Camera, error) { return nil, errors.New("this build has no V4L2 support") }
		}, Note, "no V4L2", "pattern"},
		{"addresses", func(m *Machine, _ map[string]string) {
			m.Addresses = func(int) ([]api.Address, error) { return wifi()[2:], nil }
		}, Problem, "no address in a network", "join a network"},
		{"addresses", func(*Machine, map[string]string) {}, Note, "only this machine reaches files, camera",
			"ammarctl share"},
		{"firewall", func(_ *Machine, files map[string]string) { files["/etc/ufw/ufw.conf"] = "# ufw\nENABLED=yes\n" },
			Note, "ufw is on", "sudo ufw allow"},
		{"firewall", func(_ *Machine, files map[string]string) { files["/run/firewalld"] = "" }, Note, "firewalld",
			"firewall-cmd"},
		{"firewall", func(_ *Machine, files map[string]string) {
			files["/proc/modules"] = "nf_tables 200000 31 nft_ct, Live 0x0\n"
		}, Note, "only root", "nft list ruleset"},
		{"names", func(m *Machine, _ map[string]string) { m.Multicast = func() bool { return false } }, Note, "multicast",
			"--qr"},
		{"folders", func(m *Machine, _ map[string]string) { m.DirsErr = errors.New("too long a path") }, Problem,
			"too long", "XDG_RUNTIME_DIR"},
		{"folders", func(m *Machine, _ map[string]string) { m.Getenv = func(string) string { return "" } }, Note,
			"is not set", "export XDG_RUNTIME_DIR"},
		{"disk", func(m *Machine, _ map[string]string) { m.Free = func(string) (int64, error) { return 1 << 20, nil } },
			Problem, "1.0 MiB free", "logs ="},
		{"disk", func(m *Machine, _ map[string]string) { m.Free = func(string) (int64, error) { return 100 << 20, nil } },
			Note, "take 128 MiB", "logs ="},
		{"limits", func(m *Machine, _ map[string]string) { m.OpenFiles = func() uint64 { return 1024 } }, Note,
			"1024 files", "LimitNOFILE"},
		{"limits", func(m *Machine, _ map[string]string) { m.OpenFiles = func() uint64 { return 64 } }, Problem, "64 files",
			"LimitNOFILE"},
		{"limits", func(m *Machine, files map[string]string) {
			files["/proc/sys/fs/inotify/max_user_watches"] = "100\n"
			m.Config.Services[0].Watch = []string{"src"}
		}, Note, "inotify watches 100", "sysctl"},
		{"limits", func(_ *Machine, files map[string]string) {
			files["/proc/self/cgroup"], files["/sys/fs/cgroup/box/pids.max"] = "0::/box\n", "50\n"
		}, Note, "50 processes", "pids.max"},
		{"groups", func(m *Machine, _ map[string]string) {
			m.ControlGroup = func() error { return &cgroup.NotDelegatedError{Why: "read-only"} }
		}, Note, "read-only", "ammarctl enable"},
		{"groups", func(m *Machine, _ map[string]string) {
			m.ControlGroup = func() error { return &cgroup.NotDelegatedError{Why: "read-only"} }
			m.Config.Services[0].Limits.CPU = 0.5
		}, Note, "limits of files hold in part", "ammarctl enable"},
		{"takeover", func(m *Machine, _ map[string]string) {
			m.Config.Services = append(m.Config.Services, configs.NewService("web", configs.KindExec))
			m.Takeover = func() string { return "it needs Linux 5.9" }
		}, Note, "not held while they restart: it needs Linux 5.9", "LISTEN_FDS"},
		{"takeover", func(m *Machine, _ map[string]string) {
			m.Config.Services = append(m.Config.Services, configs.NewService("web", configs.KindExec))
			m.Services = []api.Service{{Name: "web", NoTakeover: "the program changes its user"}}
		}, Note, "the ports of web are not held", "takeover = false"},
		{"boot", func(m *Machine, _ map[string]string) { m.Lingers = func() bool { return false } }, Note, "last login",
			"enable-linger"},
		{"boot", func(m *Machine, _ map[string]string) {
			m.Manager = func(context.Context) error { return errors.New("no systemd") }
		}, Note, "no systemd", "@reboot"},
		{"processes", func(_ *Machine, files map[string]string) { delete(files, "/proc/self/mounts") }, Problem, "no /proc",
			"mount"},
		{"processes", func(_ *Machine, files map[string]string) {
			files["/proc/self/mounts"] = "proc /proc proc rw,hidepid=invisible 0 0\n"
		}, Note, "hidepid", "nothing is needed"},
		{"processes", func(_ *Machine, files map[string]string) { delete(files, "/proc/thread-self/children") }, Note,
			"CONFIG_PROC_CHILDREN", "nothing is needed"},
		{"clock", func(m *Machine, _ map[string]string) { m.Now = func() time.Time { return time.Unix(0, 0) } }, Problem,
			"1970", "timedatectl"},
		{"clock", func(m *Machine, _ map[string]string) { m.Built = m.Now().AddDate(0, 2, 0) }, Problem,
			"before this program", "timedatectl"},
		{"clock", func(m *Machine, _ map[string]string) { m.Unsynchronised = func() bool { return true } }, Note,
			"nobody keeps", "timedatectl"},
	} {
		files := ordinary()
		m := fine(files)
		c.change(m, files)
		r := Examine(t.Context(), m, c.area)
		found := false
		for _, f := range r.Findings {
			found = found || f.Area == c.area && f.Grade == c.grade && strings.Contains(f.Text, c.says) &&
				strings.Contains(f.Do, c.do)
		}
		if !found {
			t.Errorf("%s: expected a %s that says %q and to do %q; found %+v", c.area, c.grade, c.says, c.do, r.Findings)
		}
	}
}

func TestAMachineThatLacksNothingHasNoProblem(t *testing.T) {
	r := Examine(t.Context(), fine(ordinary()))
	seen := map[string]bool{}
	for _, f := range r.Findings {
		seen[f.Area] = true
		if f.Grade != OK && f.Area != "addresses" {
			t.Errorf("%+v", f)
		}
	}
	for _, area := range Areas() {
		if !seen[area] && area != "services" {
			t.Errorf("nothing is said of %s", area)
		}
	}
}

func TestOurOwnServiceIsNoStrangerOnItsPort(t *testing.T) {
	m := fine(ordinary())
	m.Listen = func(string) error { return syscall.EADDRINUSE }
	m.Services = []api.Service{{Name: "files", State: api.Ready, PID: 7, Addr: "127.0.0.1:8080"}, {Name: "camera",
		State: api.Stopped, Addr: "127.0.0.1:8081"}}
	if r := Examine(t.Context(), m, "ports"); r.Problems > 0 || len(r.Findings) != 2 {
		t.Errorf("%+v", r)
	}
}

// TestThisMachineIsExamined looks for real: whatever is found, each finding
// that is not fine says what to do.
func TestThisMachineIsExamined(t *testing.T) {
	m := This(func(string) string { return "" })
	m.System = runtime.GOOS
	m.Config = configs.Config{Path: configs.Embedded, Services: []configs.Service{configs.NewService("files",
		configs.KindFiles)}}
	m.Dirs = instance.Dirs{Runtime: t.TempDir() + "/none", State: t.TempDir()}
	r := Examine(t.Context(), m)
	if len(r.Findings) == 0 {
		t.Fatal("nothing was found")
	}
	for _, f := range r.Findings {
		if f.Area == "" || f.Text == "" || (f.Do == "") != (f.Grade == OK) {
			t.Errorf("%+v", f)
		}
	}
}

func TestAPortThatOurSupervisorHoldsIsNotTaken(t *testing.T) {
	m := &Machine{
		Info:   &api.Info{SupervisorPID: 12},
		Listen: func(string) error { return syscall.EADDRINUSE },
		Holder: func(string) (string, int, bool) { return "ammarctl", 12, true },
	}
	web := configs.NewService("web", configs.KindExec)
	web.Port = 9004
	m.Config.Services = []configs.Service{web}
	m.Services = []api.Service{{Name: "web", State: api.Degraded, PID: 7, Addr: "127.0.0.1:9005"}}
	found := ports(t.Context(), m)
	if len(found) != 1 || found[0].Grade != OK || !strings.Contains(found[0].Text, ":9004 is held for web") {
		t.Errorf("got %+v", found)
	}
}
