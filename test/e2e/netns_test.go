//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// cable is a network of two addresses, this machine's and that of a namespace.
type cable struct{ ns, near, far, addr string }

// netns makes one, as root and where the kernel has it.
func netns(t *testing.T) cable {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root; a link that is cut is tested without them, too")
	}
	need(t, "ip", "ssh", "/usr/sbin/sshd")
	id := os.Getpid() % 100000
	c := cable{
		ns: fmt.Sprintf("ammar%d", id), near: fmt.Sprintf("am%da", id), far: fmt.Sprintf("am%db", id),
		addr: fmt.Sprintf("10.213.%d.", id%250+1),
	}
	if out, err := exec.Command("ip", "netns", "add", c.ns).CombinedOutput(); err != nil {
		t.Skipf("no network namespaces here: %s", out)
	}
	t.Cleanup(func() {
		_ = exec.Command("ip", "link", "del", c.near).Run()
		_ = exec.Command("ip", "netns", "del", c.ns).Run()
	})
	for _, words := range []string{
		"link add " + c.near + " type veth peer name " + c.far + " netns " + c.ns,
		"addr add " + c.addr + "1/30 dev " + c.near,
		"link set " + c.near + " up",
		"-n " + c.ns + " addr add " + c.addr + "2/30 dev " + c.far,
		"-n " + c.ns + " link set lo up",
		"-n " + c.ns + " link set " + c.far + " up",
	} {
		if out, err := exec.Command("ip", strings.Fields(words)...).CombinedOutput(); err != nil {
			t.Skipf("no network between namespaces here: ip %s: %s", words, out)
		}
	}
	return c
}

// pull takes the cable out at the far end, or puts it in: nothing is answered
// then, not even that nobody is there.
func (c cable) pull(t *testing.T, out bool) {
	t.Helper()
	state := "up"
	if out {
		state = "down"
	}
	if said, err := exec.Command("ip", "-n", c.ns, "link", "set", c.far, state).CombinedOutput(); err != nil {
		t.Fatalf("cannot set the link %s: %s", state, said)
	}
}

// slow makes the way there 200 ms longer, where the kernel can.
func (c cable) slow(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("tc", "qdisc", "add", "dev", c.near, "root", "netem", "delay",
		"200ms").CombinedOutput(); err != nil {
		t.Logf("this kernel slows nothing down: %s", out)
	}
}

// TestAPulledCableIsSeenAndMendedInATableOfTwoMachines has a machine
// vanish without a word, as behind a bad radio link.
func TestAPulledCableIsSeenAndMendedInATableOfTwoMachines(t *testing.T) {
	c := netns(t)
	port := porttest.Free(t, 1)[0]
	r := newRig(t, fmt.Sprintf("[service.files]\nport = %d\nroot = \".\"\n[hosts]\nfar = \"ssh://far\"\n", port))
	r.sshd(t) // the keys, and what ssh is told
	dir := filepath.Join(r.dir, "ssh")
	daemon := exec.Command("ip", "netns", "exec", c.ns, "/usr/sbin/sshd", "-D", "-e", "-f",
		filepath.Join(dir, "sshd_config"), "-o", "ListenAddress="+c.addr+"2:2222")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	text, err := os.ReadFile(filepath.Join(dir, "config"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("ssh/config", fmt.Sprintf("Host far\n HostName %s2\n Port 2222\n IdentityFile %s/person\n "+
		"IdentitiesOnly yes\n UserKnownHostsFile %s/known\n StrictHostKeyChecking accept-new\n%s", c.addr, dir, dir, text))
	eventually(t, 20*time.Second, "sshd listens in the namespace", func() (bool, string) {
		conn, err := net.DialTimeout("tcp", c.addr+"2:2222", time.Second)
		if err != nil {
			return false, err.Error()
		}
		conn.Close()
		return true, ""
	})
	c.slow(t)
	r.must(0, "up", "-d")
	r.waitState("files", api.Ready, 20*time.Second)
	begun := time.Now()
	if res := r.must(0, "-H", "all", "ps"); !strings.Contains(res.stdout, "far/files") {
		t.Errorf("ps of both machines:\n%s", res.stdout)
	}
	t.Logf("ps of both machines took %s", time.Since(begun).Round(time.Millisecond))
	w := r.watchAll(t)
	w.waitFor(t, func(list []api.Service) bool { return len(list) == 2 && !list[1].Lost })
	c.pull(t, true)
	w.waitFor(t, func(list []api.Service) bool { return len(list) == 2 && list[1].Lost && !list[0].Lost })
	res, err := r.run("-H", "all", "ps")
	if err != nil || res.code != 1 || !strings.Contains(res.stdout, "files") ||
		!strings.Contains(res.stderr, "cannot reach far: ") {
		t.Errorf("ps with one machine lost: %+v, %v", res, err)
	}
	c.pull(t, false)
	w.waitFor(t, func(list []api.Service) bool { return len(list) == 2 && !list[1].Lost && list[1].State == api.Ready })
}

// watched is what ps --watch says of all machines, one list after the other.
type watched struct{ lists chan []api.Service }

func (r *rig) watchAll(t *testing.T) watched {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := r.command(ctx, "-H", "all", "ps", "--watch", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w, ended := watched{make(chan []api.Service, 1000)}, make(chan struct{})
	go func() {
		defer close(ended)
		for dec := json.NewDecoder(out); ; {
			var list []api.Service
			if dec.Decode(&list) != nil {
				return
			}
			w.lists <- list
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		_ = cmd.Wait()
	})
	return w
}

func (w watched) waitFor(t *testing.T, holds func([]api.Service) bool) {
	t.Helper()
	var last []api.Service
	for deadline := time.After(120 * time.Second); ; {
		select {
		case last = <-w.lists:
			if holds(last) {
				return
			}
		case <-deadline:
			t.Fatalf("seen last: %+v", last)
		}
	}
}
