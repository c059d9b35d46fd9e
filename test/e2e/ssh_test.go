//go:build linux

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// link is the network between this machine and the sshd of another one: it can
// be cut, and be slow.
type link struct {
	ln    net.Listener
	to    string
	delay atomic.Int64 // of each piece, in nanoseconds
	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
	all   sync.WaitGroup
}

func startLink(t *testing.T, to string) *link {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{ln: ln, to: to, conns: map[net.Conn]bool{}}
	l.all.Go(l.accept)
	t.Cleanup(func() {
		ln.Close()
		l.set(true)
		l.all.Wait()
	})
	return l
}

func (l *link) accept() {
	for {
		near, err := l.ln.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.to)
		l.mu.Lock()
		if err != nil || l.cut {
			near.Close()
			if err == nil {
				far.Close()
			}
			l.mu.Unlock()
			continue
		}
		l.conns[near], l.conns[far] = true, true
		l.mu.Unlock()
		l.all.Go(func() { l.copy(near, far) })
		l.all.Go(func() { l.copy(far, near) })
	}
}

// copy moves what comes, later.
func (l *link) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	type piece struct {
		at   time.Time
		text []byte
	}
	late := make(chan piece, 1<<12)
	l.all.Go(func() {
		for p := range late {
			time.Sleep(time.Until(p.at))
			if _, err := to.Write(p.text); err != nil {
				from.Close()
			}
		}
		to.Close()
	})
	defer close(late)
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			late <- piece{time.Now().Add(time.Duration(l.delay.Load())), append([]byte(nil), buf[:n]...)}
		}
		if err != nil {
			return
		}
	}
}

// set cuts the link, with what goes through it, or mends it.
func (l *link) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if cut {
		for c := range l.conns {
			c.Close()
			delete(l.conns, c)
		}
	}
}

// sshd starts a real one on loopback, for which this machine is another one
// called pi: what is started there finds the rig's folders. The ssh in the
// rig's PATH goes there over the link.
func (r *rig) sshd(t *testing.T) *link {
	t.Helper()
	need(t, "ssh", "ssh-keygen", "/usr/sbin/sshd")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" { // sshd wants its empty folder
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := r.mkdir("ssh")
	for _, name := range []string{"host", "person"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
			filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("cannot make a key: %v\n%s", err, out)
		}
	}
	port := porttest.Free(t, 1)[0]
	env := ""
	for _, kv := range r.env {
		if name, value, _ := strings.Cut(kv, "="); name == "HOME" || strings.HasPrefix(name, "XDG_") {
			env += fmt.Sprintf(" %s=%s", name, value)
		}
	}
	r.write("ssh/sshd_config", fmt.Sprintf("ListenAddress 127.0.0.1:%d\nHostKey %s/host\nAuthorizedKeysFile "+
		"%s/person.pub\nStrictModes no\nUsePAM no\nPidFile none\nLogLevel VERBOSE\nPasswordAuthentication "+
		"no\nKbdInteractiveAuthentication no\nSetEnv%s PATH=%s:/usr/bin:/bin\n", port, dir, dir, env, built.Dir))
	daemon := exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", filepath.Join(dir, "sshd_config"))
	said, err := os.Create(filepath.Join(dir, "sshd.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	daemon.Stderr = said
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
		if text, _ := os.ReadFile(said.Name()); t.Failed() {
			t.Logf("sshd said:\n%s", text[max(0, len(text)-4000):])
		}
	})
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	eventually(t, 20*time.Second, "sshd listens", func() (bool, string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return false, err.Error()
		}
		c.Close()
		return true, ""
	})
	l := startLink(t, addr)
	_, near, _ := net.SplitHostPort(l.ln.Addr().String())
	r.write("ssh/config", fmt.Sprintf("Host pi lab\n HostName 127.0.0.1\n Port %s\n User %s\n IdentityFile "+
		"%s/person\n IdentitiesOnly yes\n UserKnownHostsFile %s/known\n StrictHostKeyChecking accept-new\n", near,
		me.Username, dir, dir))
	real, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	script := r.write("bin/ssh", fmt.Sprintf("#!/bin/sh\nexec %s -F %s/config \"$@\"\n", real, dir))
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, kv := range r.env {
		if path, ok := strings.CutPrefix(kv, "PATH="); ok {
			r.env[i] = "PATH=" + filepath.Dir(script) + ":" + path
		}
	}
	return l
}

