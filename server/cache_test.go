package server

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestCacheKeepsItsSizeAndTheUsed(t *testing.T) {
	c := newCache()
	body := make([]byte, maxEntryBytes)
	for i := range 1000 {
		c.Put(fmt.Sprintf("/%d", i), Entry{Body: body})
		if c.get([]byte("/0"), time.Now()) == nil {
			t.Fatalf("after %d entries the one in constant use is gone", i)
		}
		if c.size > maxCacheBytes {
			t.Fatalf("%d bytes, want at most %d", c.size, maxCacheBytes)
		}
	}
	for i := range 1000 {
		c.Drop(fmt.Sprintf("/%d", i))
	}
	if c.size != 0 || len(c.entries) != 0 {
		t.Errorf("after all is dropped: %d bytes in %d entries", c.size, len(c.entries))
	}
}

func TestCacheRefusesWhatIsNotForAll(t *testing.T) {
	c := newCache()
	for name, e := range map[string]Entry{
		"too large": {Body: make([]byte, maxEntryBytes+1)},
		"varies":    {Header: http.Header{"Vary": {"Accept"}}},
		"personal":  {Header: http.Header{"set-cookie": {"a=b"}}},
	} {
		c.Put("/", Entry{})
		if c.Put("/", e) || c.get([]byte("/"), time.Now()) != nil {
			t.Errorf("%s: kept, or the old answer still given", name)
		}
	}
}

func TestValidIsAskedAtMostEvery200ms(t *testing.T) {
	var asked atomic.Int64
	var valid atomic.Bool
	valid.Store(true)
	c := newCache()
	c.Put("/", Entry{Valid: func() bool { asked.Add(1); return valid.Load() }})
	start := time.Now()
	for i := range 1000 {
		if c.get([]byte("/"), start.Add(time.Duration(i)*time.Millisecond)) == nil {
			t.Fatal("a valid entry is gone")
		}
	}
	if n := asked.Load(); n < 3 || n > 5 {
		t.Errorf("asked %d times in a second, want at most 5", n)
	}
	valid.Store(false)
	if c.get([]byte("/"), start.Add(1300*time.Millisecond)) != nil {
		t.Error("an entry that is not valid any more is given")
	}
	c.Put("/", Entry{Valid: func() bool { panic("oh") }})
	if c.get([]byte("/"), time.Now().Add(time.Second)) != nil {
		t.Error("an entry whose Valid panics is given")
	}
}
