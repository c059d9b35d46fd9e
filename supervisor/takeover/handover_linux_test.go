//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"errors"
	"net"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
)

// handOver replaces a program by its successor, as the supervisor does.
func handOver(t *testing.T, r *rig, old *running, port int, argv ...string) *running {
	t.Helper()
	next := r.launch(old.launch+1, true, argv...)
	r.listening(next.launch, port)
	listeners, err := r.ports.Handover()
	if err != nil {
		t.Fatal(err)
	}
	drain(t, listeners, r.members(old.launch))
	_ = syscall.Kill(-old.cmd.Process.Pid, syscall.SIGTERM)
	<-old.ended
	if err := r.ports.Finish(); err != nil {
		t.Fatal(err)
	}
	return next
}

func drain(t *testing.T, listeners []uint32, pids []int) {
	t.Helper()
	conn, err := sockdiag.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	began := time.Now()
	for {
		time.Sleep(20 * time.Millisecond)
		d, err := conn.Draining(listeners, pids)
		if err != nil {
			t.Fatal(err)
		}
		if d.Drained(time.Since(began)) {
			return
		}
		if time.Since(began) > patience {
			t.Fatalf("it does not drain: %+v", d)
		}
	}
}

func TestNoRequestIsLostInAHandover(t *testing.T) {
	t.Parallel()
	path := server(t)
	port, addr := free(t)
	r := newRig(t)
	old := r.launch(1, false, path, "http", addr)
	r.listening(1, port)
	c := hammer(16, addr, get)
	for range 4 {
		time.Sleep(200 * time.Millisecond)
		old = handOver(t, r, old, port, path, "http", addr)
	}
	time.Sleep(200 * time.Millisecond)
	c.end()
	t.Logf("answered %d by %d processes, longest wait %v", c.answered, len(c.by), c.longest)
	if len(c.refused)+len(c.reset) > 0 {
		t.Errorf("%d requests were lost: %v%v", len(c.refused)+len(c.reset), c.refused, c.reset)
	}
	if len(c.by) != 5 {
		t.Errorf("the answers are those of %d processes, want 5: %v", len(c.by), c.by)
	}
	if len(r.ports.Listeners()) != 1 {
		t.Errorf("%d listeners are held, want 1: %+v", len(r.ports.Listeners()), r.ports.Listeners())
	}
	r.kill(old) // and a crash after it is like any other
	r.launch(9, false, path, "http", addr)
	r.listening(9, port)
	if _, err := ask(addr, get); err != nil {
		t.Error(err)
	}
}

func TestNewClientsGoToTheNextProcessOnly(t *testing.T) {
	t.Parallel()
	path := server(t)
	port, addr := free(t)
	r := newRig(t)
	old := r.launch(1, false, path, "echo", addr)
	r.listening(1, port)
	next := r.launch(2, true, path, "echo", addr)
	r.listening(2, port)
	if _, err := r.ports.Handover(); err != nil {
		t.Fatal(err)
	}
	expect := func(when string, want *running) {
		t.Helper()
		for range 32 {
			if text, err := ask(addr, ""); err != nil || text != "pid "+strconv.Itoa(want.cmd.Process.Pid) {
				t.Fatalf("%s, launch %d is to answer; got %q, %v", when, want.launch, text, err)
			}
		}
	}
	expect("during a handover", next)
	if err := r.ports.Abandon(); err != nil {
		t.Fatal(err)
	}
	expect("after the handover was given up", old)
	r.kill(next)
	again := r.launch(3, true, path, "echo", addr)
	r.listening(3, port)
	if _, err := r.ports.Handover(); err != nil {
		t.Fatal(err)
	}
	expect("in the second handover", again)
	if err := r.ports.Finish(); err != nil {
		t.Fatal(err)
	}
	expect("while the process before still runs", again)
	// A program of the same user that shares the port gets no clients.
	stranger := listenShared(t, addr)
	defer stranger.Close()
	expect("with a stranger in the group", again)
	last := r.launch(4, true, path, "echo", addr)
	r.listening(4, port)
	if _, err := r.ports.Handover(); err != nil {
		t.Fatal(err)
	}
	expect("with a stranger before it in the group", last)
	r.wait("about the stranger", func(e Event) bool {
		return e.Kind == Stranger && int(e.Address.IP.Port()) == port && e.Holder == syscall.Getpid()
	})
}

