package files

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// stalled is a client that takes nothing. As a connection's, its writes end at
// their deadline.
type stalled struct {
	once sync.Once
	gone chan struct{}
}

func (c *stalled) Header() http.Header { return http.Header{} }
func (c *stalled) WriteHeader(int)     {}

func (c *stalled) Write([]byte) (int, error) {
	<-c.gone
	return 0, errors.New("too late")
}

func (c *stalled) SetWriteDeadline(at time.Time) error {
	if !at.IsZero() && !at.After(time.Now()) {
		c.once.Do(func() { close(c.gone) })
	}
	return nil
}

// fetch asks for the folder as zip until it is ended.
func (c *stalled) fetch(s share, addr string) {
	defer func() { _ = recover() }() // as net/http does
	r := streamed(http.MethodGet, "/?zip", nil)
	r.RemoteAddr = addr
	s.h.ServeHTTP(c, r)
}

func TestClientsThatStallDoNotKeepOthersFromAnArchive(t *testing.T) {
	root := tree(t, map[string]string{"a.bin": strings.Repeat("x", 4<<20)})
	synctest.Test(t, func(t *testing.T) {
		s := newShare(t, root)
		clients := make([]stalled, archives)
		var all sync.WaitGroup
		for i := range clients {
			clients[i].gone = make(chan struct{})
			all.Go(func() { clients[i].fetch(s, fmt.Sprintf("192.0.2.%d:1000", 10+i)) })
		}
		synctest.Wait()
		began := time.Now()
		status, body := s.get("/?zip")
		if took := time.Since(began); status != http.StatusOK || len(body) < 4<<20 || took != watched {
			t.Errorf("another gets %d with %d bytes after %s", status, len(body), took)
		}
		if left := len(s.h.transfers.list(time.Now())); left != archives-1 {
			t.Errorf("%d of %d are left", left, archives)
		}
		for i := range clients {
			_ = clients[i].SetWriteDeadline(time.Now())
		}
		all.Wait()
	})
}

func TestWhoIsFastEnoughKeepsItsPlace(t *testing.T) {
	for _, c := range []struct {
		what   string
		client int64    // limit of each client
		rates  [2]int64 // of the two transfers, in bytes per second
		ended  int      // which has to leave; -1: none
	}{
		{"both are", 0, [2]int64{slowRate, slowRate}, -1},
		{"one is not", 0, [2]int64{slowRate, slowRate - 1}, 1},
		{"the slowest goes", 0, [2]int64{0, 1000}, 0},
		{"our own limit slows them", 1000, [2]int64{1000, 10}, -1},
		{"one takes nothing of what our limit allows", 1000, [2]int64{1000, 0}, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlaces(2, 1, newLimits(0, c.client))
			set := newTransfers()
			var ended [2]bool
			var all sync.WaitGroup
			ctx, stop := context.WithCancel(t.Context())
			for i := range c.rates {
				place, err := p.enter(t.Context(), fmt.Sprintf("192.0.2.%d", i))
				if err != nil {
					t.Fatal(err)
				}
				w := &stalled{gone: make(chan struct{})}
				r := &request{Request: streamed(http.MethodGet, "/?zip", nil).WithContext(ctx)}
				tr, err := set.begin(w, r, directionDown, fmt.Sprint(i), -1)
				if err != nil {
					t.Fatal(err)
				}
				place.hold(tr)
				all.Go(func() {
					defer place.leave()
					for ticks := time.Tick(time.Second); ; {
						select {
						case <-tr.ctx.Done():
							ended[i] = ctx.Err() == nil
							return
						case <-ticks:
							tr.add(c.rates[i])
						}
					}
				})
			}
			synctest.Wait()
			time.Sleep(time.Millisecond) // the looks are after the ticks
			place, err := p.enter(t.Context(), "192.0.2.9")
			if (err == nil) != (c.ended >= 0) {
				t.Errorf("%s: who waits is told %v", c.what, err)
			}
			if err == nil {
				place.leave()
			}
			stop()
			all.Wait()
			for i := range ended {
				if ended[i] != (i == c.ended) {
					t.Errorf("%s: transfer %d ended: %t", c.what, i, ended[i])
				}
			}
		})
	}
}

func TestOneClientHasHalfThePlacesAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(4, 2, newLimits(0, 0))
		var held []*place
		for _, client := range []string{"2001:db8::1", "2001:db8::2"} {
			place, err := p.enter(t.Context(), client)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, place)
		}
		began := time.Now()
		if _, err := p.enter(t.Context(), "2001:db8::3"); err == nil || time.Since(began) != placeWait {
			t.Errorf("a third of one network: %v after %s", err, time.Since(began))
		}
		began = time.Now()
		for _, client := range []string{"192.0.2.1", "192.0.2.2"} {
			place, err := p.enter(t.Context(), client)
			if err != nil || time.Since(began) != 0 {
				t.Fatalf("another client: %v after %s", err, time.Since(began))
			}
			held = append(held, place)
		}
		// Who waits gets what becomes free, the longest waiting first, but no
		// more than its share.
		got := make(chan string, 2)
		var all sync.WaitGroup
		for _, client := range []string{"2001:db8::4", "192.0.2.3"} {
			all.Go(func() {
				place, err := p.enter(t.Context(), client)
				if err != nil {
					t.Errorf("%s: %v", client, err)
					return
				}
				got <- client
				place.leave()
			})
			synctest.Wait()
		}
		held[2].leave()
		if first := <-got; first != "192.0.2.3" {
			t.Errorf("%s is first", first)
		}
		held[0].leave()
		all.Wait()
		// Nobody is left behind by one who goes away.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if place, err := p.enter(ctx, "192.0.2.9"); err == nil {
			place.leave()
		}
		held[1].leave()
		held[3].leave()
		if p.free != 4 || len(p.taken)+len(p.waiting) != 0 {
			t.Errorf("%d are free, %d taken, %d wait", p.free, len(p.taken), len(p.waiting))
		}
	})
}
