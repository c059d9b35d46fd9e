//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// campaign is a run of random faults under load.
type campaign struct {
	*rig
	random  *rand.Rand
	config  func(generation int) string
	edits   int
	deaths  map[string][]death // of killed processes, by service
	killed  map[int]bool       // the pids
	history []string           // the last ones, for a message
	ops     []operation        // all
}

// operation is a fault that was done.
type operation struct {
	at   time.Time
	what string
}

// around shows what was done about the time of a failure, and what the
// supervisor said of it.
func (c *campaign) around(name string, f failure) {
	for _, op := range c.ops {
		if d := op.at.Sub(f.from); d > -3*time.Second && d < time.Second {
			c.t.Logf("  %s %s", op.at.Format("15:04:05.000"), op.what)
		}
	}
	for _, kill := range c.deaths[name] {
		if d := kill.from.Sub(f.from); d > -3*time.Second && d < time.Second {
			c.t.Logf("  %s %s was killed, and dead after %s", kill.from.Format("15:04:05.000"), name, kill.to.Sub(kill.from))
		}
	}
	text, _ := os.ReadFile(filepath.Join(c.stateDir(), "supervisor.log"))
	for line := range strings.Lines(string(text)) {
		at, err := time.ParseInLocation("15:04:05.000", line[:min(12, len(line))], time.Local)
		if d := clockTime(at) - clockTime(f.from); err == nil && d > -3*time.Second && d < time.Second {
			c.t.Logf("  | %s", strings.TrimSpace(line))
		}
	}
}

// clockTime is how long the day is old.
func clockTime(at time.Time) time.Duration {
	h, m, s := at.Clock()
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second +
		time.Duration(at.Nanosecond())
}

// fault is one thing that goes wrong.
type fault struct {
	what   string
	weight int
	do     func(c *campaign)
}

func faults() []fault {
	return []fault{
		{"kill a service", 8, func(c *campaign) {
			name := c.any()
			if s, err := c.get(name); err == nil && s.PID != 0 {
				c.killed[s.PID] = true
				c.deaths[name] = append(c.deaths[name], c.kills(s.PID))
			}
		}},
		{"halt a service", 3, func(c *campaign) {
			if s, err := c.get(c.any()); err == nil && s.PID != 0 {
				_ = syscall.Kill(s.PID, syscall.SIGSTOP)
				c.pause(300)
				_ = syscall.Kill(s.PID, syscall.SIGCONT)
			}
		}},
		{"restart", 5, func(c *campaign) { c.command((*client.Client).Restart, c.any()) }},
		{"stop and start the worker", 3, func(c *campaign) {
			c.command((*client.Client).Stop, "worker")
			c.pause(50)
			c.command((*client.Client).Start, "worker")
		}},
		{"kill the supervisor", 5, func(c *campaign) {
			pid := c.info().SupervisorPID
			_ = syscall.Kill(pid, syscall.SIGKILL)
			c.taken(pid)
		}},
		{"kill the keeper", 3, func(c *campaign) {
			info := c.info()
			_ = syscall.Kill(info.KeeperPID, syscall.SIGKILL)
			c.taken(info.SupervisorPID)
		}},
		{"kill supervisor and keeper", 3, func(c *campaign) {
			c.calm() // a service that is just down would lose its listener
			c.beheaded()
			c.pause(100)
			c.up()
		}},
		{"kill both, with a torn state file", 2, func(c *campaign) {
			c.calm()
			c.beheaded()
			if text, err := os.ReadFile(c.stateFile()); err == nil && len(text) > 0 {
				_ = os.WriteFile(c.stateFile(), text[:c.random.IntN(len(text))], 0o600)
			}
			c.up()
		}},
		{"halt the supervisor", 2, func(c *campaign) {
			pid := c.info().SupervisorPID
			_ = syscall.Kill(pid, syscall.SIGSTOP)
			c.pause(400)
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}},
		{"clients that read nothing", 2, func(c *campaign) {
			for range 20 {
				conn := c.dial()
				fmt.Fprintf(conn, "GET /v1/watch HTTP/1.1\r\nHost: x\r\n\r\n")
				time.AfterFunc(time.Second, func() { conn.Close() })
			}
		}},
		{"garbage on the control socket", 2, func(c *campaign) {
			text := make([]byte, 1+c.random.IntN(4096))
			for i := range text {
				text[i] = byte(c.random.IntN(256))
			}
			conn := c.dial()
			_, _ = conn.Write(text)
			conn.Close()
		}},
		{"no descriptors", 2, func(c *campaign) {
			pid := c.info().SupervisorPID
			var old unix.Rlimit
			if unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &old) != nil {
				return
			}
			few := unix.Rlimit{Cur: 20, Max: old.Max}
			_ = unix.Prlimit(pid, unix.RLIMIT_NOFILE, &few, nil)
			c.pause(200)
			_ = unix.Prlimit(pid, unix.RLIMIT_NOFILE, &old, nil)
		}},
		{"an edited configuration", 3, func(c *campaign) {
			c.edits++
			c.configure(c.config(c.edits))
			c.reloaded()
		}},
		{"a half-written configuration", 2, func(c *campaign) {
			whole := c.config(c.edits)
			c.configure(whole[:len(whole)-10] + "\"")
			if res, err := c.try("reload"); err == nil && res.code == 0 {
				c.t.Error("a half-written configuration was taken")
			}
			c.configure(whole)
		}},
		{"a share", 2, func(c *campaign) {
			ctx, cancel := timeout(patience)
			defer cancel()
			s, err := c.client().Share(ctx, api.ShareRequest{Path: c.dir + "/work", Bind: "127.0.0.1"})
			if err == nil {
				c.pause(50)
				_ = c.client().Unshare(ctx, s.Name)
			}
		}},
	}
}

