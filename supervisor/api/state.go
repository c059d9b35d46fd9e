package api

// State is where a service stands. docs/states.md shows the transitions.
type State string

// The states of a service.
const (
	Stopped  State = "stopped"
	Starting State = "starting" // launched, not ready yet
	Ready    State = "ready"
	Degraded State = "degraded" // running, its probe fails
	Stopping State = "stopping" // draining, or being killed
	Backoff  State = "backoff"  // exited; started again at NextStart
	Failed   State = "failed"   // gave up: start limit, or it cannot be started
)

// Glyph stands for the state beside its word, for eyes that take in shapes
// sooner: no two states have the same. It is ASCII where the locale has no more; that of no state is "?".
func (s State) Glyph(unicode bool) string {
	glyphs := map[State][2]string{
		Ready: {"●", "*"}, Stopped: {"○", "o"}, Failed: {"✖", "x"},
		Stopping: {"■", "#"}, Degraded: {"▲", "!"}, Starting: {"◐", "~"}, Backoff: {"↻", "%"},
	}
	pair, known := glyphs[s]
	switch {
	case !known:
		return "?"
	case unicode:
		return pair[0]
	}
	return pair[1]
}
