// Command limits is what test/limits/run runs in a virtual machine: it starts
// ammarctl as an ordinary user in a control group of that user's own, with
// services that want more than they may, and looks at what becomes of them.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

const (
	delegated = "/sys/fs/cgroup/person"
	user      = 1000
)

const config = `
[service.calm]
exec = ["/check", "calm"]
port = -1

[service.eater]
exec = ["/check", "eater"]
port = -1
limits = { memory = "32MiB" }
restart = { limit = 0, delay = "100ms", max_delay = "100ms" }

[service.spinner]
exec = ["/check", "spinner"]
port = -1
limits = { cpu = 0.2 }

[service.storm]
exec = ["/check", "storm"]
port = -1
limits = { processes = 24 }

[service.daemon]
exec = ["/check", "daemon"]
port = -1
limits = { memory = "64MiB" }
`

func main() {
	if len(os.Args) > 1 {
		if err := misbehave(os.Args[1]); err != nil {
			fmt.Println(err)
			os.Exit(70)
		}
		return
	}
	c := &checks{}
	if err := c.all(); err != nil {
		c.check("the checks can be done", err)
	}
	if c.failed == 0 {
		fmt.Printf("all %d checks passed\n", c.passed)
	}
}

// checks counts and prints them.
type checks struct{ passed, failed int }

func (c *checks) check(name string, err error) {
	if err != nil {
		c.failed++
		fmt.Printf("FAIL %s: %v\n", name, err)
		return
	}
	c.passed++
	fmt.Printf("ok   %s\n", name)
}

func (c *checks) all() error {
	if err := os.WriteFile("/tmp/ammar.toml", []byte(config), 0o644); err != nil {
		return err
	}
	up, err := start(delegated)
	if err != nil {
		return err
	}
	for _, name := range []string{"calm", "spinner", "storm", "daemon"} {
		c.check(name+" gets ready", until(func() error {
			return is(name,
				func(s api.Service) bool { return s.State == api.Ready })
		}))
	}
	c.memory()
	c.processors()
	c.processes()
	c.daemon()
	c.check("a service without limits noticed nothing",
		is("calm", func(s api.Service) bool { return s.State == api.Ready && s.Restarts == 0 }))
	_ = up.Process.Signal(syscall.SIGTERM)
	c.check("the supervisor ends by itself", up.Wait())
	c.check("it leaves no control group behind", none(filepath.Glob(delegated+"/ammarctl.*")))
	return c.withoutGroup()
}

func none(groups []string, err error) error {
	if err == nil && len(groups) > 0 {
		err = fmt.Errorf("expected no group, found %s", groups)
	}
	return err
}

func (c *checks) memory() {
	c.check("memory.max is set", groupHas("eater", "memory.max", "33554432"))
	c.check("memory.swap.max is set", groupHas("eater", "memory.swap.max", "0"))
	c.check("what has too much is killed by the system and started again", until(func() error {
		return is("eater", func(s api.Service) bool {
			return s.Restarts >= 2 && s.LastExit != nil &&
				s.LastExit.Signal == "killed"
		})
	}))
	c.check("the reason is said", until(func() error {
		return said("eater",
			"which had more memory than limits.memory, 32.0 MiB")
	}))
}

func (c *checks) processors() {
	c.check("cpu.max is set", groupHas("spinner", "cpu.max", "20000 100000"))
	before, err := figure("spinner", "cpu.stat", "usage_usec")
	began := time.Now()
	time.Sleep(3 * time.Second)
	after, err2 := figure("spinner", "cpu.stat", "usage_usec")
	share := float64(after-before) / float64(time.Since(began).Microseconds())
	if err = errors.Join(err, err2); err == nil && (share > 0.3 || share <= 0) {
		err = fmt.Errorf("expected 0.2 of a core, it has %.2f", share)
	}
	c.check(fmt.Sprintf("what spins has no more than its share (%.2f of a core)", share), err)
	throttled, err := figure("spinner", "cpu.stat", "nr_throttled")
	if err == nil && throttled == 0 {
		err = errors.New("it was never throttled")
	}
	c.check("because the system holds it back", err)
}

func (c *checks) processes() {
	c.check("pids.max is set", groupHas("storm", "pids.max", "24"))
	c.check("a storm of processes is refused", until(func() error { return said("storm", "refused after") }))
	c.check("and its service goes on", is("storm", func(s api.Service) bool {
		return s.State == api.Ready &&
			s.Restarts == 0
	}))
}

