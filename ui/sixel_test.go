package ui

import (
	"fmt"
	"image"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// raw collects what a command writes past the cells, and what it clears.
func raw(cmd tea.Cmd) (text string, cleared bool) {
	if cmd == nil {
		return "", false
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			t, cl := raw(c)
			text, cleared = text+t, cleared || cl
		}
	case tea.RawMsg:
		text = fmt.Sprint(msg.Msg)
	default:
		cleared = strings.Contains(fmt.Sprintf("%T", msg), "clearScreen")
	}
	return text, cleared
}

func TestSixelIsDrawnWhereTheTerminalSaysItCan(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 36))
	frame := frameMsg{service: "camera", picture: img}
	for _, c := range []struct {
		attributes uv.PrimaryDeviceAttributesEvent
		cell       uv.CellSizeEvent
		want       bool
	}{
		{uv.PrimaryDeviceAttributesEvent{63, 4, 22}, uv.CellSizeEvent{Width: 9, Height: 19}, true},
		{uv.PrimaryDeviceAttributesEvent{63, 22}, uv.CellSizeEvent{Width: 9, Height: 19}, false},
		{uv.PrimaryDeviceAttributesEvent{63, 4, 22}, uv.CellSizeEvent{}, false},
	} {
		m, _ := desk(t, 100, 30, three())
		m.Update(c.attributes)
		m.Update(c.cell)
		aPicture(m)
		text, _ := raw(m.handle(frame))
		if got := strings.Contains(text, "\x1bP0;1q"); got != c.want {
			t.Errorf("%v, %v: drawn %t", c.attributes, c.cell, got)
		}
		if blocks := strings.Contains(screen(m), "▀"); c.want && blocks {
			t.Error("half blocks are drawn under it")
		}
		if !c.want {
			continue
		}
		m.dialog = helpDialog{}
		if text, _ := raw(m.handle(frame)); text != "" {
			t.Error("it is drawn over a dialog")
		}
		m.dialog = nil
		m.camera.asking = true
		if _, cmd := m.Update(keyMsg("1")); m.canvas.drawn != (spotOnScreen{}) {
			t.Error("the picture stays when its tab is left")
		} else if _, cleared := raw(cmd); !cleared {
			t.Error("the screen is not cleared")
		}
	}
}

func TestNoQuestionsOverSSH(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	if m.questions() == nil {
		t.Error("a terminal here is not asked")
	}
	m.getenv = func(name string) string { return map[string]string{"SSH_TTY": "/dev/pts/1"}[name] }
	if m.questions() != nil {
		t.Error("a terminal over ssh is asked")
	}
}