func TestAnotherMachineOverSSH(t *testing.T) {
	port := porttest.Free(t, 1)[0]
	r := newRig(t, "")
	l := r.sshd(t)
	// the folder in which a login begins
	r.write("ammar.toml", fmt.Sprintf("[service.files]\nport = %d\nroot = %q\n", port, r.mkdir("public")))
	// up must not hold ssh open with what it leaves running.
	begun := time.Now()
	if res := r.must(0, "-H", "pi", "up", "-d"); !strings.Contains(res.stdout, "files") {
		t.Errorf("up said %q", res.stdout)
	}
	t.Logf("up -d over ssh took %s", time.Since(begun).Round(time.Millisecond))
	for _, c := range []struct{ args, want string }{
		{"ps", "files"}, {"info", "supervisor"}, {"restart files", "files is ready"}, {"logs -n 50 files", "started, pid"},
		{"reload --dry-run", "nothing changed"}, {"stop files", "files is stopped"}, {"start files", "files is ready"},
		{"share --bind 127.0.0.1 --name album .", "from this machine: ammarctl -H pi unshare NAME"},
		{"unshare album", "album is shared no more"},
		{"doctor --json", "{"},
	} {
		args := append([]string{"-H", "pi"}, strings.Fields(c.args)...)
		if c.args == "doctor --json" { // whose code says what it found
			if res, err := r.run(args...); err != nil || !strings.Contains(res.stdout, c.want) {
				t.Errorf("%s: %q, %q, %v", c.args, res.stdout, res.stderr, err)
			}
			continue
		}
		if res := r.must(0, args...); !strings.Contains(res.stdout, c.want) {
			t.Errorf("%s said %q, want %q in it", c.args, res.stdout, c.want)
		}
	}
	r.must(3, "-H", "pi", "stop", "nosuch")

	// On a bad link a question takes one round trip more than ssh itself.
	l.delay.Store(int64(100 * time.Millisecond))
	begun = time.Now()
	r.must(0, "-H", "pi", "ps")
	slow := time.Since(begun)
	t.Logf("ps over a link of 200 ms took %s", slow.Round(time.Millisecond))
	if slow > 30*time.Second {
		t.Errorf("ps over a link of 200 ms took %s", slow)
	}
	l.delay.Store(0)

	l.set(true)
	res := r.must(1, "-H", "pi", "ps")
	if !strings.Contains(res.stderr, "cannot reach pi: ") {
		t.Errorf("with the link cut: %q", res.stderr)
	}
	l.set(false)
	r.must(0, "-H", "pi", "down")
	r.must(4, "-H", "pi", "ps")
}

func TestTheDashboardKeepsALostMachineAndTakesItBack(t *testing.T) {
	port := porttest.Free(t, 2)
	r := newRig(t, fmt.Sprintf("[service.files]\nport = %d\nroot = \".\"\n[service.docs]\nkind = \"files\"\nport = "+
		"%d\nroot = \".\"\n[hosts]\nlab = \"ssh://lab\"\n", port[0], port[1]))
	l := r.sshd(t)
	r.must(0, "up", "-d")
	r.waitState("docs", api.Ready, 20*time.Second)
	w := r.window(120, 40)
	w.waitFor("lab/docs") // the same instance, by another way
	l.set(true)
	w.waitFor("◌ lost")
	if s := r.ps()["docs"]; s.State != api.Ready {
		t.Errorf("docs is %s", s.State)
	}
	before := len(w.text())
	l.set(false)
	eventually(t, 60*time.Second, "the machine is back", func() (bool, string) {
		seen := w.text()[before:]
		return strings.Contains(seen, "ready"), fmt.Sprintf("%q", seen[max(0, len(seen)-1000):])
	})
	w.press("q")
	if code := w.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
