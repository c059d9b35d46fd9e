package server

import (
	"flag"
	"io"
	"testing"
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
