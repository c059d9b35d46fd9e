//go:build unix

package supervisor

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func allStates() []api.State {
	return []api.State{api.Stopped, api.Starting, api.Ready, api.Degraded, api.Stopping, api.Backoff, api.Failed}
}

func allEvents() []event {
	return []event{evLaunch, evReady, evProbeLost, evStop, evGone, evDone, evCrash, evGiveUp}
}

func TestEveryStateCanBeReachedAndLeft(t *testing.T) {
	reached, left := map[api.State]bool{api.Stopped: true}, map[api.State]bool{}
	for _, tr := range transitions() {
		reached[tr.to], left[tr.from] = true, true
	}
	for _, s := range allStates() {
		if !reached[s] || !left[s] {
			t.Errorf("%s: reached %v, left %v", s, reached[s], left[s])
		}
	}
}

func TestTheTableHasOneAnswerForEachStateAndEvent(t *testing.T) {
	seen := map[string]api.State{}
	for _, tr := range transitions() {
		key := fmt.Sprint(tr.from, " ", tr.event)
		if other, twice := seen[key]; twice {
			t.Errorf("%s leads to %s and to %s", key, other, tr.to)
		}
		seen[key] = tr.to
	}
	for _, from := range allStates() {
		for _, ev := range allEvents() {
			want, known := seen[fmt.Sprint(from, " ", ev)]
			got, err := next(from, ev)
			if known != (err == nil) || known && got != want || !known && got != from {
				t.Errorf("next(%s, %s) = %s, %v", from, ev, got, err)
			}
		}
	}
}

func TestAnyServiceThatRunsCanBeStopped(t *testing.T) {
	for _, from := range []api.State{api.Starting, api.Ready, api.Degraded, api.Backoff, api.Failed} {
		if _, err := next(from, evStop); err != nil {
			t.Error(err)
		}
	}
}

var update = flag.Bool("update", false, "write docs/states.md anew")

func TestTheDocumentOfTheStatesIsTheTable(t *testing.T) {
	const path = "../docs/states.md"
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
		t.Errorf("%s is stale; go test ./supervisor -run Document -update", path)
	}
}

// document is docs/states.md.
func document() string {
	var b strings.Builder
	b.WriteString(`# What a service goes through

This page is made from the table that the supervisor runs by (supervisor/states.go).

| state | meaning |
|---|---|
| stopped | does not run; it was stopped by hand, ended by itself with exit status 0, or waits for a service it comes after |
| starting | its process runs and is not ready yet |
| ready | serves |
| degraded | runs, and its probe fails |
| stopping | was asked to end (SIGTERM), and is killed after its stop_timeout |
| backoff | ended by itself, or its port was taken; it is started again when its delay is over |
| failed | given up: too many starts within the window, or it cannot be started; somebody has to start it |

` + "```mermaid\nstateDiagram-v2\n    [*] --> stopped\n")
	for _, tr := range transitions() {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", tr.from, tr.to, tr.event)
	}
	b.WriteString("```\n\n| from | event | to |\n|---|---|---|\n")
	for _, tr := range transitions() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", tr.from, tr.event, tr.to)
	}
	return b.String()
}
