package ui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/messages"
)

// down is an instance whose first service was stopped by hand.
func down() api.Snapshot {
	s := three()
	s.Services[0].State, s.Services[0].PID, s.Services[0].Pool = api.Stopped, 0, nil
	s.Services[0].StoppedByHand = true
	s.Services[0].Reason = "stopped by hand; to start it: ammarctl start files"
	return s
}

func TestTheFooterOffersWhatTheServiceCanDo(t *testing.T) {
	for state, want := range map[api.State]string{
		api.Ready:    "a share   s stop   r restart   tab",
		api.Starting: "a share   s stop   r restart   tab",
		api.Stopped:  "a share   S start   tab",
		api.Failed:   "a share   S start   tab",
		api.Backoff:  "a share   S start   s stop   tab",
	} {
		s := three()
		s.Services[0].State = state
		m, _ := desk(t, 112, 28, s)
		if text := screen(m); !strings.Contains(text, want) {
			t.Errorf("%s: no %q:\n%s", state, want, text)
		}
	}
}

func TestInTheDashboardAStoppedServiceIsStartedWithAKey(t *testing.T) {
	m, _ := desk(t, 40, 12, down())
	if text := screen(m); !strings.Contains(text, "stopped by hand; S starts it") ||
		strings.Contains(text, "ammarctl start") {
		t.Errorf("no key to start it:\n%s", text)
	}
	other := down()
	other.Services[0].Reason, other.Services[0].StoppedByHand = "waits for hello", false
	m, _ = desk(t, 112, 28, other)
	if text := screen(m); strings.Contains(text, "starts it") {
		t.Errorf("what waits is offered to be started:\n%s", text)
	}
}

// A telephone that scans a code has to find somebody there.
func TestTheAddressHasACodeOnlyWhereSomebodyIsFound(t *testing.T) {
	open := three()
	open.Services[0].Addr = "0.0.0.0:8080"
	open.Info.Hosts = []string{"192.0.2.2"}
	gone := down()
	gone.Services[0].Addr, gone.Info.Hosts = "0.0.0.0:8080", open.Info.Hosts
	for name, c := range map[string]struct {
		snapshot api.Snapshot
		code     bool
		says     string
	}{
		"for everybody":    {open, true, "http://192.0.2.2:8080/"},
		"for this machine": {three(), false, messages.AddressHere},
		"stopped":          {gone, false, messages.AddressSilent},
	} {
		m, _ := desk(t, 112, 40, c.snapshot)
		press(m, "A")
		text := screen(m)
		if strings.Contains(text, "▀▀") != c.code || !strings.Contains(text, c.says) {
			t.Errorf("%s: code %v and %q:\n%s", name, c.code, c.says, text)
		}
	}
}

func TestAServiceThatDoesNotRunServesNobody(t *testing.T) {
	m, _ := desk(t, 112, 28, down())
	press(m, "3")
	if text := screen(m); strings.Contains(text, "connections") || !strings.Contains(text, messages.ClientsNobody) {
		t.Errorf("%s", text)
	}
}

func TestNoMemoryIsZeroInTheGraphs(t *testing.T) {
	s := three()
	s.Services[0].Pool, s.Services[0].RSSBytes = nil, 0
	m, _ := desk(t, 112, 28, s)
	press(m, "2")
	if text := screen(m); !strings.Contains(text, "memory 0 ") || !strings.Contains(text, "max 0\n") {
		t.Errorf("the graph of memory has no figures:\n%s", text)
	}
}

// On a small screen the field that is typed in is seen, and so is what went
// wrong, whatever the field.
func TestEveryFieldOfAShareIsSeenOnASmallScreen(t *testing.T) {
	for _, size := range [][2]int{{40, 12}, {32, 8}, {80, 16}, {80, 24}} {
		m := open(t, newFake(), settings{prepare: func(ShareWish) (r api.ShareRequest, n []string, err error) { return }})
		m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		press(m, "a")
		for i, label := range messages.ShareLabels() {
			press(m, "down")
			text := screen(m)
			if !strings.Contains(text, "▸ "+label) || !strings.Contains(text, "enter share") {
				t.Errorf("%d×%d, field %d, %q:\n%s", size[0], size[1], i+1, label, text)
			}
		}
		if text := screen(m); strings.Contains(strings.Split(text, "enter share")[1], "…") {
			t.Errorf("%d×%d: the keys are cut:\n%s", size[0], size[1], text)
		}
	}
}

func TestWhatIsSentIsNotCutOnASmallScreen(t *testing.T) {
	s := three()
	s.Services[0].BytesPerSecond = 12.3e6
	m, _ := desk(t, 40, 24, s)
	press(m, "3")
	if text := screen(m); !strings.Contains(text, "11.7 MiB/s") {
		t.Errorf("%s", text)
	}
}
