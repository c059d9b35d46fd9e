//go:build unix

package service

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func allEvents() []event {
	return []event{
		evStart, evWait, evSchedule, evListen, evAdopt, evFoundFailed, evFoundDone, evReady, evProbeFailed, evProbePassed,
		evHandOver, evTookOver, evRolledBack, evDrained, evStop, evExited, evSucceeded, evCrashed, evGaveUp,
	}
}

func allFacts() (list []facts) {
	for bits := range 16 {
		list = append(list, facts{othersRemain: bits&1 > 0, hasBeenReady: bits&2 > 0, probeFails: bits&4 > 0, keepsFailing: bits&8 > 0})
	}
	return list
}

func TestEveryPhaseCanBeReachedAndLeft(t *testing.T) {
	reached, left := map[api.State]bool{api.Stopped: true}, map[api.State]bool{}
	for _, tr := range transitions() {
		reached[tr.to], left[tr.from] = true, true
	}
	for _, s := range api.States() {
		if !reached[s] || !left[s] {
			t.Errorf("%s: reached %v, left %v", s, reached[s], left[s])
		}
	}
}

// A row without a condition ends the choice, so each row can be taken. Whether
// an event is possible depends on the phase alone.
func TestTheTableHasOneAnswerForEachPhaseAndEvent(t *testing.T) {
	type key struct {
		from  api.State
		event event
	}
	known, decided := map[key]bool{}, map[key]bool{}
	for _, tr := range transitions() {
		k := key{tr.from, tr.event}
		if decided[k] {
			t.Errorf("the row %s, %s, %q is never taken", tr.from, tr.event, tr.condition())
		}
		known[k], decided[k] = true, len(tr.when) == 0
	}
	for _, from := range api.States() {
		for _, ev := range allEvents() {
			k := key{from, ev}
			if known[k] != decided[k] {
				t.Errorf("%s on %q depends on the facts whether it is possible", from, ev)
			}
			for _, f := range allFacts() {
				if to, ok := next(from, ev, f); ok != known[k] || !ok && to != from {
					t.Errorf("next(%s, %s, %+v) = %s, %v", from, ev, f, to, ok)
				}
			}
		}
	}
}

func TestEveryEventIsUsed(t *testing.T) {
	for _, ev := range allEvents() {
		used := false
		for _, tr := range transitions() {
			used = used || tr.event == ev
		}
		if !used {
			t.Errorf("no row has the event %q", ev)
		}
	}
}

func TestAnyServiceThatIsNotStoppedCanBeStopped(t *testing.T) {
	for _, from := range api.States() {
		_, ok := next(from, evStop, facts{})
		if want := from != api.Stopped && from != api.Stopping; ok != want {
			t.Errorf("stop in %s: possible %v, want %v", from, ok, want)
		}
	}
}

// As long as a process is left, the service is not stopped.
func TestAServiceIsStoppedOnlyWhenNoProcessIsLeft(t *testing.T) {
	for _, from := range api.States() {
		if to, ok := next(from, evStop, facts{othersRemain: true}); ok && to != api.Stopping {
			t.Errorf("stop in %s leads to %s although a process remains", from, to)
		}
	}
}

func TestAnImpossibleEventNamesItself(t *testing.T) {
	err := &ImpossibleEventError{Service: "web", Phase: api.Stopped, Event: string(evDrained)}
	for _, want := range []string{"web", "stopped", "drained"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %s", err, want)
		}
	}
}

var update = flag.Bool("update", false, "generate docs/states.md")

func TestTheDocumentOfTheStatesIsTheTable(t *testing.T) {
	const path = "../../docs/states.md"
	want := document()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale; go test ./supervisor/service -run Document -update", path)
	}
}

// document is docs/states.md.
func document() string {
	var b strings.Builder
	b.WriteString(`# The states of a service

This page is generated from the table that the supervisor works by (supervisor/service/phase.go).

| state | meaning |
|---|---|
`)
	for _, s := range api.States() {
		fmt.Fprintf(&b, "| %s | %s |\n", s, s.Meaning())
	}
	b.WriteString("\n```mermaid\nstateDiagram-v2\n")
	id := func(s api.State) string { return strings.ReplaceAll(string(s), " ", "_") }
	for _, s := range api.States() {
		if id(s) != string(s) {
			fmt.Fprintf(&b, "    state \"%s\" as %s\n", s, id(s))
		}
	}
	b.WriteString("    [*] --> stopped\n")
	type arrow struct{ from, to api.State }
	var order []arrow
	labels := map[arrow][]string{}
	for _, tr := range transitions() {
		a := arrow{tr.from, tr.to}
		if a.from == a.to {
			continue
		}
		if len(labels[a]) == 0 {
			order = append(order, a)
		}
		labels[a] = append(labels[a], string(tr.event))
	}
	for _, a := range order {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", id(a.from), id(a.to), strings.Join(labels[a], ", "))
	}
	b.WriteString("```\n\nOf rows with the same state and event, the first whose condition holds is taken.\n\n" +
		"| from | event | when | to |\n|---|---|---|---|\n")
	for _, tr := range transitions() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", tr.from, tr.event, tr.condition(), tr.to)
	}
	return b.String()
}