// any is one of those that are under load.
func (c *campaign) any() string { return []string{"web", "files", "solo"}[c.random.IntN(3)] }

func (c *campaign) pause(milliseconds int) {
	time.Sleep(time.Duration(1+c.random.IntN(milliseconds)) * time.Millisecond)
}

// command is a wish whose answer may be that it is not possible just now.
func (c *campaign) command(verb func(*client.Client, context.Context, string) error, name string) {
	ctx, cancel := timeout(patience)
	defer cancel()
	_ = verb(c.client(), ctx, name)
	if ctx.Err() != nil {
		c.t.Errorf("not answered within %s, after %v", patience, c.history)
	}
}

// reloaded applies the edited configuration, also when the supervisor has
// only just begun.
func (c *campaign) reloaded() {
	c.t.Helper()
	eventually(c.t, patience, "the configuration is in force", func() error {
		res, err := c.try("reload")
		if err == nil && res.code != 0 {
			err = errors.New(res.stderr)
		}
		return err
	})
}

// calm waits until every service is ready, and the supervisor has seen each
// kill: one that is still to come would be lost with its listener.
func (c *campaign) calm() {
	c.t.Helper()
	eventually(c.t, 2*patience, fmt.Sprintf("every service is ready after %v", c.history), func() error {
		list, err := c.ask()
		for _, s := range list {
			if s.State != api.Ready || c.killed[s.PID] || s.NextPID != 0 || len(s.Draining) > 0 {
				err = errors.Join(err, fmt.Errorf("%s is %s, next %d, draining %v: %s", s.Name, s.State, s.NextPID, s.Draining,
					s.Reason))
			}
		}
		if err == nil && len(list) != 4 {
			err = fmt.Errorf("%d services", len(list))
		}
		return err
	})
}

func seconds(t *testing.T) time.Duration {
	text := os.Getenv("FAULTS_SECONDS")
	if text == "" {
		return 8 * time.Second
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("FAULTS_SECONDS: expected a number, got %q", text)
	}
	return time.Duration(n) * time.Second
}

