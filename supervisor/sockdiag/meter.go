package sockdiag

import (
	"net/netip"
	"sync"
	"time"
)

// Traffic is what became of the connections to one local address.
type Traffic struct {
	Open   int    // connections, those included that no process has accepted
	Queued int    // of them, in the accept queue
	Closed uint64 // connections that have ended
	// In and Out are bytes from clients and bytes that clients have
	// acknowledged, of open and closed connections. A connection that was reset
	// may count one byte too few.
	In, Out uint64
	RTT     time.Duration // mean of the connections that were open or ended in the last sample; 0: there were none
	// Missed counts connections among Closed whose end the kernel did not tell:
	// their last bytes are not in In and Out.
	Missed uint64
}

// Meter counts the connections to local addresses: exactly, from the kernel's
// notifications about destroyed sockets, and from a dump for those that are
// open. Its methods are safe for concurrent use.
type Meter struct {
	mu      sync.Mutex
	watched map[uint16][]*watch
	open    map[uint64]entry // by cookie
	sample  uint64           // counts them
	// destroyed are the cookies of sockets that ended during a sample: the
	// dump may have seen them before.
	sampling  bool
	destroyed map[uint64]bool
	gaps      uint64 // how often the kernel dropped notifications
}

// watch is one address.
type watch struct {
	address netip.AddrPort
	users   int
	closed  Traffic // Closed, In, Out, Missed
	open    Traffic // Open, In, Out
	queued  int
	rttSum  time.Duration
	rtts    int
	rtt     time.Duration
}

// entry is a connection as the last dump saw it.
type entry struct {
	watch   *watch
	in, out uint64
	sample  uint64 // in which it was seen last
}

// NewMeter returns a Meter that watches nothing.
func NewMeter() *Meter {
	return &Meter{watched: map[uint16][]*watch{}, open: map[uint64]entry{}, destroyed: map[uint64]bool{}}
}

// Watch counts the connections to an address from now on. Each call wants a
// call of Unwatch. An unspecified IP stands for all of the machine's; an IP
// that is watched too has its connections to itself.
func (m *Meter) Watch(address netip.AddrPort) {
	address = unmap(address)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.watched[address.Port()] {
		if w.address == address {
			w.users++
			return
		}
	}
	m.watched[address.Port()] = append(m.watched[address.Port()], &watch{address: address, users: 1})
}

// Unwatch ends a Watch.
func (m *Meter) Unwatch(address netip.AddrPort) {
	address = unmap(address)
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.watched[address.Port()]
	for i, w := range all {
		if w.address != address {
			continue
		}
		if w.users--; w.users > 0 {
			return
		}
		for cookie, e := range m.open {
			if e.watch == w {
				delete(m.open, cookie)
			}
		}
		m.watched[address.Port()] = append(all[:i:i], all[i+1:]...)
		if len(m.watched[address.Port()]) == 0 {
			delete(m.watched, address.Port())
		}
		return
	}
}

// Traffic reports on an address that is watched.
func (m *Meter) Traffic(address netip.AddrPort) (Traffic, bool) {
	address = unmap(address)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.watched[address.Port()] {
		if w.address == address {
			t := w.closed
			t.Open, t.Queued, t.RTT = w.open.Open, w.queued, w.rtt
			t.In, t.Out = t.In+w.open.In, t.Out+w.open.Out
			return t, true
		}
	}
	return Traffic{}, false
}

// Gaps counts how often the kernel dropped notifications because this process
// was slow to read them.
func (m *Meter) Gaps() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gaps
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// find returns the watch that a socket counts for, the most specific one; nil
// when there is none.
func (m *Meter) find(local netip.AddrPort) *watch {
	all := m.watched[local.Port()]
	if len(all) == 0 {
		return nil
	}
	ip := local.Addr().Unmap()
	var any *watch
	for _, w := range all {
		switch at := w.address.Addr(); {
		case at == ip:
			return w
		case at.IsUnspecified() && (at.Is6() || ip.Is4()):
			any = w
		}
	}
	return any
}

// seen notes a connection that a dump shows.
func (m *Meter) seen(s *Socket) {
	w := m.find(s.Local)
	if w == nil || m.destroyed[s.Cookie] {
		return
	}
	before := m.open[s.Cookie]
	if before.watch == nil {
		w.open.Open++
	} else {
		before.watch.open.In -= before.in
		before.watch.open.Out -= before.out
	}
	e := entry{w, received(s), acknowledged(s), m.sample}
	w.open.In += e.in
	w.open.Out += e.out
	w.addRTT(s.Info)
	m.open[s.Cookie] = e
}

// acknowledged leaves out the byte that stands for the end of what this side
// sent.
func acknowledged(s *Socket) uint64 {
	switch s.State {
	case Established, CloseWait:
		return s.Info.Acked
	}
	return s.Info.Acked - min(s.Info.Acked, 1)
}

// received leaves out the byte that stands for the end of what the client
// sent. A connection that was reset has none: it counts one byte too few.
func received(s *Socket) uint64 {
	switch s.State {
	case Established, finWait1, finWait2:
		return s.Info.Received
	}
	return s.Info.Received - min(s.Info.Received, 1)
}

func (w *watch) addRTT(i Info) {
	if i.RTT > 0 {
		w.rttSum += i.RTT
		w.rtts++
	}
}

// ended notes a connection that the kernel has destroyed.
func (m *Meter) ended(s *Socket) {
	w := m.find(s.Local)
	if w == nil || s.Remote.Port() == 0 { // a listener ends as well
		return
	}
	if m.sampling {
		m.destroyed[s.Cookie] = true
	}
	m.forget(s.Cookie)
	w.closed.Closed++
	w.closed.In += received(s)
	w.closed.Out += acknowledged(s)
	w.addRTT(s.Info)
}

// forget takes a connection out of the open ones.
func (m *Meter) forget(cookie uint64) {
	if e, is := m.open[cookie]; is {
		e.watch.open.Open--
		e.watch.open.In -= e.in
		e.watch.open.Out -= e.out
		delete(m.open, cookie)
	}
}

// begin and finish enclose a dump.
func (m *Meter) begin() {
	m.sample++
	m.sampling = true
	clear(m.destroyed)
}

func (m *Meter) finish() {
	m.sampling = false
	clear(m.destroyed)
	for cookie, e := range m.open {
		// The notification of one that is missing may still be unread: it gets
		// one more sample's time.
		if e.sample+1 >= m.sample {
			continue
		}
		m.forget(cookie)
		e.watch.closed.Closed++
		e.watch.closed.Missed++
		e.watch.closed.In += e.in
		e.watch.closed.Out += e.out
	}
	for _, all := range m.watched {
		for _, w := range all {
			w.rtt = 0
			if w.rtts > 0 {
				w.rtt = w.rttSum / time.Duration(w.rtts)
			}
			w.rttSum, w.rtts = 0, 0
		}
	}
}
