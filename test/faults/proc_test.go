//go:build linux

package faults

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// seen is one process as /proc shows it.
type seen struct {
	pid, parent int
	state       string // R, S, T, Z …
	name        string
	service     string // from its environment
	command     string
}

// processes are all that bear the rig's mark and live.
func (r *rig) processes() []seen {
	var found []seen
	for _, pid := range numbers("/proc") {
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil || !bytes.Contains(env, []byte(r.mark+"\x00")) {
			continue
		}
		p, err := look(pid)
		if err != nil || p.state == "Z" || p.state == "X" {
			continue
		}
		for _, kv := range bytes.Split(env, []byte{0}) {
			if name, is := strings.CutPrefix(string(kv), contract.Service+"="); is {
				p.service = name
			}
		}
		found = append(found, p)
	}
	return found
}

func look(pid int) (seen, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return seen{}, err
	}
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	fields := strings.Fields(string(stat[end+1:]))
	parent, err := strconv.Atoi(fields[1])
	command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return seen{
		pid: pid, parent: parent, state: fields[0], name: string(stat[open+1 : end]),
		command: strings.ReplaceAll(strings.TrimRight(string(command), "\x00"), "\x00", " "),
	}, err
}

// of lists the live processes of a service.
func (r *rig) of(service string) (pids []int) {
	for _, p := range r.processes() {
		if p.service == service {
			pids = append(pids, p.pid)
		}
	}
	return pids
}

// zombies counts the unreaped children of a process.
func zombies(parent int) int {
	n := 0
	for _, pid := range numbers("/proc") {
		if p, err := look(pid); err == nil && p.parent == parent && p.state == "Z" {
			n++
		}
	}
	return n
}

func numbers(dir string) (found []int) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			found = append(found, n)
		}
	}
	return found
}

// use is what a process holds of the machine.
type use struct{ descriptors, threads, rss int }

func usage(pid int) (use, error) {
	u := use{descriptors: len(numbers(fmt.Sprintf("/proc/%d/fd", pid)))}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch key {
		case "Threads":
			u.threads = n
		case "VmRSS":
			u.rss = n << 10
		}
	}
	return u, err
}

// descriptors lists what the descriptors of a process are, for a message.
func descriptors(pid int) (targets []string) {
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil {
			targets = append(targets, filepath.Base(link)+" "+target)
		}
	}
	return targets
}

func alive(pid int) bool {
	p, err := look(pid)
	return err == nil && p.state != "Z" && p.state != "X"
}

// agrees compares what the supervisor shows with /proc: every service that
// runs has the very process that is shown, and no other; one that does not run
// has none; there is one supervisor and one keeper.
func (r *rig) agrees(keepers int) error {
	list, err := r.ask()
	if err != nil {
		return err
	}
	there := r.processes()
	var wrong []error
	for _, s := range list {
		want := append([]int{}, s.Draining...)
		for _, pid := range []int{s.PID, s.NextPID} {
			if pid != 0 {
				want = append(want, pid)
			}
		}
		var got []int
		for _, p := range there {
			if p.service == s.Name {
				got = append(got, p.pid)
			}
		}
		if runs := s.State != api.Stopped && !s.State.Unwell() && s.State != api.Backoff; runs != (s.PID != 0) ||
			!same(want, got) {
			wrong = append(wrong, fmt.Errorf("%s is %s with %v, but %v live", s.Name, s.State, want, got))
		}
	}
	supervisors := 0
	for _, p := range there {
		if p.service == "" {
			supervisors++
		}
	}
	if supervisors != 1+keepers {
		wrong = append(wrong, fmt.Errorf("%d processes that are no service's, expected a supervisor and %d keepers: %+v",
			supervisors, keepers, there))
	}
	return errors.Join(wrong...)
}

func same(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	in := map[int]bool{}
	for _, n := range a {
		in[n] = true
	}
	for _, n := range b {
		if !in[n] {
			return false
		}
	}
	return true
}
