//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// doomed is a supervisor that is killed: it takes the filter of a launch over
// the inherited descriptor 3, and passes what it keeps over descriptor 4. With
// ANSWERS it answers so many calls, then it receives one more, and no longer
// does anything.
func doomed() error {
	store := sender{4}
	answers, err := strconv.Atoi(os.Getenv("ANSWERS"))
	if err != nil {
		return err
	}
	p := New(Config{Prefix: "web-", Keeper: store})
	if err := p.Begin(1, false); err != nil {
		return err
	}
	_ = unix.SetNonblock(3, true)
	o := &Offer{ports: p, launch: 1, file: os.NewFile(3, "launcher")}
	message, notify, err := o.receive()
	if err != nil {
		return err
	}
	j, err := newJournal(binary.LittleEndian.Uint64(message))
	if err != nil {
		return err
	}
	if err := store.Keep("web-journal-1", j.file); err != nil {
		return err
	}
	if err := store.Keep("web-calls-1", notify); err != nil {
		return err
	}
	if _, err := o.file.Write([]byte{filter.Accepted}); err != nil {
		return err
	}
	l := &launch{id: 1, bound: map[uint32]bound{}}
	if l.notifier, err = newNotifier(notify, j); err != nil {
		return err
	}
	for range answers {
		n, err := l.notifier.receive()
		if err != nil {
			return err
		}
		if err := p.answerer(l).handle(n); err != nil {
			return err
		}
	}
	n, err := l.notifier.receive()
	if err != nil {
		return err
	}
	if os.Getenv("JOURNAL") != "" {
		if err := j.write(n, true); err != nil {
			return err
		}
	}
	fmt.Println("received", n.Nr)
	time.Sleep(time.Hour)
	return nil
}

// sender is a Keeper at the other end of a socket.
type sender struct{ fd int }

func (s sender) Keep(name string, d *descriptor.Descriptor) error {
	return unix.Sendmsg(s.fd, []byte(name), unix.UnixRights(d.FD()), nil, 0)
}

func (s sender) Drop(string) error { return nil }

// A supervisor is killed while a program waits for its answer; the next one
// resumes from what the keeper has.
func TestACallOutlivesTheSupervisorThatReceivedIt(t *testing.T) {
	t.Parallel()
	if reason := Probe(); reason != filter.Taken {
		t.Skipf("this machine has no takeover: %s", reason)
	}
	for _, c := range []struct {
		name, journal string
		answers       int
	}{
		{"bind", "yes", 0}, {"bind that was not written down", "", 0},
		{"listen", "yes", 1}, {"listen that was not written down", "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			port, addr := free(t)
			offer := socketpair(t, unix.SOCK_SEQPACKET)
			store := socketpair(t, unix.SOCK_DGRAM)
			supervisor := exec.Command(self(t))
			supervisor.Env = append(os.Environ(), "TAKEOVER_TEST=supervisor",
				"ANSWERS="+strconv.Itoa(c.answers), "JOURNAL="+c.journal)
			supervisor.ExtraFiles = []*os.File{offer[0], store[0]}
			supervisor.Stderr = os.Stderr
			out, err := supervisor.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := supervisor.Start(); err != nil {
				t.Fatal(err)
			}
			_ = offer[0].Close()
			program := exec.Command(self(t), server(t), "thread", addr)
			program.Env = append(os.Environ(), "TAKEOVER_TEST=launcher")
			program.ExtraFiles = []*os.File{offer[1]}
			program.Stderr = os.Stderr
			program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			_ = offer[1].Close()
			defer func() {
				_ = syscall.Kill(-program.Process.Pid, syscall.SIGKILL)
				_ = program.Wait()
			}()
			line := make([]byte, 64)
			if n, err := out.Read(line); err != nil || !strings.HasPrefix(string(line[:n]), "received") {
				t.Fatalf("the supervisor says %q, %v", line[:n], err)
			}
			_ = supervisor.Process.Kill()
			_ = supervisor.Wait()

			p := New(Config{Prefix: "web-", Members: func(int) []int { return []int{program.Process.Pid} }})
			defer p.Close()
			if err := p.Resume(kept(t, store[1]), 1, 0); err != nil {
				t.Fatal(err)
			}
			for {
				select {
				case e := <-p.Events():
					if e.Kind != Listening || int(e.Address.IP.Port()) != port {
						t.Fatalf("the next supervisor reports %+v", e)
					}
				case <-time.After(patience):
					t.Fatal("the program waits for ever")
				case <-answers(addr):
					return
				}
			}
		})
	}
}