func (c *checks) daemon() {
	var pid int
	c.check("a daemon has left its service", until(func() error {
		text, err := ammarctl("logs", "daemon")
		_, after, found := strings.Cut(text, "left behind: ")
		if err == nil && !found {
			err = fmt.Errorf("its log says %q", text)
		}
		if err == nil {
			pid, err = strconv.Atoi(strings.Fields(after)[0])
		}
		return err
	}))
	_, err := ammarctl("stop", "daemon")
	c.check("its service is stopped", err)
	c.check("and the daemon with it, which has hidden from everything else", until(func() error {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("process %d lives (%v)", pid, err)
		}
		return nil
	}))
}

// withoutGroup is the same where nothing is delegated.
func (c *checks) withoutGroup() error {
	up, err := start("/sys/fs/cgroup")
	if err != nil {
		return err
	}
	c.check("without a delegated group everything starts", until(func() error {
		return is("spinner", func(s api.Service) bool { return s.State == api.Ready })
	}))
	c.check("what has no effect is said", until(func() error {
		return said("spinner", "limits.cpu has no effect: no control group is this process's own: /sys/fs/cgroup is "+
			"not for this user to write")
	}))
	c.check("memory is watched instead", until(func() error { return said("eater", "limits.memory is 32") }))
	_ = up.Process.Signal(syscall.SIGTERM)
	c.check("and it ends by itself", up.Wait())
	return nil
}

// start runs a supervisor as the user, from its first moment in a group.
func start(group string) (*exec.Cmd, error) {
	for _, dir := range []string{"/tmp/run", "/tmp/state"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		if err := os.Chown(dir, user, user); err != nil {
			return nil, err
		}
	}
	folder, err := os.Open(group)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	up := person("up", "-c", "/tmp/ammar.toml", "--no-color")
	up.Stdout, up.Stderr = os.Stdout, os.Stderr
	up.SysProcAttr.UseCgroupFD, up.SysProcAttr.CgroupFD = true, int(folder.Fd())
	if err := up.Start(); err != nil {
		return nil, err
	}
	return up, until(func() error { _, err := services(); return err })
}

// person is a command of the user's.
func person(args ...string) *exec.Cmd {
	cmd := exec.Command("/ammarctl", args...)
	cmd.Dir = "/tmp"
	cmd.Env = []string{"HOME=/tmp", "PATH=/bin", "XDG_RUNTIME_DIR=/tmp/run", "XDG_STATE_HOME=/tmp/state"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	return cmd
}

func ammarctl(args ...string) (string, error) {
	out, err := person(args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ammarctl %s: %w: %s", args, err, out)
	}
	return string(out), nil
}

func services() (list []api.Service, err error) {
	text, err := ammarctl("ps", "--json")
	if err == nil {
		err = json.Unmarshal([]byte(text), &list)
	}
	return list, err
}

// is tells whether a service is as it should be.
func is(name string, wanted func(api.Service) bool) error {
	list, err := services()
	if err != nil {
		return err
	}
	err = fmt.Errorf("there is no service %s", name)
	for _, s := range list {
		if s.Name == name && wanted(s) {
			return nil
		}
		if s.Name == name {
			err = fmt.Errorf("%s is %s (%s), %d restarts, last exit %+v", name, s.State, s.Reason, s.Restarts, s.LastExit)
		}
	}
	return err
}

func said(name, text string) error {
	log, err := ammarctl("logs", "-n", "-1", name)
	if err == nil && !strings.Contains(log, text) {
		err = fmt.Errorf("expected %q in the log of %s, got %q", text, name, log)
	}
	return err
}

// group is the folder of a service's control group.
func group(service string) (string, error) {
	found, err := filepath.Glob(delegated + "/ammarctl.default." + service + ".*")
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s has no control group", service)
	}
	if err != nil {
		return "", err
	}
	return found[len(found)-1], nil
}

// groupHas waits, since a service that is being started again has none for a moment.
func groupHas(service, file, want string) error {
	return until(func() error {
		dir, err := group(service)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, file))
		if got := strings.TrimSpace(string(text)); err == nil && got != want {
			err = fmt.Errorf("expected %s, got %s", want, got)
		}
		return err
	})
}

// figure is one of a file of names and numbers.
func figure(service, file, name string) (int64, error) {
	dir, err := group(service)
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, is := strings.CutPrefix(line, name+" "); is {
			return strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		}
	}
	return 0, fmt.Errorf("expected %s in %s, got %q", name, file, text)
}

// until tries until it works, for half a minute; the emulated machine is slow.
func until(try func() error) error {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
