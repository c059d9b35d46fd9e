package transfer

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammarctl/ammarctl/services/files/request"
)

func TestWhoIsFastEnoughKeepsItsSlot(t *testing.T) {
	for _, c := range []struct {
		what   string
		client int64    // limit of each client
		rates  [2]int64 // of the two transfers, in bytes per second
		ended  int      // which has to leave; -1: none
	}{
		{"both are", 0, [2]int64{minSlotRate, minSlotRate}, -1},
		{"one is not", 0, [2]int64{minSlotRate, minSlotRate - 1}, 1},
		{"the slowest goes", 0, [2]int64{0, 1000}, 0},
		{"our own limit slows them", 1000, [2]int64{1000, 10}, -1},
		{"one takes nothing of what our limit allows", 1000, [2]int64{1000, 0}, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			limits := NewLimits(0, c.client)
			p := NewSlots(2, 1, limits)
			set := NewRegistry(limits)
			var ended [2]bool
			var all sync.WaitGroup
			ctx, stop := context.WithCancel(t.Context())
			for i := range c.rates {
				slot, err := p.Enter(t.Context(), fmt.Sprintf("192.0.2.%d", i))
				if err != nil {
					t.Fatal(err)
				}
				w := httptest.NewRecorder()
				r := &request.Request{Request: httptest.NewRequestWithContext(ctx, http.MethodGet, "/?zip", nil)}
				tr, err := set.Begin(w, r, Download, fmt.Sprint(i), -1)
				if err != nil {
					t.Fatal(err)
				}
				slot.Hold(tr)
				all.Go(func() {
					defer slot.Leave()
					for ticks := time.Tick(time.Second); ; {
						select {
						case <-tr.Done():
							ended[i] = ctx.Err() == nil
							return
						case <-ticks:
							tr.Add(c.rates[i])
						}
					}
				})
			}
			synctest.Wait()
			time.Sleep(time.Millisecond) // the looks are after the ticks
			slot, err := p.Enter(t.Context(), "192.0.2.9")
			if (err == nil) != (c.ended >= 0) {
				t.Errorf("%s: who waits is told %v", c.what, err)
			}
			if err == nil {
				slot.Leave()
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

func TestOneClientHasHalfTheSlotsAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewSlots(4, 2, NewLimits(0, 0))
		var held []*Slot
		for _, client := range []string{"2001:db8::1", "2001:db8::2"} {
			slot, err := p.Enter(t.Context(), client)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, slot)
		}
		began := time.Now()
		if _, err := p.Enter(t.Context(), "2001:db8::3"); err == nil || time.Since(began) != slotTimeout {
			t.Errorf("a third of one network: %v after %s", err, time.Since(began))
		}
		began = time.Now()
		for _, client := range []string{"192.0.2.1", "192.0.2.2"} {
			slot, err := p.Enter(t.Context(), client)
			if err != nil || time.Since(began) != 0 {
				t.Fatalf("another client: %v after %s", err, time.Since(began))
			}
			held = append(held, slot)
		}
		// Who waits gets what becomes free, the longest waiting first, but no
		// more than its share.
		got := make(chan string, 2)
		var all sync.WaitGroup
		for _, client := range []string{"2001:db8::4", "192.0.2.3"} {
			all.Go(func() {
				slot, err := p.Enter(t.Context(), client)
				if err != nil {
					t.Errorf("%s: %v", client, err)
					return
				}
				got <- client
				slot.Leave()
			})
			synctest.Wait()
		}
		held[2].Leave()
		if first := <-got; first != "192.0.2.3" {
			t.Errorf("%s is first", first)
		}
		held[0].Leave()
		all.Wait()
		// Nobody is left behind by one who goes away.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if slot, err := p.Enter(ctx, "192.0.2.9"); err == nil {
			slot.Leave()
		}
		held[1].Leave()
		held[3].Leave()
		if p.free != 4 || len(p.taken)+len(p.waiting) != 0 {
			t.Errorf("%d are free, %d taken, %d wait", p.free, len(p.taken), len(p.waiting))
		}
	})
}
