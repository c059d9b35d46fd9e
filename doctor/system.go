package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/boot"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/kind"
)

// folders are those that sockets and logs go to.
func folders(_ context.Context, m *Machine) []Finding {
	if m.DirsErr != nil {
		return []Finding{problem(m.DirsErr.Error(), "export XDG_RUNTIME_DIR=/run/user/$(id -u)")}
	}
	if err := m.Dirs.Check(); err != nil {
		return []Finding{problem(err.Error(), "remove it, or set XDG_RUNTIME_DIR to a folder of your own")}
	}
	if m.Getenv("XDG_RUNTIME_DIR") == "" && m.System == "linux" {
		return []Finding{note(fmt.Sprintf("XDG_RUNTIME_DIR is not set: the control socket is in %s", m.Dirs.Runtime),
			"commands from a session where it is set would not find this instance: export XDG_RUNTIME_DIR=/run/user/$(id -u)")}
	}
	return []Finding{ok(m.Dirs.Runtime + " is private to this user")}
}

// disk compares what logs may take with what there is.
func disk(_ context.Context, m *Machine) []Finding {
	if m.DirsErr != nil {
		return nil
	}
	where := m.nearest(m.Dirs.LogDir())
	have, err := m.Free(where)
	if err != nil {
		return nil // unknown
	}
	var want int64
	for _, s := range m.Config.Services {
		want += s.Logs.Total
	}
	const least = 16 << 20
	text := fmt.Sprintf("%s free for logs in %s; they take %s at most",
		humanize.Bytes(have), m.Dirs.LogDir(), humanize.Bytes(want))
	const do = "make room, or keep less: logs = { total = \"8MiB\" } in a service's table"
	switch {
	case have < least:
		return []Finding{problem(text, do)}
	case have < want:
		return []Finding{note(text, do)}
	}
	return []Finding{ok(text)}
}

func limits(_ context.Context, m *Machine) []Finding {
	var found []Finding
	conns, watched := 0, 0
	for _, s := range m.Config.Services {
		if kind.Of(s.Kind).Builtin {
			conns = max(conns, s.MaxConns)
		}
		watched += len(s.Watch)
	}
	if hard := m.OpenFiles(); hard > 0 {
		text := fmt.Sprintf("a process may open %d files", hard)
		switch need := uint64(conns) + 64; {
		case hard < 256:
			found = append(found, problem(text, "raise it: ulimit -Hn, or LimitNOFILE= in the unit"))
		case hard < need:
			found = append(found, note(fmt.Sprintf("%s; a service takes up to %d connections", text, conns),
				"raise the hard limit (/etc/security/limits.conf, or LimitNOFILE=), or set max_conns lower"))
		default:
			found = append(found, ok(text))
		}
	}
	if n, known := m.number("/proc/sys/fs/inotify/max_user_watches"); known {
		text := fmt.Sprintf("inotify watches %d folders at most", n)
		if watched > 0 && n < 8192 {
			found = append(found, note(text, "watch large trees only after: sudo sysctl fs.inotify.max_user_watches=65536"))
		} else {
			found = append(found, ok(text))
		}
	}
	if n, known := m.number("/proc/sys/kernel/pid_max"); known {
		text := fmt.Sprintf("process numbers go up to %d", n)
		if most, held := m.groupPids(); held {
			text = fmt.Sprintf("%s; the group of this session holds %d processes and threads at most", text, most)
			if most < 256 {
				found = append(found, note(text, "raise pids.max of the container or TasksMax= of the unit, or set "+
					"limits.threads lower"))
				return found
			}
		}
		found = append(found, ok(text))
	}
	return found
}

// groupPids is pids.max of the control group of this process, see cgroups(7).
func (m *Machine) groupPids() (int64, bool) {
	text, err := m.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if path, is := strings.CutPrefix(strings.TrimSpace(line), "0::"); is {
			return m.number(filepath.Join("/sys/fs/cgroup", path, "pids.max"))
		}
	}
	return 0, false
}

// groups is about control groups, which limits of memory and CPU need.
func groups(_ context.Context, m *Machine) []Finding {
	err := m.ControlGroup()
	if err == nil {
		return []Finding{ok("a control group is this session's own: limits.memory and limits.cpu hold for whole services")}
	}
	do := "ammarctl enable: its unit has Delegate=yes"
	for _, s := range m.Config.Services {
		if s.Limits.CPU > 0 || s.Limits.Memory > 0 {
			return []Finding{note(fmt.Sprintf("limits of %s hold in part only: %v", s.Name, err), do)}
		}
	}
	return []Finding{note("limits.cpu would not hold here: "+err.Error(), do+"; without such limits nothing is missing")}
}