// listenShared listens with SO_REUSEPORT.
func listenShared(t *testing.T, addr string) net.Listener {
	t.Helper()
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = allowSharing(int(fd)) })
	}}
	ln, err := config.Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func TestAPortThatIsTakenIsReportedWithItsHolder(t *testing.T) {
	t.Parallel()
	path := server(t)
	port, addr := free(t)
	taken := listenShared(t, addr) // even one that would share it
	defer taken.Close()
	r := newRig(t)
	p := r.launch(1, false, path, "echo", addr)
	e := r.wait("that the port is in use", func(e Event) bool { return e.Kind == InUse })
	if int(e.Address.IP.Port()) != port || e.Holder != syscall.Getpid() {
		t.Errorf("it is reported as %+v, want the port %d of process %d", e, port, syscall.Getpid())
	}
	<-p.ended
	if !strings.Contains(p.output.String(), "address already in use") {
		t.Errorf("the program wrote %s", p.output)
	}
}

func TestAProgramThatBindsItsListenerGetsIt(t *testing.T) {
	t.Parallel()
	path := server(t)
	port, addr := free(t)
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	d, err := descriptor.Of(ln.(*net.TCPListener))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r := newRig(t)
	if err := r.ports.Give(d, false); err != nil {
		t.Fatal(err)
	}
	old := r.launch(1, false, path, "echo", addr)
	r.listening(1, port)
	if text, err := ask(addr, ""); err != nil || text != "pid "+strconv.Itoa(old.cmd.Process.Pid) {
		t.Fatalf("it answers %q, %v", text, err)
	}
	r.kill(old)
	everywhere := r.launch(2, false, path, "echo", ":"+strconv.Itoa(port)) // [::], for IPv4 as well
	r.listening(2, port)
	r.wait("that it got another address", func(e Event) bool { return e.Kind == Moved && e.Address.IP.String() == addr })
	if text, err := ask(addr, ""); err != nil || text != "pid "+strconv.Itoa(everywhere.cmd.Process.Pid) {
		t.Fatalf("it answers %q, %v", text, err)
	}
	next := handOver(t, r, everywhere, port, path, "echo", addr)
	passed, err := r.ports.Passed()
	if err != nil || passed == nil {
		t.Fatalf("there is no listener to pass on: %v", err)
	}
	defer passed.Close()
	if at, err := passed.ListensOn(); err != nil || at.String() != addr {
		t.Errorf("what is passed on listens on %v, %v", at, err)
	}
	if text, err := ask(addr, ""); err != nil || text != "pid "+strconv.Itoa(next.cmd.Process.Pid) {
		t.Fatalf("after a handover it answers %q, %v", text, err)
	}
	last := handOver(t, r, next, port, path, "echo", ":"+strconv.Itoa(port))
	if text, err := ask(addr, ""); err != nil || text != "pid "+strconv.Itoa(last.cmd.Process.Pid) {
		t.Fatalf("after the second handover it answers %q, %v", text, err)
	}
	for _, held := range r.ports.Listeners() {
		if held.Address.IP.String() != addr {
			t.Errorf("the next process listens on %s: wider than what it was given, %s", held.Address, addr)
		}
	}
	if r.ports.UsesPassed(last.launch) != true {
		t.Error("a listener that the program waits on counts as unused")
	}
}

// A process that was about to take over may be all there is: the listeners of
// the crashed one are for it, also when it has not opened its own yet.
func TestTheNextProcessGetsTheListenersOfACrashedOne(t *testing.T) {
	t.Parallel()
	path := server(t)
	port, addr := free(t)
	for _, opened := range []bool{false, true} {
		r := newRig(t)
		old := r.launch(1, false, path, "echo", addr)
		r.listening(1, port)
		program := []string{path, "echo", addr}
		if !opened {
			program = append([]string{"sh", "-c", `sleep 0.3; exec "$@"`, "sh"}, program...)
		}
		next := r.launch(2, true, program...)
		if opened {
			r.listening(2, port)
		}
		r.kill(old)
		if err := r.ports.Begin(2, false); err != nil {
			t.Fatal(err)
		}
		if text, err := ask(addr, ""); err != nil || text != "pid "+strconv.Itoa(next.cmd.Process.Pid) {
			t.Errorf("opened %v: it answers %q, %v", opened, text, err)
		}
		if got := r.ports.Listeners(); len(got) != 1 {
			t.Errorf("opened %v: %+v are held", opened, got)
		}
		r.kill(next)
		if err := r.ports.Release(); err != nil {
			t.Fatal(err)
		}
	}
}

