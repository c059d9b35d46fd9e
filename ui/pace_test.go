package ui

import (
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/feed"
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
	m.pace.set = func(d time.Duration) { set = append(set, d) }
	press(m, "j")
	m.pace.movedAt = m.pace.movedAt.Add(-2 * calmAfter)
	m.Update(feed.TickMsg(clock))
	m.Update(feed.NewsMsg{})
	press(m, "k")
	if len(set) != 3 || set[0] != brisk || set[1] != calm || set[2] != brisk {
		t.Errorf("the paces were %v", set)
	}
}

// However quickly figures come in, the screen is looked at: at least every two
// calm looks, and once for each snapshot of an idle supervisor.
func TestCalmNewsAreDrawnHoweverOftenTheyCome(t *testing.T) {
	for _, every := range []time.Duration{50, 100, 299, 600, 601, 799, 800, 1000, 1200} {
		every *= time.Millisecond
		synctest.Test(t, func(t *testing.T) {
			ticker := time.NewTicker(brisk)
			defer ticker.Stop()
			p := pace{set: ticker.Reset}
			p.note(feed.NewsMsg{}, nil, false)
			news := time.NewTicker(every)
			defer news.Stop()
			last, longest, looks := time.Now(), time.Duration(0), 0
			const whole = 60 * time.Second
			for end := time.Now().Add(whole); time.Now().Before(end); {
				select {
				case <-news.C:
					p.note(feed.NewsMsg{}, nil, false)
				case at := <-ticker.C:
					longest, last = max(longest, at.Sub(last)), at
					looks++
				}
			}
			longest = max(longest, time.Since(last))
			if longest > 2*calm+10*time.Millisecond {
				t.Errorf("news every %s: %s without a look", every, longest)
			}
			if most := int(whole/min(every, calm)) + 10; every == time.Second && looks > int(whole/every)+2 || looks > most {
				t.Errorf("news every %s: %d looks", every, looks)
			}
		})
	}
}

func TestAnotherStateIsDrawnAtOnce(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	var set []time.Duration
	m.pace.set = func(d time.Duration) { set = append(set, d) }
	m.pace.movedAt = time.Time{}
	same, other := three(), three()
	m.Update(feed.NewsMsg{Snapshot: &same})
	other.Services[1].State = api.Degraded
	m.Update(feed.NewsMsg{Snapshot: &other})
	if len(set) != 2 || set[0] != calm || set[1] != brisk {
		t.Errorf("the paces were %v", set)
	}
}