// answers tells when a server answers.
func answers(addr string) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		for range 1000 {
			if _, err := ask(addr, ""); err == nil {
				close(done)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return done
}

func socketpair(t *testing.T, kind int) [2]*os.File {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	files := [2]*os.File{os.NewFile(uintptr(fds[0]), "one"), os.NewFile(uintptr(fds[1]), "other")}
	t.Cleanup(func() {
		_ = files[0].Close()
		_ = files[1].Close()
	})
	return files
}

// kept reads what a sender kept.
func kept(t *testing.T, from *os.File) map[string]*descriptor.Descriptor {
	t.Helper()
	files := map[string]*descriptor.Descriptor{}
	for {
		name, control := make([]byte, 256), make([]byte, 64)
		n, controls, _, _, err := unix.Recvmsg(int(from.Fd()), name, control, unix.MSG_DONTWAIT)
		if err != nil {
			return files
		}
		messages, err := unix.ParseSocketControlMessage(control[:controls])
		if err != nil || len(messages) != 1 {
			t.Fatalf("%d descriptors came with %s: %v", len(messages), name[:n], err)
		}
		fds, err := unix.ParseUnixRights(&messages[0])
		if err != nil {
			t.Fatal(err)
		}
		files[string(name[:n])] = descriptor.New(fds[0])
	}
}

// With the filter's descriptor gone, calls fail instead of waiting.
func TestACallFailsWhenSupervisorAndKeeperAreGone(t *testing.T) {
	t.Parallel()
	_, addr := free(t)
	r := newRig(t)
	stopped := r.ports
	p := r.launch(1, false, "sh", "-c", "read x; exec "+server(t)+" thread "+addr)
	_ = p
	stopped.Close()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGCONT)
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatal("the program waits for ever")
	}
	if !strings.Contains(p.output.String(), "function not implemented") {
		t.Errorf("the program wrote %q", p.output)
	}
}

// A launcher whose supervisor is gone runs the program without takeover.
func TestALauncherWithoutSupervisorRunsTheProgram(t *testing.T) {
	t.Parallel()
	if reason := Probe(); reason != filter.Taken {
		t.Skipf("this machine has no takeover: %s", reason)
	}
	for name, end := range map[string]func(*os.File){
		"it has ended":     func(f *os.File) { _ = f.Close() },
		"it takes nothing": func(f *os.File) { _, _ = io.CopyN(io.Discard, f, 8); _ = f.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, addr := free(t)
			offer := socketpair(t, unix.SOCK_SEQPACKET)
			program := exec.CommandContext(t.Context(), self(t), server(t), "thread", addr)
			program.Env = append(os.Environ(), "TAKEOVER_TEST=launcher")
			program.ExtraFiles = []*os.File{offer[1]}
			program.Stderr = os.Stderr
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			_ = offer[1].Close()
			end(offer[0])
			defer func() {
				_ = program.Process.Kill()
				_ = program.Wait()
			}()
			select {
			case <-answers(addr):
			case <-time.After(patience):
				t.Error("it does not answer")
			}
		})
	}
}

