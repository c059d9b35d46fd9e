//go:build linux

package supervisor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// script is a service of the shell, without a port.
func script(name, text string) configs.Service {
	s := exe(name, "unused")
	s.Exec, s.Port, s.StopTimeout = []string{"/bin/sh", "-c", text}, -1, time.Minute
	return s
}

const slowly = `trap 'sleep 0.3; echo %s tidied up; exit' TERM; echo %[1]s waits; while :; do sleep 0.05; done`

func TestTheChildrenOfAStoppedServiceHaveItsTimeToo(t *testing.T) {
	child := fmt.Sprintf(slowly, "child")
	for name, command := range map[string]string{
		"a shell that waits for its child":       `sh -c "` + child + `"; echo end`,
		"a child that made a session of its own": `setsid sh -c "` + child + `" & wait`,
		"a daemon":                               `(setsid sh -c "` + child + `" &) ; while :; do sleep 0.05; done`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, script("tree", command))
			r.waitLogged("tree", "child waits")
			if err := r.Stop(r.ctx(), "tree"); err != nil {
				t.Fatal(err)
			}
			if got := r.logged("tree"); !strings.Contains(got, "child tidied up") {
				t.Errorf("its log is %q", got)
			}
			if s := r.service("tree"); s.State != api.Stopped || s.LastExit == nil || s.LastExit.Signal == "killed" {
				t.Errorf("it is %+v", s)
			}
		})
	}
}

func TestWhoIsLeftOfATreeIsKilledAfterTheTimeout(t *testing.T) {
	tree := script("tree", `setsid sh -c "trap '' TERM; echo pid \$\$; while :; do sleep 0.05; done" & wait`)
	tree.StopTimeout = 300 * time.Millisecond
	r := newRig(t, tree)
	r.waitLogged("tree", "pid ")
	var pid int
	if _, err := fmt.Sscanf(r.logged("tree"), "pid %d", &pid); err != nil {
		t.Fatal(err)
	}
	if err := r.Stop(r.ctx(), "tree"); err != nil {
		t.Fatal(err)
	}
	if alive(pid) {
		t.Error("it lives")
	}
}

func TestASecondStopKillsWhatIsLeft(t *testing.T) {
	r := newRig(t, script("stubborn", `trap '' TERM; echo deaf; while :; do sleep 0.05; done`))
	r.waitLogged("stubborn", "deaf")
	first := make(chan error, 1)
	go func() { first <- r.Stop(r.ctx(), "stubborn") }()
	r.waitState("stubborn", api.Stopping)
	if err := r.Stop(r.ctx(), "stubborn"); err != nil {
		t.Fatal(err)
	}
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if s := r.service("stubborn"); s.State != api.Stopped || s.LastExit.Signal != "killed" {
		t.Errorf("it is %+v", s)
	}
}

func TestADownWithForceWaitsForNothing(t *testing.T) {
	stubborn := script("stubborn", `trap '' TERM; echo deaf; while :; do sleep 0.05; done`)
	stubborn.StopTimeout = time.Hour
	r := newRig(t, stubborn)
	r.waitLogged("stubborn", "deaf")
	r.Down(false)
	r.waitState("stubborn", api.Stopping)
	r.Down(true)
	select {
	case <-r.done:
	case <-time.After(30 * time.Second):
		t.Fatal("it waits")
	}
}

func TestASignalReachesTheProcessOrAllOfThem(t *testing.T) {
	r := newRig(t, script("web", `trap 'echo leader' USR1; sh -c "trap 'echo child' USR1; echo ready; while :; do sleep 0.05; done" & while :; do sleep 0.05; done`))
	r.waitLogged("web", "ready")
	if err := r.Signal(r.ctx(), "web", api.SignalRequest{Signal: "SIGUSR1"}); err != nil {
		t.Fatal(err)
	}
	r.waitLogged("web", "leader")
	if got := r.logged("web"); strings.Contains(got, "child") {
		t.Errorf("the child heard of it too: %q", got)
	}
	if err := r.Signal(r.ctx(), "web", api.SignalRequest{Signal: fmt.Sprint(int(unix.SIGUSR1)), All: true}); err != nil {
		t.Fatal(err)
	}
	r.waitLogged("web", "child")
	if s := r.service("web"); !alive(s.PID) || s.Restarts != 0 {
		t.Errorf("it is %+v", s)
	}
}