func TestRandomFaultsUnderLoadCostOnlyRequestsInFlight(t *testing.T) {
	if os.Getenv("FAULTS_SECONDS") == "" {
		t.Parallel() // the long run has the machine for itself
	}
	port := porttest.Free(t, 3)
	often := `restart = { limit = 0, delay = "1ms", max_delay = "50ms" }`
	config := func(generation int) string {
		edited := fmt.Sprintf("%s\nenv = { GENERATION = \"%d\" }", often, generation)
		return service("web", port[0], edited, "serve") +
			service("solo", port[1], often+"\noverlap = false", "serve") +
			service("worker", -1, often, "daemon", "linger", "ready", "tick=1ms") +
			fmt.Sprintf("[service.files]\nport = %d\nroot = \".\"\n%s\n", port[2], often)
	}
	c := &campaign{rig: newRig(t, config(0)), random: seeded(t), config: config, deaths: map[string][]death{},
		killed: map[int]bool{}}
	c.up()
	c.calm()
	before := c.held()

	loads := map[string][]*load{
		"web":   {startLoad(port[0], 2, 3*time.Millisecond)},
		"solo":  {startLoad(port[1], 1, 5*time.Millisecond)},
		"files": {startLoad(port[2], 1, 5*time.Millisecond), startKeepAlive(port[2], 1, 5*time.Millisecond)},
	}
	all := faults()
	total := 0
	for _, f := range all {
		total += f.weight
	}
	for until := time.Now().Add(seconds(t)); time.Now().Before(until) && !t.Failed(); {
		pick, n := c.random.IntN(total), 0
		for pick >= all[n].weight {
			pick -= all[n].weight
			n++
		}
		c.history = append(c.history[max(0, len(c.history)-10):], time.Now().Format("15:04:05.000 ")+all[n].what)
		c.ops = append(c.ops, operation{time.Now(), all[n].what})
		all[n].do(c)
		c.pause(150)
	}

	c.calm()
	for name, list := range loads {
		for _, l := range list {
			answered, failures := l.end()
			if left := unexplained(failures, c.deaths[name]); len(left) > 0 {
				t.Errorf("%s: failed although its process was not killed: %d times, first %v", name, len(left),
					left[:min(len(left), 5)])
				c.around(name, left[0])
			}
			t.Logf("%s: %d answered, %d failed in %d kills", name, answered, len(failures), len(c.deaths[name]))
			if answered == 0 {
				t.Errorf("%s answered nothing", name)
			}
		}
	}
	eventually(t, patience, "what is shown is what lives", func() error { return c.whole() })
	eventually(t, patience, "descriptors are as in the beginning", func() error {
		if now := c.held(); now[0] > before[0]+4 || now[1] > before[1]+4 {
			info := c.info()
			return fmt.Errorf("supervisor and keeper had %v, have %v\n%s\n%s", before, now,
				strings.Join(descriptors(info.SupervisorPID), ", "), strings.Join(descriptors(info.KeeperPID), ", "))
		}
		return nil
	})
	c.noZombies()
	c.must(0, "down")
	c.gone()
	for _, p := range port {
		take(t, p).Close()
	}
}

// held counts the descriptors of supervisor and keeper.
func (c *campaign) held() [2]int {
	info := c.info()
	supervisor, _ := usage(info.SupervisorPID)
	keeper, _ := usage(info.KeeperPID)
	return [2]int{supervisor.descriptors, keeper.descriptors}
}

// whole is agrees where worker has its two relatives.
func (c *campaign) whole() error {
	list, err := c.ask()
	if err != nil {
		return err
	}
	for _, s := range list {
		want, got := 1, c.of(s.Name)
		if s.Name == "worker" {
			want = 3
		}
		if len(got) != want || s.PID == 0 || !alive(s.PID) {
			err = errors.Join(err, fmt.Errorf("%s is pid %d, and %v live", s.Name, s.PID, got))
		}
	}
	if got := c.of(""); len(got) != 2 {
		err = errors.Join(err, fmt.Errorf("supervisor and keeper are %v", got))
	}
	return err
}