func TestTheReasonOfALauncherArrives(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	inner := r.launch(1, false, "sleep", "3600")
	_ = inner
	// A program that starts a supervisor of its own: its launches are nested.
	offer, err := r.ports.Offer(2)
	if err != nil {
		t.Fatal(err)
	}
	defer offer.Child.Close()
	go func() { _, _ = unix.Write(offer.Child.FD(), append(make([]byte, 8), filter.Nested...)) }()
	if reason, err := offer.Wait(t.Context()); reason != filter.Nested || err != nil {
		t.Errorf("the reason is %q, %v", reason, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	silent, err := r.ports.Offer(3)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Child.Close()
	if reason, err := silent.Wait(ended); reason != filter.Unanswered || err == nil {
		t.Errorf("a launcher that sends nothing gives %q, %v", reason, err)
	}
}

func TestAddressesCompareAndOverlapAsTheKernelHasIt(t *testing.T) {
	for _, c := range []struct {
		a, b string
		only bool // a has no IPv4 clients
		want bool
	}{
		{"127.0.0.1:80", "127.0.0.1:80", false, true},
		{"127.0.0.1:80", "127.0.0.1:81", false, false},
		{"127.0.0.1:80", "127.0.0.2:80", false, false},
		{"0.0.0.0:80", "127.0.0.2:80", false, true},
		{"[::]:80", "127.0.0.2:80", false, true},
		{"[::]:80", "0.0.0.0:80", true, false},
		{"[::]:80", "[::1]:80", true, true},
		{"[::1]:80", "127.0.0.1:80", false, false},
		{"[::ffff:127.0.0.1]:80", "127.0.0.1:80", false, true},
		{"[::ffff:127.0.0.1]:80", "0.0.0.0:80", false, true},
	} {
		a, b := parseAddress(t, c.a), parseAddress(t, c.b)
		a.V6Only = c.only
		if a.Overlaps(b) != c.want || b.Overlaps(a) != c.want {
			t.Errorf("%v overlaps %v: %v and %v, want %v", a, b, a.Overlaps(b), b.Overlaps(a), c.want)
		}
	}
}

func parseAddress(t *testing.T, text string) Address {
	t.Helper()
	a := Address{Network: "tcp"}
	if err := json.Unmarshal([]byte(strconv.Quote(text)), &a.IP); err != nil {
		t.Fatal(err)
	}
	return a
}

// The calls of 32-bit programs, of which this kernel may run none.
func TestA32BitCallIsUnderstood(t *testing.T) {
	low, err := unix.MmapPtr(-1, 0, nil, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|low32)
	if err != nil || low32 == 0 {
		t.Skipf("there is no memory below 4 GiB: %v", err)
	}
	defer unix.MunmapPtr(low, 4096)
	memory := unsafe.Slice((*byte)(low), 4096)
	at := uint32(uintptr(low))
	binary.LittleEndian.PutUint32(memory[0:], 7)
	binary.LittleEndian.PutUint32(memory[4:], at+64)
	binary.LittleEndian.PutUint32(memory[8:], 16)
	copy(memory[64:], []byte{unix.AF_INET, 0, 0x1f, 0x90, 127, 0, 0, 1})
	const i386 = 0x40000003
	n := filter.Notification{PID: uint32(unix.Gettid()), Arch: i386, Nr: 102}
	n.Args = [6]uint64{filter.SocketCallBind, uint64(at)}
	c, err := parse(n)
	if err != nil || !c.bind || c.fd != 7 || c.size != 16 || c.pid != os.Getpid() {
		t.Fatalf("it is understood as %+v, %v", c, err)
	}
	asked, err := c.asked()
	if err != nil || asked.IP.String() != "127.0.0.1:8080" {
		t.Errorf("its address is %v, %v", asked, err)
	}
	n.Args[0] = filter.SocketCallListen
	if c, err := parse(n); err != nil || c.bind || c.fd != 7 {
		t.Errorf("listen is understood as %+v, %v", c, err)
	}
	n.Nr, n.Args = 361, [6]uint64{7, uint64(at + 64), 16}
	if c, err := parse(n); err != nil || !c.bind || c.fd != 7 {
		t.Errorf("bind without socketcall is understood as %+v, %v", c, err)
	}
}
