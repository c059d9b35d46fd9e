package access

import (
	"net/netip"
	"sync"
	"time"
)

const (
	freeTries  = 5                // wrong passwords that cost nothing
	firstWait  = time.Second      // then this long, doubled each time
	longest    = 15 * time.Minute // up to this
	forgetting = time.Hour        // after which a client starts anew
	maxGuessed = 4096             // clients that are remembered
)

// guard slows down whoever guesses passwords.
type guard struct {
	mu      sync.Mutex
	clients map[string]*guesses
}

type guesses struct {
	failures int
	last     time.Time
}

func newGuard() *guard { return &guard{clients: map[string]*guesses{}} }

// network is what one client can easily be many addresses of.
func network(client string) string {
	addr, err := netip.ParseAddr(client)
	if err != nil {
		return client
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, _ := addr.Prefix(64)
	return prefix.String()
}

// wait is how long client has to wait before it may try again.
func (g *guard) wait(client string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	seen := g.clients[network(client)]
	if seen == nil || seen.failures < freeTries || now.Sub(seen.last) > forgetting {
		return 0
	}
	pause := longest
	if n := seen.failures - freeTries; n < 10 {
		pause = min(firstWait<<n, longest)
	}
	return max(0, seen.last.Add(pause).Sub(now))
}

func (g *guard) failed(client string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := network(client)
	seen := g.clients[key]
	if seen == nil || now.Sub(seen.last) > forgetting {
		if len(g.clients) >= maxGuessed {
			g.forgetOldest()
		}
		seen = &guesses{}
		g.clients[key] = seen
	}
	seen.failures++
	seen.last = now
}

func (g *guard) passed(client string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.clients, network(client))
}

func (g *guard) forgetOldest() {
	var oldest string
	var at time.Time
	for key, seen := range g.clients {
		if oldest == "" || seen.last.Before(at) {
			oldest, at = key, seen.last
		}
	}
	delete(g.clients, oldest)
}
