//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"testing"
	"time"
)

// crashes kills a program again and again while clients come, and returns what
// they saw.
func crashes(t *testing.T, r *rig, times int, port int, addr, request string, argv ...string) *clients {
	t.Helper()
	p := r.launch(1, false, argv...)
	r.listening(1, port)
	c := hammer(4, addr, request)
	for i := range times {
		time.Sleep(150 * time.Millisecond)
		r.kill(p)
		time.Sleep(20 * time.Millisecond)
		p = r.launch(i+2, false, argv...)
		r.listening(i+2, port)
	}
	time.Sleep(150 * time.Millisecond)
	c.end()
	t.Logf("answered %d, refused %d, reset %d, longest wait %v",
		c.answered, len(c.refused), len(c.reset), c.longest.Round(time.Millisecond))
	if len(c.refused) > 0 {
		t.Errorf("%d clients were refused: %v", len(c.refused), c.refused[0])
	}
	if c.answered < times {
		t.Errorf("only %d clients were answered; the others saw %v", c.answered, c.reset)
	}
	return c
}

func TestNoClientIsRefusedWhenAServerCrashes(t *testing.T) {
	t.Parallel()
	path := server(t)
	for _, how := range []string{"echo", "http", "thread", "fork", "reexec", "storm", "twice"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			port, addr := free(t)
			request := ""
			if how == "http" {
				request = get
			}
			crashes(t, newRig(t), 3, port, addr, request, path, how, addr)
		})
	}
}

// A program that tries out other addresses of its port at its start frees the
// one that is held, and so it may refuse clients for that moment.
func TestAProgramThatLooksForAFreePortFindsItsOwn(t *testing.T) {
	t.Parallel()
	path := server(t)
	port, addr := free(t)
	r := newRig(t)
	for launch := 1; launch <= 3; launch++ {
		p := r.launch(launch, false, path, "probe", addr)
		r.wait("that it listens where it is told to", func(e Event) bool {
			return e.Kind == Listening && e.Launch == launch && e.Address.IP.String() == addr && int(e.Address.IP.Port()) == port
		})
		r.kill(p)
	}
}
