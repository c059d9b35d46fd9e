//go:build linux

package faults

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// refused are the failures of clients that found no listener.
func refused(failures []failure) (left []failure) {
	for _, f := range failures {
		if errors.Is(f.err, syscall.ECONNREFUSED) {
			left = append(left, f)
		}
	}
	return left
}

// logLoad ends a load, logs what became of it, and wants that nothing was lost
// but what a death explains.
func logLoad(t *testing.T, what string, l *load, deaths []death) {
	t.Helper()
	answered, failures := l.end()
	t.Logf("%s: %d answered, %d failed, %d refused", what, answered, len(failures), len(refused(failures)))
	if left := unexplained(failures, deaths); len(left) > 0 || answered == 0 {
		t.Errorf("%s: %d answered, lost %v", what, answered, left)
	}
	if left := refused(failures); len(left) > 0 {
		t.Errorf("%s: refused %v", what, left)
	}
}

// The first program of the first page, written as a stranger writes it.
func TestAWebServerThatKnowsNothingOfItRefusesNoClientAndLosesNoRequest(t *testing.T) {
	t.Parallel()
	_, err := exec.LookPath("python3")
	needs(t, err == nil, "python3")
	port := porttest.Free(t, 1)[0]
	r := newRig(t, fmt.Sprintf(`[service.web]
exec = ["python3", "-m", "http.server", "%d"]
port = %[1]d
`, port))
	r.write("work/index.html", "hello")
	r.up()
	web := r.reaches("web", api.Ready)
	if len(web.Listens) != 1 || web.NoTakeover != "" {
		t.Errorf("it listens on %v; %s", web.Listens, web.NoTakeover)
	}
	var deaths []death
	l := startLoad(port, 4, 5*time.Millisecond)
	for range 3 {
		deaths = append(deaths, r.kills(web.PID))
		web = r.replaced("web", web.PID)
	}
	logLoad(t, "three crashes", l, deaths)
	l = startLoad(port, 4, 5*time.Millisecond)
	for range 3 {
		r.must(0, "restart", "web")
		web = r.replaced("web", web.PID)
	}
	logLoad(t, "three restarts", l, nil)
	r.must(0, "stop", "web")
	if _, err := fetch(l.url); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a client of a stopped service sees %v", err)
	}
	r.must(0, "start", "web")
	if _, err := fetch(l.url); err != nil {
		t.Error(err)
	}
}

// ownPort is a program that opens its port by itself, after these steps.
func ownPort(t *testing.T, before ...string) (*rig, int) {
	t.Helper()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, "", append(before, fmt.Sprintf("own=%d", port))...))
	r.up()
	return r, port
}

func TestNoBindIsLeftUnansweredWhenThoseWhoAnswerAreKilled(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*rig){
		"the supervisor": func(r *rig) { r.kill(r.info().SupervisorPID) },
		"the keeper":     func(r *rig) { r.kill(r.info().KeeperPID) },
		"both":           func(r *rig) { r.beheaded(); r.up() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, port := ownPort(t)
			url := fmt.Sprintf("http://127.0.0.1:%d/", port)
			for n := range rounds(4, 6) {
				web := r.reaches("web", api.Ready)
				r.kill(web.PID) // the next one binds in a moment
				time.Sleep(time.Duration(n) * 3 * time.Millisecond)
				kill(r)
				if _, err := fetch(url); err != nil {
					t.Fatalf("round %d: %v", n, err)
				}
				r.replaced("web", web.PID)
			}
		})
	}
}

func TestAHandoverOutlivesThoseWhoMakeIt(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*rig){
		"the supervisor": func(r *rig) { r.kill(r.info().SupervisorPID) },
		"the keeper":     func(r *rig) { r.kill(r.info().KeeperPID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, port := ownPort(t, "sleep=50ms")
			l := startLoad(port, 4, 2*time.Millisecond)
			for n := range rounds(5, 6) {
				r.reaches("web", api.Ready)
				var restarting sync.WaitGroup
				restarting.Go(func() { _, _ = r.try("restart", "web") }) // it may lose its supervisor
				time.Sleep(time.Duration(n%10) * 25 * time.Millisecond)
				kill(r)
				restarting.Wait()
				r.reaches("web", api.Ready)
			}
			logLoad(t, "killed "+name, l, nil)
			eventually(t, patience, "there is one process", func() error { return r.agrees(1) })
		})
	}
}

func TestRestartsLeakNoDescriptor(t *testing.T) {
	t.Parallel()
	r, port := ownPort(t)
	l := startLoad(port, 2, 5*time.Millisecond)
	info := r.info()
	restart := func(n int) {
		for range n {
			web := r.reaches("web", api.Ready)
			r.must(0, "restart", "web")
			r.replaced("web", web.PID)
		}
	}
	restart(3)
	supervisor, keeper := len(descriptors(info.SupervisorPID)), len(descriptors(info.KeeperPID))
	n := rounds(15, 40)
	if many, err := strconv.Atoi(os.Getenv("FAULTS_RESTARTS")); err == nil { // 1,000 take nine minutes
		n = many
	}
	restart(n)
	logLoad(t, "restarts", l, nil)
	eventually(t, patience, "no descriptor is left open", func() error {
		s, k := len(descriptors(info.SupervisorPID)), len(descriptors(info.KeeperPID))
		if s > supervisor || k > keeper {
			return fmt.Errorf("the supervisor has %d, had %d; the keeper has %d, had %d", s, supervisor, k, keeper)
		}
		return nil
	})
}

func TestAProgramThatListensElsewhereIsDegraded(t *testing.T) {
	t.Parallel()
	ports := porttest.Free(t, 2)
	r := newRig(t, service("web", ports[0], "", fmt.Sprintf("own=%d", ports[1])))
	r.must(0, "up", "-d")
	want := fmt.Sprintf("listens on %d, expected %d", ports[1], ports[0])
	r.becomes("web", "degraded", func(s api.Service) bool { return s.State == api.Degraded && s.Reason == want })
}

// On demand, the first client is in the queue while everything about it is
// killed.
func TestTheFirstClientIsServedWhateverIsKilledMeanwhile(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*rig){
		"the supervisor": func(r *rig) { r.kill(r.info().SupervisorPID) },
		"the keeper":     func(r *rig) { r.kill(r.info().KeeperPID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := porttest.Free(t, 1)[0]
			more := "start = \"on-demand\"\nidle_stop = \"300ms\""
			r := newRig(t, service("web", port, more, fmt.Sprintf("own=%d", port)))
			r.up()
			for n := range rounds(5, 6) {
				r.becomes("web", "on demand", func(s api.Service) bool { return s.State == api.OnDemand && s.PID == 0 })
				var asking sync.WaitGroup
				asking.Go(func() {
					if _, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/", port)); err != nil {
						t.Errorf("round %d: %v", n, err)
					}
				})
				time.Sleep(time.Duration(n) * 4 * time.Millisecond)
				kill(r)
				asking.Wait()
			}
		})
	}
}
