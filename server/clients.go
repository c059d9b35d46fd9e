package server

import (
	"net"
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
	// Address has no port. "other" counts the clients for which the list had no room,
	// "local" those without an address, such as those of a unix socket.
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
