package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// clientsKept bounds the list of clients. Those without a connection, unseen
// for longest, make room.
const clientsKept = 1024

// Client is one address that has used the server.
type Client struct {
	// Address is without a port; "other" are those for which the list had no
	// room, "local" those who have no address, such as a unix socket's.
	Address     string    `json:"address"`
	Connections int64     `json:"connections"`
	Requests    uint64    `json:"requests"`
	Bytes       uint64    `json:"bytes"` // sent to it, headers included
	Since       time.Time `json:"since"` // its first connection
	Last        time.Time `json:"last"`  // its newest connection's start
}

// client counts for one address. A connection keeps its pointer, so that a
// request costs one addition and no look-up.
type client struct {
	addr            netip.Addr
	connections     int64 // under clientList.mu, as are the times
	since, last     time.Time
	requests, bytes atomic.Uint64
}

type clientList struct {
	mu    sync.Mutex
	all   map[netip.Addr]*client
	other *client
}

func newClientList() *clientList {
	return &clientList{all: map[netip.Addr]*client{}, other: new(client)}
}

// addrOf is the address at the other end of nc; the zero Addr where there is
// none, as with a unix socket.
func addrOf(nc net.Conn) netip.Addr {
	remote := nc.RemoteAddr()
	if tcp, ok := remote.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	from, _ := netip.ParseAddrPort(remote.String())
	return from.Addr().Unmap()
}

// enter counts a connection from addr until leave.
func (l *clientList) enter(addr netip.Addr, now time.Time) *client {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.all[addr]
	if c == nil && (len(l.all) < clientsKept || l.makeRoom()) {
		c = &client{addr: addr}
		l.all[addr] = c
	} else if c == nil {
		c = l.other
	}
	if c.since.IsZero() {
		c.since = now
	}
	c.last = now
	c.connections++
	return c
}

func (l *clientList) leave(c *client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.connections--
}

func (l *clientList) makeRoom() bool {
	var oldest *client
	for _, c := range l.all {
		if c.connections == 0 && (oldest == nil || c.last.Before(oldest.last)) {
			oldest = c
		}
	}
	if oldest == nil {
		return false
	}
	delete(l.all, oldest.addr)
	return true
}

// Clients lists the addresses that use the server or have used it, at most
// 1024 of them and the newest connection first. It is also GET /clients on the
// control socket.
func (s *Server) Clients() []Client {
	l := s.clients
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Client, 0, len(l.all)+1)
	add := func(c *client, address string) {
		list = append(list, Client{address, c.connections, c.requests.Load(), c.bytes.Load(), c.since, c.last})
	}
	for _, c := range l.all {
		address := "local"
		if c.addr.IsValid() {
			address = c.addr.String()
		}
		add(c, address)
	}
	if !l.other.since.IsZero() {
		add(l.other, "other")
	}
	slices.SortFunc(list, func(a, b Client) int { return b.Last.Compare(a.Last) })
	return list
}

// Stats is what one server has done and does.
type Stats struct {
	Since       time.Time `json:"since"` // when New made it
	Requests    uint64    `json:"requests"`
	BytesSent   uint64    `json:"bytes_sent"`
	Connections int64     `json:"connections"`
	Streams     int64     `json:"streams"`
	Workers     int       `json:"workers"`
	Busy        int       `json:"busy"`
	Queued      int       `json:"queued"`
	Rejected    uint64    `json:"rejected"`
}

// Stats are of this server only, however many the process has.
func (s *Server) Stats() Stats {
	busy, queued := s.pool.load()
	st := Stats{Since: s.since, BytesSent: s.count.bytes.Load(), Connections: s.count.connections.Load(),
		Streams: s.count.streams.Load(), Workers: int(s.pool.size), Busy: int(busy), Queued: int(queued),
		Rejected: s.pool.rejected.Load()}
	for code := range s.count.codes {
		st.Requests += s.count.codes[code].Load()
	}
	return st
}

func (s *Server) serveClients(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Clients()) }
func (s *Server) serveStats(w http.ResponseWriter, _ *http.Request)   { writeJSON(w, s.Stats()) }

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone: nobody to tell
}

type connKey struct{}

// withConn tells the full lane's requests which connection they are of.
func withConn(ctx context.Context, nc net.Conn) context.Context {
	if t, ok := nc.(*tls.Conn); ok {
		nc = t.NetConn()
	}
	if c, ok := nc.(*conn); ok {
		return context.WithValue(ctx, connKey{}, c)
	}
	return ctx
}

// arrived counts a request of the full lane for its client.
// It reports whether it is the last that its connection may bring.
func arrived(r *http.Request) (last bool) {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok {
		c.served.Store(true)
		c.client.requests.Add(1)
		last = c.asked.Add(1) >= maxRequests
	}
	return last
}
