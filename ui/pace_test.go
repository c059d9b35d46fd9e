package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// The budget of an idle dashboard depends on it; see pacer.
func TestTheLibrarysTickerCanBeSet(t *testing.T) {
	if pacer(tea.NewProgram(nil)) == nil {
		t.Error("Bubble Tea keeps its ticker elsewhere: look for another way to draw less often while nothing happens")
	}
}

func TestNothingHappeningIsCalmAndAKeyWakesIt(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	var set []time.Duration
	m.pace = func(d time.Duration) { set = append(set, d) }
	press(m, "j")
	m.moved = m.moved.Add(-2 * calmAfter)
	m.Update(tickMsg(clock))
	m.Update(newsMsg{})
	press(m, "k")
	if len(set) != 3 || set[0] != brisk || set[1] != calm || set[2] != brisk {
		t.Errorf("the paces were %v", set)
	}
}
