package peer

import (
	"strings"
	"testing"
	"time"
)

const printed = `Running 1s test @ http://127.0.0.1:1/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   512.00us  100.00us   9.99ms   99.00%
    Req/Sec   127.00k     1.00k  128.00k    70.00%
  Latency Distribution
     50%  500.00us
     99%    1.37ms
  127468 requests in 1.00s, 150.00MB read
Requests/sec: 127468.50
Transfer/sec:    150.00MB
`

func TestWrkIsRead(t *testing.T) {
	l, err := ParseWrk([]byte(printed), false)
	if err != nil || l.Requests != 127468 || l.PerSecond != 127468.5 || l.P99 != 1370*time.Microsecond ||
		l.Bytes != 150<<20 {
		t.Errorf("got %+v, %v", l, err)
	}
}

// wrk writes a space after seconds.
func TestAPercentileOfSecondsIsRead(t *testing.T) {
	l, err := ParseWrk([]byte(strings.Replace(printed, "1.37ms", "1.04s ", 1)), false)
	if err != nil || l.P99 != 1040*time.Millisecond {
		t.Errorf("got %+v, %v", l, err)
	}
}

// A large answer that the end of the measurement has cut off counts in part.
func TestLargeAnswersAreCountedByTheirBytes(t *testing.T) {
	for size, want := range map[string]float64{"250.00MB": 2.5, "1.00GB": 10.24, "51200.00KB": 0.5, "104857600.00B": 1} {
		out := strings.NewReplacer("127468 requests in 1.00s, 150.00MB", "2 requests in 2.00s, "+size, "127468.50",
			"1.00").Replace(printed)
		l, err := ParseWrk([]byte(out), false)
		if l.Count(100 << 20); err != nil || l.Requests != want || l.PerSecond != want/2 {
			t.Errorf("%s: got %+v, %v; want %v", size, l, err, want)
		}
	}
}

func TestFailuresSeenByWrkAreErrors(t *testing.T) {
	non2xx := printed + "  Non-2xx or 3xx responses: 7\n"
	for name, c := range map[string]struct {
		out     string
		failing bool
		bad     bool
	}{
		"non 2xx":          {non2xx, false, true},
		"non 2xx expected": {non2xx, true, false},
		"sockets":          {printed + "  Socket errors: connect 0, read 3, write 0, timeout 0\n", true, true},
		"nothing":          {"", false, true},
		"no requests":      {strings.Replace(printed, "127468 requests", "0 requests", 1), false, true},
		"no bytes":         {strings.Replace(printed, "150.00MB read", "", 1), false, true},
		"no p99":           {strings.Replace(printed, "     99%    1.37ms\n", "", 1), false, true},
	} {
		if _, err := ParseWrk([]byte(c.out), c.failing); (err != nil) != c.bad {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
