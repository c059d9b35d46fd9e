package api

import "slices"

// State is where a service stands. docs/states.md shows the transitions.
type State string

// The states of a service.
const (
	Stopped     State = "stopped"
	OnDemand    State = "on demand"
	Scheduled   State = "scheduled"
	Waiting     State = "waiting"
	Starting    State = "starting"
	Ready       State = "ready"
	Degraded    State = "degraded"
	HandingOver State = "handing over"
	Draining    State = "draining"
	Stopping    State = "stopping"
	Backoff     State = "backoff"
	Failing     State = "failing"
	Failed      State = "failed"
	Done        State = "done"
)

// stateInfo describes one state.
type stateInfo struct {
	state          State
	unicode, ascii string // two glyphs of one column each
	meaning        string
}

// stateInfos lists every state, in the order in which a service usually meets
// them.
func stateInfos() []stateInfo {
	return []stateInfo{
		{Stopped, "○", "o", "does not run until a person starts it"},
		{OnDemand, "◎", "0", "listens without a process; the first client starts one"},
		{Scheduled, "◷", "@", "waits for the time of its schedule"},
		{Waiting, "◌", ".", "waits for a service that it comes after, or for its before_start"},
		{Starting, "◐", "~", "its process runs and is not ready yet"},
		{Ready, "●", "*", "serves"},
		{Degraded, "▲", "!", "runs, but its probe fails"},
		{HandingOver, "⇄", "=", "serves, while a new process gets ready to take over"},
		{Draining, "◒", "-", "serves with its new process, while the previous one finishes its requests"},
		{Stopping, "■", "#", "got its stop_signal, and is killed after its stop_timeout"},
		{Backoff, "↻", "%", "ended by itself, or its port was taken; it starts again when its delay is over"},
		{Failing, "⟳", "&", "failed five times in a row or more; it starts again when its delay is over, at most max_delay"},
		{Failed, "✖", "x", "gave up: restart.limit starts within the window, or it cannot be started"},
		{Done, "✔", "+", "ended by itself, successfully"},
	}
}

// States lists every state.
func States() (list []State) {
	for _, info := range stateInfos() {
		list = append(list, info.state)
	}
	return list
}

func (s State) info() (stateInfo, bool) {
	for _, info := range stateInfos() {
		if info.state == s {
			return info, true
		}
	}
	return stateInfo{}, false
}

// Meaning explains the state in a few words; empty for an unknown one.
func (s State) Meaning() string {
	info, _ := s.info()
	return info.meaning
}

// Glyph is a sign for the state, which no other state has. It is ASCII unless
// unicode is set. An unknown state's is "?".
func (s State) Glyph(unicode bool) string {
	info, known := s.info()
	switch {
	case !known:
		return "?"
	case unicode:
		return info.unicode
	}
	return info.ascii
}

// Serving tells whether a process serves that has been ready.
func (s State) Serving() bool {
	return slices.Contains([]State{Ready, Degraded, HandingOver, Draining}, s)
}

// Healthy tells whether a process serves and nothing is wrong with it.
func (s State) Healthy() bool { return s.Serving() && s != Degraded }

// Running tells whether a process serves or is about to.
func (s State) Running() bool { return s == Starting || s.Serving() }

// Unwell tells whether the service does not come up, or has given up.
func (s State) Unwell() bool { return s == Failing || s == Failed }

// Resting tells whether no process runs, and nothing is wrong with that.
func (s State) Resting() bool {
	return slices.Contains([]State{Stopped, OnDemand, Scheduled, Waiting, Done}, s)
}
