package ui

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatTheTableHasNoRoomForIsCounted(t *testing.T) {
	for _, size := range [][2]int{{100, 30}, {80, 24}, {40, 12}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			s := three()
			for i := range 30 {
				s.Services = append(s.Services, ready(fmt.Sprintf("more-%02d", i), "exec", ""))
			}
			m, _ := desk(t, size[0], size[1], s)
			rows := newLayout(m.screen(), m.table, false).rows
			if want := fmt.Sprintf("↓ %d more", 33-rows); !strings.Contains(screen(m), want) {
				t.Errorf("%q is missing:\n%s", want, screen(m))
			}
			for range 40 {
				press(m, "j")
			}
			if want := fmt.Sprintf("↑ %d more", 33-rows); !strings.Contains(screen(m), want) {
				t.Errorf("%q is missing:\n%s", want, screen(m))
			}
		})
	}
	m, _ := desk(t, 100, 30, three())
	if strings.Contains(screen(m), "more") {
		t.Errorf("nothing is left out:\n%s", screen(m))
	}
}

func TestALongNameLeavesRoomForTheOtherColumns(t *testing.T) {
	s := three()
	without, _ := desk(t, 80, 24, s)
	s.Services[2].Name = "laboratory/" + strings.Repeat("n", 32)
	with, _ := desk(t, 80, 24, s)
	for _, column := range []string{"STATE", "ADDRESS", "REQ/S", "POOL"} {
		if !strings.Contains(screen(without), column) || !strings.Contains(screen(with), column) {
			t.Errorf("%s gave way to a name:\n%s", column, screen(with))
		}
	}
}

func TestAllOfInfoCanBeReadOnASmallScreen(t *testing.T) {
	m, _ := desk(t, 40, 12, three())
	press(m, "5")
	if !strings.Contains(screen(m), "more lines; enter shows them") || strings.Contains(screen(m), "restarts") {
		t.Fatalf("it is not said that there is more:\n%s", screen(m))
	}
	press(m, "tab")
	for range 40 {
		press(m, "j")
	}
	if !strings.Contains(screen(m), "restarts") || m.table.Selected() != "files" {
		t.Errorf("the end is not reached:\n%s", screen(m))
	}
	press(m, "k") // one is enough: nothing was counted beyond the end
	if strings.Contains(screen(m), "restarts") {
		t.Errorf("it does not go back up:\n%s", screen(m))
	}
	press(m, "pgup", "pgup", "pgup")
	if !strings.Contains(screen(m), "state  ") {
		t.Errorf("the beginning is not reached:\n%s", screen(m))
	}
	press(m, "esc", "j")
	if m.table.Selected() == "files" {
		t.Error("in the table j does not move the selection")
	}
}

func TestAServiceThatSaysNothingOfItsClientsHasNoneInvented(t *testing.T) {
	s := three()
	s.Services[0].Pool, s.Services[0].Connections = nil, 0
	m, _ := desk(t, 100, 30, s)
	press(m, "3")
	if text := screen(m); strings.Contains(text, "connections") ||
		!strings.Contains(text, "reports nothing about its clients") {
		t.Errorf("%s", text)
	}
}
