package server

import (
	"math"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/server/auth"
)

// ownNetwork is auth.Network of ::1.
var ownNetwork = netip.IPv6Unspecified()

// addrCount is how many connections each address has.
type addrCount struct {
	mu  sync.Mutex
	all map[netip.Addr]int
}

// enter reports false when addr has max connections already.
func (a *addrCount) enter(addr netip.Addr, max int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all[addr] >= max {
		return false
	}
	a.all[addr]++
	return true
}

func (a *addrCount) leave(addr netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all[addr]--; a.all[addr] <= 0 {
		delete(a.all, addr)
	}
}

// crowdedEvery is how often at most the log says that there are too many.
const crowdedEvery = time.Minute

// admits reports whether a new connection is within the limits, and whether it
// counts for its address until conn.shut. Otherwise it counts and closes it.
// There is no answer: to write one costs what the limit is there to save.
// This machine's own address has no limit: all that a proxy brings comes from
// there.
func (s *Server) admits(nc net.Conn, from netip.Addr) (counts, ok bool) {
	if max := s.cfg.MaxConns; max > 0 && s.count.connections.Load() >= int64(max) {
		s.refuse(nc, "max_conns")
		return false, false
	}
	addr := auth.Network(from)
	if s.cfg.MaxConnsPerAddr < 0 || !addr.IsValid() || addr.IsLoopback() || addr == ownNetwork {
		return false, true
	}
	if !s.addrs.enter(addr, s.cfg.MaxConnsPerAddr) {
		s.refuse(nc, "max_conns_per_addr")
		return false, false
	}
	return true, true
}

func (s *Server) refuse(nc net.Conn, limit string) {
	s.count.connsRefused.Add(1)
	now, last := time.Now().UnixNano(), s.crowded.Load()
	if now-last >= int64(crowdedEvery) && s.crowded.CompareAndSwap(last, now) {
		s.log.Warn("too many connections: new ones are closed", "limit", limit, "remote", nc.RemoteAddr().String())
	}
	nc.Close()
}

func (c *Config) maxStreams() int64 {
	if c.MaxStreams < 0 {
		return math.MaxInt64
	}
	return int64(c.MaxStreams)
}
