package server

import (
	"flag"
	"io"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/contract"
)

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		args           []string
		workers, queue int // what the pool gets; -1: refused
	}{
		{nil, 64, 256},
		{[]string{"--workers=1", "--queue=0"}, 1, 0},
		{[]string{"--workers", "4", "--queue", "8"}, 4, 8},
		{[]string{"--workers=0"}, -1, 0},
		{[]string{"--queue=-1"}, -1, 0},
		{[]string{"--queue=many"}, -1, 0},
	} {
		var cfg Config
		fs := flag.NewFlagSet("test", flag.ContinueOnError)
		fs.SetOutput(io.Discard)
		cfg.Flags(fs)
		if err := fs.Parse(c.args); err != nil {
			if c.workers != -1 {
				t.Errorf("%v: %v", c.args, err)
			}
			continue
		}
		if p := New(cfg).pool; int(p.size) != c.workers || int(p.limit) != c.queue {
			t.Errorf("%v: %d workers, queue %d; want %d, %d", c.args, p.size, p.limit, c.workers, c.queue)
		}
	}
}

func TestADrainKeepsWithinTheTimeAfterWhichTheServiceIsKilled(t *testing.T) {
	for stop, want := range map[string]time.Duration{"": 10 * time.Second, "5m0s": 270 * time.Second,
		"1s": 900 * time.Millisecond, "soon": 10 * time.Second, "-1s": 10 * time.Second} {
		t.Setenv(contract.StopTimeout, stop)
		if got := (&Config{}).withDefaults().DrainTimeout; got != want {
			t.Errorf("killed after %q: it drains for %s, want %s", stop, got, want)
		}
	}
	t.Setenv(contract.StopTimeout, "5m")
	if got := (&Config{DrainTimeout: time.Second}).withDefaults().DrainTimeout; got != time.Second {
		t.Errorf("what the program itself says became %s", got)
	}
}
