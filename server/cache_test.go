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
		if c.answers.size > maxCacheBytes {
			t.Fatalf("%d bytes, want at most %d", c.answers.size, maxCacheBytes)
		}
	}
	for i := range 1000 {
		c.Drop(fmt.Sprintf("/%d", i))
	}
	if c.answers.size != 0 || len(c.answers.entries) != 0 {
		t.Errorf("after all is dropped: %d bytes in %d entries", c.answers.size, len(c.answers.entries))
	}
}

func TestCacheRefusesWhatIsNotForAll(t *testing.T) {
	c := newCache()
	for name, e := range map[string]Entry{
		"too large":              {Body: make([]byte, maxEntryBytes+1)},
		"not 200, and too large": {Status: 404, Body: make([]byte, 32<<10)},
		"no answer of its own":   {Status: 304},
		"varies":                 {Header: http.Header{"Vary": {"Accept"}}},
		"personal":               {Header: http.Header{"set-cookie": {"a=b"}}},
	} {
		c.Put("/", Entry{})
		if c.Put("/", e) || c.get([]byte("/"), time.Now()) != nil {
			t.Errorf("%s: kept, or the old answer still given", name)
		}
	}
}

// A client that asks for names that there are not makes nothing grow, and
// pushes nothing out.
func TestNamesThatThereAreNotPushNothingOut(t *testing.T) {
	c := newCache()
	c.Put("/file", entry("body"))
	missing := Entry{Status: 404, Body: []byte("no\n")}
	if c.Put("/gone", missing) || !c.Put("/gone", missing) || c.get([]byte("/gone"), time.Now()) == nil {
		t.Error("want it kept the second time")
	}
	for i := range 20000 {
		name := fmt.Sprintf("/%d", i)
		c.Put(name, missing)
		c.Put(name, missing)
	}
	if c.refusals.size > maxRefusalBytes || c.refusals.size < maxRefusalBytes/2 {
		t.Errorf("%d bytes of refusals, want up to %d", c.refusals.size, maxRefusalBytes)
	}
	if c.get([]byte("/file"), time.Now()) == nil {
		t.Error("the file was pushed out")
	}
	c.Put("/19999", entry("it is there now"))
	if got := c.get([]byte("/19999"), time.Now()); got == nil || !got.is200() {
		t.Error("the refusal outlives the file's arrival")
	}
	for i := range 20000 {
		c.Drop(fmt.Sprintf("/%d", i))
	}
	c.Drop("/gone")
	if c.refusals.size != 0 || len(c.refusals.entries) != 0 {
		t.Errorf("after all is dropped: %d bytes in %d refusals", c.refusals.size, len(c.refusals.entries))
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
