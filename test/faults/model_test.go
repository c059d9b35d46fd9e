//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// seeded is a source of randomness whose seed is printed, and can be given in
// FAULTS_SEED to see the same again.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("FAULTS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("FAULTS_SEED: %v", err)
		}
	}
	t.Logf("FAULTS_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// automaton is what the services should be like after a sequence of
// operations: the reference that the program is compared with.
type automaton struct {
	wanted map[string]bool // by service: is it to run
	pids   map[string]int  // the process that was seen last
	other  map[string]bool // it has to be another one by now
	shares int             // made so far
}

func (m *automaton) names() []string {
	var names []string
	for name := range m.wanted {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// step is one operation on the program and on the automaton.
type step struct {
	what   string
	weight int
	do     func(r *rig, m *automaton, name string) error
}

func act(verb func(*client.Client, context.Context, string) error, name string) func(*rig) error {
	return func(r *rig) error {
		ctx, cancel := timeout(patience)
		defer cancel()
		return verb(r.client(), ctx, name)
	}
}

func steps() []step {
	return []step{
		{"start", 6, func(r *rig, m *automaton, name string) error {
			m.wanted[name] = true
			return act((*client.Client).Start, name)(r)
		}},
		{"stop", 4, func(r *rig, m *automaton, name string) error {
			m.wanted[name] = false
			return act((*client.Client).Stop, name)(r)
		}},
		{"restart", 4, func(r *rig, m *automaton, name string) error {
			m.wanted[name], m.other[name] = true, true
			return act((*client.Client).Restart, name)(r)
		}},
		{"kill the service", 6, func(r *rig, m *automaton, name string) error {
			if pid := m.pids[name]; m.wanted[name] && pid != 0 && alive(pid) {
				m.other[name] = true
				r.kill(pid)
			}
			return nil
		}},
		{"restart, killed meanwhile", 2, func(r *rig, m *automaton, name string) error {
			m.wanted[name], m.other[name] = true, true
			done := make(chan error, 1)
			go func() { done <- act((*client.Client).Restart, name)(r) }()
			if pid := m.pids[name]; pid != 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL) // the restart may have ended it already
			}
			<-done // either answer is true
			return nil
		}},
		{"kill the supervisor", 3, func(r *rig, m *automaton, _ string) error {
			pid := r.info().SupervisorPID
			r.kill(pid)
			r.taken(pid)
			return nil
		}},
		{"kill the supervisor and the service", 2, func(r *rig, m *automaton, name string) error {
			info := r.info()
			r.kill(info.SupervisorPID)
			if pid := m.pids[name]; m.wanted[name] && pid != 0 && alive(pid) {
				m.other[name] = true
				r.kill(pid)
			}
			r.taken(info.SupervisorPID)
			return nil
		}},
		{"kill the keeper", 2, func(r *rig, m *automaton, _ string) error {
			info := r.info()
			r.kill(info.KeeperPID)
			r.taken(info.SupervisorPID)
			return nil
		}},
		{"kill both", 2, func(r *rig, m *automaton, _ string) error {
			r.beheaded()
			r.up()
			return nil
		}},
		{"share", 2, func(r *rig, m *automaton, _ string) error {
			m.shares++
			name := fmt.Sprintf("share-%d", m.shares)
			ctx, cancel := timeout(patience)
			defer cancel()
			m.wanted[name] = true
			for {
				_, err := r.client().Share(ctx, api.ShareRequest{Path: r.dir + "/work", Name: name, Bind: "127.0.0.1"})
				var refused *api.Error
				if !errors.As(err, &refused) || refused.Code != api.CodeConflict ||
					!strings.Contains(refused.Message, "try again") {
					return err
				}
				time.Sleep(10 * time.Millisecond) // the supervisor has only just begun
			}
		}},
		{"unshare", 2, func(r *rig, m *automaton, _ string) error {
			for _, name := range m.names() {
				if len(name) > 6 && name[:6] == "share-" {
					delete(m.wanted, name)
					delete(m.pids, name)
					delete(m.other, name)
					return act((*client.Client).Unshare, name)(r)
				}
			}
			return nil
		}},
		{"reload", 1, func(r *rig, _ *automaton, _ string) error {
			r.must(0, "reload")
			return nil
		}},
	}
}

// holds compares the program with the automaton, and what is shown with /proc.
func (m *automaton) holds(r *rig) error {
	list, err := r.ask()
	if err != nil {
		return err
	}
	var wrong []error
	if len(list) != len(m.wanted) {
		wrong = append(wrong, fmt.Errorf("%d services, expected %v", len(list), m.names()))
	}
	for _, s := range list {
		want, known := m.wanted[s.Name]
		switch {
		case !known:
			wrong = append(wrong, fmt.Errorf("%s should not be there", s.Name))
		case want && s.State != api.Ready, !want && s.State != api.Stopped:
			wrong = append(wrong, fmt.Errorf("%s is %s (%s); wanted: %v", s.Name, s.State, s.Reason, want))
		case want && m.other[s.Name] && s.PID == m.pids[s.Name]:
			wrong = append(wrong, fmt.Errorf("%s is still pid %d", s.Name, s.PID))
		case want && !m.other[s.Name] && m.pids[s.Name] != 0 && s.PID != m.pids[s.Name]:
			wrong = append(wrong, fmt.Errorf("%s was pid %d, and is %d for no reason", s.Name, m.pids[s.Name], s.PID))
		case len(s.Draining) > 0 || s.NextPID != 0:
			wrong = append(wrong, fmt.Errorf("%s is on its way: next %d, draining %v", s.Name, s.NextPID, s.Draining))
		}
	}
	return errors.Join(errors.Join(wrong...), r.agrees(1))
}

func (m *automaton) settle(r *rig) {
	list, err := r.ask()
	if err != nil {
		return
	}
	for _, s := range list {
		m.pids[s.Name] = s.PID
		if !m.wanted[s.Name] {
			m.pids[s.Name] = 0
		}
	}
	clear(m.other)
}

func TestRandomOperationsLeaveWhatTheReferenceAutomatonSays(t *testing.T) {
	t.Parallel()
	random := seeded(t)
	config, port := "", porttest.Free(t, 2)
	often := `restart = { limit = 0, delay = "1ms", max_delay = "20ms" }`
	config += service("web", port[0], often, "serve")
	config += service("solo", port[1], often+"\noverlap = false", "serve")
	config += service("worker", -1, often, "ready")
	r := newRig(t, config)
	m := &automaton{wanted: map[string]bool{"web": true, "solo": true, "worker": true}, pids: map[string]int{},
		other: map[string]bool{}}
	r.up()
	all := steps()
	total := 0
	for _, s := range all {
		total += s.weight
	}
	var history []string
	for range rounds(60, 600) {
		eventually(t, patience, fmt.Sprintf("it is as the automaton says after %v", history[max(0, len(history)-6):]),
			func() error { return m.holds(r) })
		m.settle(r)
		pick, n := random.IntN(total), 0
		for pick >= all[n].weight {
			pick -= all[n].weight
			n++
		}
		names := m.names()
		name := names[random.IntN(len(names))]
		history = append(history, all[n].what+" "+name)
		if err := all[n].do(r, m, name); err != nil {
			t.Fatalf("%v\nafter %v", err, history)
		}
	}
	eventually(t, patience, fmt.Sprintf("it is as the automaton says after %v", history),
		func() error { return m.holds(r) })
	r.must(0, "down")
	r.gone()
}
