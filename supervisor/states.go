//go:build unix

package supervisor

import (
	"fmt"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// event is what moves a service from one state to another.
type event string

const (
	evLaunch    event = "launch"     // a process is to be started
	evReady     event = "ready"      // it says so, or its probe does
	evProbeLost event = "probe lost" // the probe failed too often in a row
	evStop      event = "stop"       // somebody asked, or the instance goes down
	evGone      event = "gone"       // the process that was asked to end has ended
	evDone      event = "done"       // it ended by itself, and that is all right
	evCrash     event = "crash"      // it ended by itself, or could not listen; to be started again
	evGiveUp    event = "give up"    // start limit, or it cannot be started
)

// transition is one line of the table.
type transition struct {
	from  api.State
	event event
	to    api.State
}

// transitions are all that a service can go through.
func transitions() []transition {
	return []transition{
		{api.Stopped, evLaunch, api.Starting},
		{api.Failed, evLaunch, api.Starting},
		{api.Backoff, evLaunch, api.Starting},

		{api.Starting, evReady, api.Ready},
		{api.Degraded, evReady, api.Ready},
		{api.Ready, evProbeLost, api.Degraded},

		{api.Starting, evStop, api.Stopping},
		{api.Ready, evStop, api.Stopping},
		{api.Degraded, evStop, api.Stopping},
		{api.Stopping, evGone, api.Stopped},
		{api.Backoff, evStop, api.Stopped},
		{api.Failed, evStop, api.Stopped},

		{api.Starting, evDone, api.Stopped},
		{api.Ready, evDone, api.Stopped},
		{api.Degraded, evDone, api.Stopped},

		{api.Starting, evCrash, api.Backoff},
		{api.Ready, evCrash, api.Backoff},
		{api.Degraded, evCrash, api.Backoff},

		{api.Starting, evGiveUp, api.Failed},
		{api.Ready, evGiveUp, api.Failed},
		{api.Degraded, evGiveUp, api.Failed},
	}
}

// next is where ev leads from a state; an error when the table has no such
// line, which is a mistake in this package.
func next(from api.State, ev event) (api.State, error) {
	for _, t := range transitions() {
		if t.from == from && t.event == ev {
			return t.to, nil
		}
	}
	return from, fmt.Errorf("no transition from %s on %q", from, ev)
}
