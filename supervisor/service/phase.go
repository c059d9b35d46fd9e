//go:build unix

package service

import (
	"fmt"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// event moves a service from one phase to another.
type event string

const (
	evStart       event = "start"        // a process is launched
	evWait        event = "wait"         // a service that it comes after is not ready, or its before_start runs
	evSchedule    event = "schedule"     // its next start is at a set time
	evListen      event = "listen"       // its port is open, and no process is there
	evAdopt       event = "adopt"        // a process of the previous supervisor was found running
	evFoundFailed event = "found failed" // it had given up under the previous supervisor
	evFoundDone   event = "found done"   // it ended successfully under the previous supervisor, or after it
	evReady       event = "ready"        // the process or its probe reports readiness
	evProbeFailed event = "probe failed" // the probe failed too often in a row
	evProbePassed event = "probe passed" // the probe succeeds again
	evHandOver    event = "hand over"    // a second process was started, to take over
	evTookOver    event = "took over"    // the new process is ready; the previous one got its stop signal
	evRolledBack  event = "rolled back"  // the new process did not get ready; the previous one still serves
	evDrained     event = "drained"      // the last other process has ended
	evStop        event = "stop"         // its process got its stop signal
	evExited      event = "exited"       // its last process has ended after evStop
	evSucceeded   event = "succeeded"    // it ended by itself, with a status that counts as success
	evCrashed     event = "crashed"      // it ended by itself, or could not listen; it is to start again
	evGaveUp      event = "gave up"      // the start limit is reached, or it cannot be started
)

// condition chooses between transitions of the same phase and event. The first
// one of the table that holds is taken.
type condition string

const (
	always       condition = ""
	othersRemain condition = "another process of it still runs"
	hasBeenReady condition = "its process has been ready"
	probeFails   condition = "its probe fails"
	keepsFailing condition = "it has failed five times in a row"
)

// facts decide the conditions.
type facts struct {
	othersRemain bool // besides the process that serves
	hasBeenReady bool
	probeFails   bool
	keepsFailing bool
}

func (f facts) hold(when []condition) bool {
	for _, c := range when {
		holds := map[condition]bool{
			always: true, othersRemain: f.othersRemain, hasBeenReady: f.hasBeenReady, probeFails: f.probeFails,
			keepsFailing: f.keepsFailing,
		}
		if !holds[c] {
			return false
		}
	}
	return true
}

// transition is one row of the table.
type transition struct {
	from  api.State
	event event
	when  []condition // all must hold
	to    api.State
}

// condition spells when for a person.
func (t transition) condition() string {
	var texts []string
	for _, c := range t.when {
		texts = append(texts, string(c))
	}
	return strings.Join(texts, " and ")
}

// transitions is everything that a service can go through. A new phase is added
// here and in package api; docs/states.md is generated from both.
func transitions() []transition {
	var table []transition
	add := func(ev event, to api.State, from ...api.State) {
		for _, f := range from {
			table = append(table, transition{f, ev, nil, to})
		}
	}
	when := func(from api.State, ev event, to api.State, conditions ...condition) {
		table = append(table, transition{from, ev, conditions, to})
	}
	// Nothing serves and nothing is about to.
	resting := []api.State{
		api.Stopped, api.OnDemand, api.Scheduled, api.Waiting, api.Backoff, api.Failing, api.Failed, api.Done,
	}
	// One process serves, or is about to, and no other is on its way.
	alone := []api.State{api.Starting, api.Ready, api.Degraded, api.Draining}

	when(api.Stopped, evAdopt, api.Draining, hasBeenReady, othersRemain)
	when(api.Stopped, evAdopt, api.Ready, hasBeenReady)
	add(evAdopt, api.Starting, api.Stopped)
	add(evFoundFailed, api.Failed, api.Stopped)
	add(evFoundDone, api.Done, api.Stopped)

	add(evSchedule, api.Scheduled, resting...)
	add(evListen, api.OnDemand, append(resting, alone...)...)
	add(evWait, api.Waiting, resting...)
	add(evStart, api.Starting, resting...)

	when(api.Starting, evReady, api.Draining, othersRemain)
	add(evReady, api.Ready, api.Starting)
	add(evProbeFailed, api.Degraded, api.Ready, api.Draining, api.Degraded)
	add(evProbeFailed, api.HandingOver, api.HandingOver)
	when(api.Degraded, evProbePassed, api.Draining, othersRemain)
	add(evProbePassed, api.Ready, api.Degraded)
	add(evProbePassed, api.HandingOver, api.HandingOver)

	add(evHandOver, api.HandingOver, api.Ready, api.Degraded, api.Draining, api.HandingOver)
	add(evTookOver, api.Draining, api.HandingOver)
	when(api.HandingOver, evRolledBack, api.Degraded, probeFails)
	when(api.HandingOver, evRolledBack, api.Draining, othersRemain)
	add(evRolledBack, api.Ready, api.HandingOver)
	add(evCrashed, api.Starting, api.HandingOver) // the new process is all there is now
	add(evDrained, api.Ready, api.Draining)

	add(evSucceeded, api.Done, alone...)
	for _, from := range alone {
		when(from, evCrashed, api.Failing, keepsFailing)
	}
	add(evCrashed, api.Backoff, alone...)
	add(evGaveUp, api.Failed, alone...)

	add(evStop, api.Stopping, append(alone, api.HandingOver)...)
	for _, from := range resting[1:] {
		when(from, evStop, api.Stopping, othersRemain)
		add(evStop, api.Stopped, from)
	}
	add(evExited, api.Stopped, api.Stopping)
	return table
}

// ImpossibleEventError tells of an event in a phase where it cannot happen: a
// mistake in this package.
type ImpossibleEventError struct {
	Service string
	Phase   api.State
	Event   string
}

// Error names the service, the phase and the event.
func (e *ImpossibleEventError) Error() string {
	return fmt.Sprintf("%s: the event %q cannot happen in the phase %q", e.Service, e.Event, e.Phase)
}

// next is the phase to which ev leads; ok is false where it cannot happen.
func next(from api.State, ev event, f facts) (to api.State, ok bool) {
	for _, t := range transitions() {
		if t.from == from && t.event == ev && f.hold(t.when) {
			return t.to, true
		}
	}
	return from, false
}