// A service may move to another port: the next process gets that listener, and
// the previous one is let go.
func TestANextProcessMayGetAnotherListener(t *testing.T) {
	t.Parallel()
	path := server(t)
	port, addr := free(t)
	there, elsewhere := free(t)
	r := newRig(t)
	give := func(addr string, give func(*descriptor.Descriptor, bool) error) {
		t.Helper()
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		d, err := descriptor.Of(ln.(*net.TCPListener))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := give(d, false); err != nil {
			t.Fatal(err)
		}
	}
	give(addr, r.ports.Give)
	old := r.launch(1, false, path, "echo", addr)
	r.listening(1, port)
	if err := r.ports.Begin(2, true); err != nil {
		t.Fatal(err)
	}
	give(elsewhere, r.ports.GiveNext)
	next := r.launchBegun(2, path, "echo", elsewhere)
	r.listening(2, there)
	if _, err := r.ports.Handover(); err != nil {
		t.Fatal(err)
	}
	r.kill(old)
	if err := r.ports.Finish(); err != nil {
		t.Fatal(err)
	}
	if text, err := ask(elsewhere, ""); err != nil || text != "pid "+strconv.Itoa(next.cmd.Process.Pid) {
		t.Errorf("it answers %q, %v", text, err)
	}
	if got := r.ports.Listeners(); len(got) != 1 || got[0].Address.IP.String() != elsewhere {
		t.Errorf("held are %+v", got)
	}
}

func TestTheListenersOfAProgramAreHeldEachByItself(t *testing.T) {
	t.Parallel()
	path := server(t)
	r := newRig(t)
	ports := porttest.Free(t, 10)
	argv := []string{path, "many"}
	for _, port := range ports {
		argv = append(argv, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	old := r.launch(1, false, argv...)
	for _, port := range ports {
		r.listening(1, port)
	}
	next := r.launch(2, true, argv...)
	for _, port := range ports {
		r.listening(2, port)
	}
	if _, err := r.ports.Handover(); err != nil {
		t.Fatal(err)
	}
	r.kill(old)
	if err := r.ports.Finish(); err != nil {
		t.Fatal(err)
	}
	r.kill(next)
	last := r.launch(3, false, argv...)
	for i, port := range ports {
		r.listening(3, port)
		if text, err := ask(argv[2+i], ""); err != nil || text != "pid "+strconv.Itoa(last.cmd.Process.Pid) {
			t.Errorf("%s answers %q, %v", argv[2+i], text, err)
		}
	}
	if got := len(r.ports.Listeners()); got != len(ports) {
		t.Errorf("%d listeners are held, want %d", got, len(ports))
	}
}

func TestAListenerThatTheProgramClosedIsReleased(t *testing.T) {
	t.Parallel()
	path := server(t)
	port, addr := free(t)
	r := newRig(t)
	r.launch(1, false, path, "close", addr)
	r.listening(1, port)
	deadline := time.Now().Add(patience)
	for now := time.Now(); ; now = now.Add(closedAfter) {
		r.ports.Audit(now)
		if e, found := r.has(Closed); found && int(e.Address.IP.Port()) == port {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not reported")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := ask(addr, ""); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a client of a closed port sees %v", err)
	}
}

func TestUDPIsHeldAndHandedOver(t *testing.T) {
	t.Parallel()
	path := server(t)
	port := porttest.Free(t, 1)[0] + 1 // its own number is reserved as a UDP port
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	askUDP := func() string {
		conn, err := net.Dial("udp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		buf := make([]byte, 64)
		if _, err := conn.Write([]byte("?")); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(buf[:n]))
	}
	r := newRig(t)
	p := r.launch(1, false, path, "udp", addr)
	r.listening(1, port)
	if got := askUDP(); got != "pid "+strconv.Itoa(p.cmd.Process.Pid) {
		t.Errorf("it answers %q", got)
	}
	r.kill(p)
	old := r.launch(2, false, path, "udp", addr)
	r.listening(2, port)
	next := r.launch(3, true, path, "udp", addr)
	r.listening(3, port)
	if _, err := r.ports.Handover(); err != nil {
		t.Fatal(err)
	}
	for range 16 {
		if got := askUDP(); got != "pid "+strconv.Itoa(next.cmd.Process.Pid) {
			t.Fatalf("during a handover %q answers", got)
		}
	}
	r.kill(old)
	if err := r.ports.Finish(); err != nil {
		t.Fatal(err)
	}
	for range 16 {
		if got := askUDP(); got != "pid "+strconv.Itoa(next.cmd.Process.Pid) {
			t.Fatalf("after a handover %q answers", got)
		}
	}
}

func TestWithoutCopiesOfDescriptorsThePortIsHeldToo(t *testing.T) {
	t.Parallel()
	path := server(t)
	port, addr := free(t)
	r := newRig(t)
	r.ports.noCopies = true
	crashes(t, r, 2, port, addr, "", path, "thread", addr)
}

func TestA32BitProgramIsHeldToo(t *testing.T) {
	t.Parallel()
	if runtime.GOARCH != "amd64" {
		t.Skip("the 32-bit programs of this processor are not built here")
	}
	path, err := build("386")
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(path, "nothing").Run(); errors.Is(err, syscall.ENOEXEC) {
		t.Skip("this kernel runs no 32-bit programs")
	}
	for _, how := range []string{"echo", "thread"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			port, addr := free(t)
			crashes(t, newRig(t), 2, port, addr, "", path, how, addr)
		})
	}
}
