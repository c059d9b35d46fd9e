//go:build linux

package supervisor

import (
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func onDemand(name string, idleStop time.Duration) configs.Service {
	s := exe(name, "serve")
	s.Start, s.IdleStop = configs.StartOnDemand, idleStop
	return s
}

func TestTheFirstClientStartsAServiceAndIsServed(t *testing.T) {
	after := exe("after", "serve")
	after.After = []string{"web"}
	r := newRig(t, onDemand("web", 0), after)
	s := r.waitState("web", api.OnDemand)
	if s.PID != 0 || s.Addr == "" {
		t.Errorf("without a client it is %+v", s)
	}
	r.waitState("after", api.Ready) // what it needs is there when it asks
	pid, err := ask(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	if now := r.waitState("web", api.Ready); now.PID != pid || now.Addr != s.Addr {
		t.Errorf("pid %d answered; it is %+v", pid, now)
	}
}

func TestAServiceThatNobodyUsesEndsAndComesBackWithTheNextClient(t *testing.T) {
	r := newRig(t, onDemand("web", 300*time.Millisecond))
	addr, before := r.waitState("web", api.OnDemand).Addr, 0
	for range 3 {
		pid, err := ask(addr)
		if err != nil {
			t.Fatal(err)
		}
		if pid == before {
			t.Errorf("pid %d answers again", pid)
		}
		before = pid
		r.wait("web", "on demand again", func(s api.Service) bool { return s.State == api.OnDemand && s.PID == 0 })
		if alive(pid) {
			t.Errorf("pid %d lives on", pid)
		}
	}
	if s := r.service("web"); s.Restarts != 0 {
		t.Errorf("%d restarts are counted", s.Restarts)
	}
}

func TestAPersonStartsAndStopsAServiceThatIsOnDemand(t *testing.T) {
	r := newRig(t, onDemand("web", 0))
	addr := r.waitState("web", api.OnDemand).Addr
	if err := r.Stop(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(addr); err == nil {
		t.Error("a client of a stopped service is served")
	}
	if err := r.Start(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	s := r.waitState("web", api.Ready)
	kill(t, s.PID) // a crash is a crash
	r.wait("web", "started again", func(now api.Service) bool { return now.State == api.Ready && now.PID != s.PID })
}

func TestAServiceOnDemandOutlivesItsSupervisor(t *testing.T) {
	dir := shortFolder(t)
	services := []configs.Service{onDemand("web", 0), onDemand("used", 0)}
	used := make(chan int, 1)
	before := crashed(t, dir, services, func(list []api.Service) bool {
		if len(list) != 2 || list[0].State != api.OnDemand {
			return false
		}
		if list[1].State == api.OnDemand {
			if pid, err := ask(list[1].Addr); err == nil {
				used <- pid
			}
		}
		return list[1].State == api.Ready
	})
	r := newRigIn(t, dir, services...)
	if now := r.waitState("used", api.Ready); now.PID != <-used {
		t.Errorf("it was %+v, and is %+v", before["used"], now)
	}
	now := r.waitState("web", api.OnDemand)
	if pid, err := ask(now.Addr); err != nil || syscall.Kill(pid, 0) != nil {
		t.Errorf("pid %d, %v", pid, err)
	}
}