// atBoot is about starting with the machine.
// portTakeover tells whether clients wait while a program restarts that opens its
// ports by itself.
func portTakeover(_ context.Context, m *Machine) []Finding {
	if why := m.Takeover(); why != "" {
		return []Finding{note("the ports of programs are not held while they restart: "+why,
			"programs that use the listener of LISTEN_FDS need nothing; clients of others are refused for a moment")}
	}
	var found []Finding
	for _, s := range m.Services {
		if s.NoTakeover != "" {
			found = append(found, note(fmt.Sprintf("the ports of %s are not held while it restarts: %s", s.Name, s.NoTakeover),
				"nothing is needed where it opens no port; takeover = false in its table says that it is meant so"))
		}
	}
	if len(found) == 0 {
		found = append(found, ok("the ports of programs are held while they restart"))
	}
	return found
}

func atBoot(ctx context.Context, m *Machine) []Finding {
	if m.System != "linux" {
		return []Finding{note("ammarctl enable is for systemd", "have what starts programs here run: ammarctl up")}
	}
	err := m.Manager(ctx)
	if err != nil {
		do := "a line of crontab -e starts it with the machine: @reboot ammarctl up -d"
		if errors.Is(err, boot.ErrNoManager) && m.Exists("/run/systemd/system") {
			do = "over ssh or su: export XDG_RUNTIME_DIR=/run/user/$(id -u); else " + do
		}
		return []Finding{note(err.Error(), do)}
	}
	if !m.Lingers() {
		return []Finding{note("the services of "+m.User+" end with the last login, when systemd starts them",
			"loginctl enable-linger; then: ammarctl enable")}
	}
	return []Finding{ok("services started by systemd run from the machine's start on: ammarctl enable")}
}

// processes is about what /proc lets this user see.
func processes(_ context.Context, m *Machine) []Finding {
	if m.System != "linux" {
		return nil
	}
	mounts, err := m.ReadFile("/proc/self/mounts")
	if err != nil {
		return []Finding{problem("there is no /proc: who holds a port, CPU and memory cannot be told, and nothing can be "+
			"adopted", "mount -t proc proc /proc, or start the container with one")}
	}
	var found []Finding
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if len(f) > 3 && f[1] == "/proc" && hidesProcesses(f[3]) {
			found = append(found, note("/proc is mounted with hidepid: who holds a port or a camera cannot be named for "+
				"other users' processes",
				"nothing is needed for the services; an administrator can leave hidepid out of /etc/fstab"))
		}
	}
	if !m.Exists("/proc/thread-self/children") {
		found = append(found, note("this kernel lists no children (no CONFIG_PROC_CHILDREN): all processes are asked for "+
			"their parent instead",
			"nothing is needed; with thousands of processes a kernel that has it is quicker"))
	}
	if len(found) == 0 {
		found = append(found, ok("/proc shows what is needed"))
	}
	return found
}

func hidesProcesses(options string) bool {
	for o := range strings.SplitSeq(options, ",") {
		if v, is := strings.CutPrefix(o, "hidepid="); is && v != "0" && v != "off" {
			return true
		}
	}
	return false
}

// clock is about the time, which certificates, logs and expiring links need.
func clock(_ context.Context, m *Machine) []Finding {
	now := m.Now()
	at := now.Format(time.DateTime)
	const cure = "sudo timedatectl set-ntp true, or: sudo date -s \"2030-01-31 12:00\""
	switch {
	case !m.Built.IsZero() && now.Before(m.Built.Add(-24*time.Hour)):
		return []Finding{problem(fmt.Sprintf("it is %s by this machine, before this program was made: HTTPS and expiring "+
			"links fail", at), cure)}
	case now.Year() < 2025:
		return []Finding{problem("it is "+at+" by this machine, long ago: HTTPS and expiring links fail", cure)}
	case m.Unsynchronised():
		return []Finding{note("it is "+at+"; nobody keeps this clock right", cure)}
	}
	return []Finding{ok("it is " + at)}
}

func trim(text []byte) string { return strings.TrimSpace(string(text)) }

// cause returns an error of net without the request's description.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
