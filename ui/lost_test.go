package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// aLostMachine is this machine and two others, one of which does not answer.
func aLostMachine() api.Snapshot {
	s := three()
	far := ready("pi/camera", "camera", "127.0.0.1:8091")
	far.Host = "pi"
	gone := ready("lab/files", "files", "127.0.0.1:8093")
	gone.Host, gone.Lost, gone.Reason = "lab", true, "lost: cannot reach lab: No route to host"
	gone.Pool = &api.Pool{Size: 64}
	s.Services = append(s.Services, far, gone)
	return s
}

func TestALostMachineDoesNotCountAsUp(t *testing.T) {
	m, _ := desk(t, 112, 28, aLostMachine())
	for _, want := range []string{"3/5 up", "lab lost"} {
		if head, _, _ := strings.Cut(screen(m), "\n"); !strings.Contains(head, want) {
			t.Errorf("the header %q has no %q", head, want)
		}
	}
}

func TestALostMachinesRowIsGreyAndItsReasonIsNoGoodNews(t *testing.T) {
	m, _ := desk(t, 112, 28, aLostMachine())
	pick(m, "lab/files")
	for line := range strings.Lines(m.View().Content) {
		switch {
		case strings.Contains(line, "127.0.0.1:8093") &&
			!strings.Contains(line, m.look.Styles.Faint.Render(strings.TrimSpace(ansi.Strip(line))[len(m.look.Pointer())+1:])):
			t.Errorf("the row is not grey: %q", line)
		case strings.Contains(line, "No route to host") &&
			!strings.Contains(line, m.look.Styles.Wait.Render("lost: cannot reach lab: No route to host")):
			t.Errorf("the reason: %q", line)
		}
	}
	if text := screen(m); !strings.Contains(text, "is read when lab is back") {
		t.Errorf("the log says nothing of the loss:\n%s", text)
	}
}

func TestWhatIsLostComesFirstAmongTheStates(t *testing.T) {
	m, _ := desk(t, 112, 28, aLostMachine())
	press(m, "o", "o") // by the state
	if first := m.table.Rows(m.screen())[0].Name; first != "lab/files" {
		t.Errorf("the first row is %s", first)
	}
	press(m, "/", "l", "o", "s", "t", "enter")
	if rows := m.table.Rows(m.screen()); len(rows) != 1 || rows[0].Name != "lab/files" {
		t.Errorf("the filter lost shows %d rows", len(rows))
	}
}

func TestAServiceThatDoesNotRunHasNoCodeToScan(t *testing.T) {
	open := three()
	open.Services[0].Addr = "0.0.0.0:8080"
	open.Info.Hosts = []string{"192.0.2.2"}
	m, _ := desk(t, 112, 34, open)
	press(m, "5")
	if !strings.Contains(screen(m), "▀▀") {
		t.Errorf("a service that runs has no QR code:\n%s", screen(m))
	}
	m, _ = desk(t, 112, 34, three())
	press(m, "5")
	if strings.Contains(screen(m), "▀▀") {
		t.Errorf("an address that only this machine finds has a QR code:\n%s", screen(m))
	}
	down := open
	down.Services[0].State, down.Services[0].PID = api.Failed, 0
	down.Services[0].Reason = "started 3 times within 1m, the last time: exit status 1; gave up, for long"
	m, _ = desk(t, 112, 34, down)
	press(m, "5")
	if text := screen(m); strings.Contains(text, "▀▀") || !strings.Contains(text, "failed  "+down.Services[0].Reason) {
		t.Errorf("the code is where the reason should be:\n%s", text)
	}
}

func TestNothingIsAskedOfALostMachine(t *testing.T) {
	m, engine := desk(t, 112, 28, aLostMachine())
	pick(m, "lab/files")
	for key, want := range map[string]string{
		"r": "lab is lost: lab/files can be restarted when it is back", "s": "can be stopped when",
		"S": "can be started when",
	} {
		m.notice = notice{}
		press(m, key)
		if text := screen(m); !strings.Contains(text, want) {
			t.Errorf("%s says nothing of it:\n%s", key, text)
		}
	}
	if asked := engine.taken(); strings.Contains(asked, "lab/files") {
		t.Errorf("it was asked for %s", asked)
	}
}

func TestSeveralMachinesHaveNoTimeTogether(t *testing.T) {
	s := three()
	s.Info.Since = time.Time{}
	m, _ := desk(t, 112, 28, s)
	if text := screen(m); strings.Contains(text, "up  for") {
		t.Errorf("they run for how long?\n%s", text)
	}
	m, _ = desk(t, 112, 28, three())
	if text := screen(m); !strings.Contains(text, "up  for 2h14m") {
		t.Errorf("how long the instance runs is not said:\n%s", text)
	}
}

func TestBackoffSaysHowToGoOnAtOnce(t *testing.T) {
	s := three()
	s.Services[0].State, s.Services[0].Reason = api.Backoff, "exit status 3; restart 2"
	m, _ := desk(t, 112, 28, s)
	if text := screen(m); !strings.Contains(text, "exit status 3; restart 2; S starts it at once") {
		t.Errorf("no way on:\n%s", text)
	}
}

func TestTheOneLineBeginsWithWhatMatters(t *testing.T) {
	s := three()
	s.Services[1].State = api.Failed
	m, _ := desk(t, 30, 5, s)
	if text := screen(m); !strings.HasPrefix(text, "ammarctl 1/3 up, camera failed") {
		t.Errorf("%q", text)
	}
}

func TestTheTableStandsStillWhileACountdownLosesADigit(t *testing.T) {
	place := func(left time.Duration) int {
		s := three()
		next := s.Time.Add(left)
		s.Services[2].State, s.Services[2].NextStart = api.Backoff, &next
		m, _ := desk(t, 112, 28, s)
		m.now = s.Time
		for line := range strings.Lines(screen(m)) {
			if strings.Contains(line, "ADDRESS") {
				return strings.Index(line, "ADDRESS")
			}
		}
		return -1
	}
	if ten, nine := place(10*time.Second), place(9*time.Second); ten < 0 || ten != nine {
		t.Errorf("with 10s the address is in column %d, with 9s in %d", ten, nine)
	}
}
