package auth

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

var ann = netip.MustParseAddr("192.0.2.1")

func TestTheWaitDoublesAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := NewThrottle()
		c := th.client(ann, "ann")
		for range freeAttempts - 1 {
			th.failed(c, time.Now())
		}
		if th.wait(c, time.Now()) != 0 {
			t.Error("the first attempts cost a wait")
		}
		for i := range 14 {
			th.failed(c, time.Now())
			want := longestWait
			if i < 10 {
				want = time.Second << i
			}
			if got := th.wait(c, time.Now()); got != want {
				t.Errorf("wait %d = %v, want %v", i, got, want)
			}
		}
		if th.wait(th.client(netip.MustParseAddr("192.0.2.2"), "ann"), time.Now()) != 0 {
			t.Error("another address waits")
		}
		time.Sleep(longestWait)
		if wait := th.wait(c, time.Now()); wait != 0 {
			t.Errorf("after the longest wait, %v are left", wait)
		}
		if th.failed(c, time.Now()); th.wait(c, time.Now()) != longestWait {
			t.Error("the wait starts at the beginning again")
		}
		time.Sleep(forgetAfter + 1)
		if th.failed(c, time.Now()); th.wait(c, time.Now()) != 0 {
			t.Error("nothing is forgotten")
		}
	})
}

// Failures for other accounts leave an account its first attempt only.
func TestAnAddressThatTriesManyAccountsIsSuspect(t *testing.T) {
	th, now := NewThrottle(), time.Now()
	for i := range suspectAttempts {
		if wait := th.failed(th.client(ann, fmt.Sprint("user", i)), now); wait != 0 {
			t.Fatalf("attempt %d is suspect already: %v", i, wait)
		}
	}
	next := th.client(ann, "next")
	if wait := th.wait(next, now); wait != 0 {
		t.Errorf("the first attempt for an account waits %v", wait)
	}
	for _, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		if got := th.failed(next, now); got != want {
			t.Errorf("the answer to a wrong password says to wait %v, want %v", got, want)
		}
	}
	if other := th.client(netip.MustParseAddr("192.0.2.2"), "next"); th.wait(other, now) != 0 ||
		th.failed(other, now) != 0 {
		t.Error("another address is suspect too")
	}
}

func TestASuccessForgivesItsOwnFailuresOnly(t *testing.T) {
	th, now := NewThrottle(), time.Now()
	own, other := th.client(ann, "own"), th.client(ann, "other")
	for range 4 {
		th.failed(own, now)
		th.failed(other, now)
	}
	th.succeeded(own, now)
	if th.wait(own, now) != 0 || th.addresses[ann].count != 4 || th.accounts[other].count != 4 {
		t.Errorf("after a success: %+v, %+v", th.addresses[ann], th.accounts[other])
	}
	th.succeeded(other, now)
	if len(th.addresses)+len(th.accounts) != 0 {
		t.Error("buckets without failures are kept")
	}
}

func TestAddressesAreFolded(t *testing.T) {
	for text, want := range map[string]string{"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7",
		"2001:db8::1": "2001:db8::", "2001:db8:0:0:ffff::1": "2001:db8::",
		"2001:db8:0:1::1": "2001:db8:0:1::", "fe80::1%eth0": "fe80::", "::1": "::"} {
		if got := Network(netip.MustParseAddr(text)); got != netip.MustParseAddr(want) {
			t.Errorf("%s is counted as %s, want %s", text, got, want)
		}
	}
	if Network(netip.Addr{}).IsValid() {
		t.Error("no address becomes one")
	}
	for remote, want := range map[string]string{"192.0.2.7:80": "192.0.2.7", "[fe80::1%eth0]:80": "fe80::1%eth0",
		"@": "invalid IP", "": "invalid IP", "x:1": "invalid IP"} {
		if got := RemoteAddr(remote); got.String() != want {
			t.Errorf("%q is from %s, want %s", remote, got, want)
		}
	}
}

func TestTheBucketsAreBounded(t *testing.T) {
	th, now := NewThrottle(), time.Now()
	for i := range maxCounters + 100 {
		now = now.Add(time.Millisecond)
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		th.failed(th.client(addr, "x"), now)
	}
	if len(th.addresses) != maxCounters || len(th.accounts) != maxCounters {
		t.Errorf("%d addresses and %d accounts are kept", len(th.addresses), len(th.accounts))
	}
	if _, kept := th.addresses[netip.MustParseAddr("10.0.0.0")]; kept {
		t.Error("the oldest does not make room")
	}
}
