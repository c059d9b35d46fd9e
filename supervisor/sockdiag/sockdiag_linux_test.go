package sockdiag

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func open(t testing.TB) *Conn {
	t.Helper()
	c, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func listen(t testing.TB, addr string) *net.TCPListener {
	t.Helper()
	var plain net.ListenConfig
	plain.SetMultipathTCP(false)
	ln, err := plain.Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Skipf("cannot listen on %s: %v", addr, err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.(*net.TCPListener)
}

func inodeOf(t testing.TB, ln *net.TCPListener) uint32 {
	t.Helper()
	raw, err := ln.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &st) }); err != nil {
		t.Fatal(err)
	}
	return uint32(st.Ino)
}

func TestListenersAreSeenWithTheirQueueAndTheirProcess(t *testing.T) {
	c := open(t)
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", "[::]:0"} {
		ln := listen(t, addr)
		at := ln.Addr().(*net.TCPAddr).AddrPort()
		for range 3 {
			conn, err := net.Dial("tcp", at.String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
		var found []Socket
		for _, port := range []uint16{at.Port(), 0} {
			found = nil
			query := Query{Protocol: TCP, States: []State{Listen}, Port: port}
			if err := c.Dump(query, func(s *Socket) {
				if s.Local.Port() == at.Port() {
					found = append(found, *s)
				} else if port != 0 {
					t.Errorf("a dump of port %d has %v", port, s.Local)
				}
			}); err != nil {
				t.Fatal(err)
			}
			if len(found) != 1 || found[0].Local != at || found[0].Receive != 3 || found[0].Inode != inodeOf(t, ln) {
				t.Fatalf("%s is seen as %+v, with port %d asked", at, found, port)
			}
		}
		mine := false
		EachSocket(os.Getpid(), func(inode uint32) bool {
			mine = inode == found[0].Inode
			return !mine
		})
		if !mine {
			t.Errorf("%s is none of this process's sockets", at)
		}
	}
}

func TestUDPAndUnixSocketsAreSeen(t *testing.T) {
	c := open(t)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	want := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	seen := false
	query := Query{Protocol: UDP, States: []State{Closed}, Port: want.Port()}
	if err := c.Dump(query, func(s *Socket) { seen = seen || s.Local == want }); err != nil {
		t.Fatal(err)
	}
	if !seen {
		t.Errorf("%v is not seen", want)
	}
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var paths []string
	if err := c.Unix(func(s *UnixSocket) { paths = append(paths, s.Path) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(paths, path) {
		t.Errorf("%s is not among %v", path, paths)
	}
}

// A process drains: one connection waits in the queue, one is being answered,
// one is idle.
func TestAProcessIsDrainedWhenItsConnectionsAreIdle(t *testing.T) {
	c := open(t)
	ln := listen(t, "127.0.0.1:0")
	listeners, pids := []uint32{inodeOf(t, ln)}, []int{os.Getpid()}
	draining := func() Drain {
		t.Helper()
		d, err := c.Draining(listeners, pids)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	// The clients' ends are this process's too; their local ports differ.
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if d := draining(); d.Queued != 1 || d.Drained(0) {
		t.Errorf("with a client in the queue: %+v", d)
	}
	server, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if _, err := client.Write([]byte("request")); err != nil {
		t.Fatal(err)
	}
	if d := draining(); d.Queued != 0 || d.Busy != 1 || d.Drained(time.Minute) {
		t.Errorf("with a request that was not read: %+v", d)
	}
	if _, err := io.ReadFull(server, make([]byte, 7)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(idleAfter + 100*time.Millisecond)
	if d := draining(); d.Busy != 1 {
		t.Errorf("with a request that was not answered: %+v", d)
	}
	if _, err := server.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	becomes := func(want Drain, when string) {
		t.Helper()
		d := draining()
		for until := time.Now().Add(30 * time.Second); d != want && time.Now().Before(until); d = draining() {
			time.Sleep(20 * time.Millisecond)
		}
		if d != want {
			t.Errorf("%s: %+v", when, d)
		}
	}
	becomes(Drain{Idle: 1}, "a second after the answer")
	_ = client.Close()
	_ = server.Close()
	becomes(Drain{}, "closed")
}

// What the kernel tells of a connection decides whether it may be closed.
func TestAConnectionIsIdleWhenTheLastByteWasTheProgramsASecondAgo(t *testing.T) {
	const ms = time.Millisecond
	info := func(received, acked uint64, lastReceived, lastSent time.Duration) Info {
		return Info{Known: true, Received: received, Acked: acked, LastReceived: lastReceived, LastSent: lastSent}
	}
	for _, c := range []struct {
		what   string
		socket Socket
		want   Use
	}{
		{"nothing is known", Socket{}, Busy},
		{"a request is unread", Socket{Receive: 7, Info: info(7, 0, 5000*ms, 5000*ms)}, Busy},
		{"an answer is on its way", Socket{Send: 7, Info: info(7, 9, 5000*ms, 5000*ms)}, Busy},
		{"just opened", Socket{Info: info(0, 0, 900*ms, 900*ms)}, Busy},
		{"open for a second", Socket{Info: info(0, 0, 1000*ms, 1000*ms)}, Idle},
		{"the program greeted just now", Socket{Info: info(0, 20, 5000*ms, 10*ms)}, Busy},
		{"the program greeted a second ago", Socket{Info: info(0, 20, 5000*ms, 1000*ms)}, Idle},
		{"a request at once, no answer", Socket{Info: info(7, 0, 5000*ms, 5000*ms)}, Busy},
		{"a second request, no answer", Socket{Info: info(14, 9, 5000*ms, 9000*ms)}, Busy},
		{"answered just now", Socket{Info: info(7, 9, 20*ms, 10*ms)}, Busy},
		{"answered a second ago", Socket{Info: info(7, 9, 1010*ms, 1000*ms)}, Idle},
		{"in one tick, a second ago", Socket{Info: info(7, 9, 1000*ms, 1000*ms)}, Busy},
		{"in one tick, three seconds ago", Socket{Info: info(7, 9, 3000*ms, 3000*ms)}, Idle},
		{"an answer that takes long to send", Socket{Info: info(7, 9000, 9000*ms, 100*ms)}, Busy},
		{"closed by a client that never asked", Socket{State: CloseWait, Info: info(1, 0, 1000*ms, 1000*ms)}, Idle},
		{"closed by a client that waits for its answer", Socket{State: CloseWait, Info: info(8, 0, 5000*ms, 5000*ms)}, Busy},
	} {
		if got := UseOf(&c.socket); got != c.want {
			t.Errorf("%s: %v, expected %v", c.what, got, c.want)
		}
	}
}

func TestConnectionsAndBytesAreCountedExactly(t *testing.T) {
	c, m := open(t), NewMeter()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- m.Serve(ctx) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	const connections, size = 50, 5000
	for _, addr := range []string{"127.0.0.1:0", "[::]:0"} {
		ln := listen(t, addr)
		at := ln.Addr().(*net.TCPAddr).AddrPort()
		m.Watch(at)
		to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), at.Port()).String()
		ready := false
		for deadline := time.Now().Add(30 * time.Second); !ready && time.Now().Before(deadline); { // Serve has begun
			exchange(t, ln, to, 1)
			time.Sleep(10 * time.Millisecond)
			now, _ := m.Traffic(at)
			ready = now.Closed > 0
		}
		before, _ := m.Traffic(at)
		for range connections {
			exchange(t, ln, to, size)
		}
		held, err := net.Dial("tcp", to)
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		if _, err := held.Write(make([]byte, 7)); err != nil {
			t.Fatal(err)
		}
		var now Traffic
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if err := m.Sample(c); err != nil {
				t.Fatal(err)
			}
			now, _ = m.Traffic(at)
			if now.Closed-before.Closed == connections && now.Open == 1 && now.In-before.In == 3*connections+7 {
				break
			}
		}
		if now.Closed-before.Closed != connections || now.Open != 1 || now.Queued != 1 || now.Missed != 0 ||
			now.In-before.In != 3*connections+7 || now.Out-before.Out != size*connections || now.RTT <= 0 {
			t.Errorf("%s: from %+v to %+v", addr, before, now)
		}
		m.Unwatch(at)
		if _, watched := m.Traffic(at); watched {
			t.Error("it is still watched")
		}
	}
}

// exchange sends a request of 3 bytes and an answer. The server closes first
// every second time.
func exchange(t *testing.T, ln net.Listener, to string, size int) {
	t.Helper()
	client, err := net.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	server, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(server, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	_ = server.Close()
	if n, err := io.Copy(io.Discard, client); err != nil || n != int64(size) {
		t.Fatalf("the client got %d bytes, %v", n, err)
	}
}

// Notifications that the kernel dropped are made up for by the samples.
func TestConnectionsWhoseEndIsNotToldAreCountedToo(t *testing.T) {
	c, m := open(t), NewMeter()
	ln := listen(t, "127.0.0.1:0")
	at := ln.Addr().(*net.TCPAddr).AddrPort()
	m.Watch(at)
	client, err := net.Dial("tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	sample := func() Traffic {
		t.Helper()
		if err := m.Sample(c); err != nil {
			t.Fatal(err)
		}
		now, _ := m.Traffic(at)
		return now
	}
	if now := sample(); now.Open != 1 {
		t.Fatalf("open: %+v", now)
	}
	_ = client.Close()
	_ = server.Close()
	if now := sample(); now.Closed != 0 {
		t.Errorf("its notification may still come: %+v", now)
	}
	if now := sample(); now.Closed != 1 || now.Missed != 1 || now.Open != 0 {
		t.Errorf("two samples later: %+v", now)
	}
}

// One dump a second serves all services: what it costs with many connections.
func BenchmarkSampleOfManyConnections(b *testing.B) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	connections := int(min(10_000, (limit.Max-200)/2)) // both ends are this process's
	c, m := open(b), NewMeter()
	ln := listen(b, "127.0.0.1:0")
	at := ln.Addr().(*net.TCPAddr).AddrPort()
	m.Watch(at)
	for range connections {
		client, err := net.Dial("tcp", at.String())
		if err != nil {
			b.Fatal(err)
		}
		defer client.Close()
		server, err := ln.Accept()
		if err != nil {
			b.Fatal(err)
		}
		defer server.Close()
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Sample(c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(connections), "connections")
	if now, _ := m.Traffic(at); now.Open != connections {
		b.Errorf("it sees %d connections", now.Open)
	}
}
