package camera

import (
	"context"
	"errors"
	"fmt"
	"image"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// noCamera is an engine whose cameras answer nothing.
type noCamera struct{}

var errNone = errors.New("this camera has none")

func (noCamera) Picture(context.Context, api.Service) ([]byte, error) { return nil, errNone }
func (noCamera) Controls(context.Context, api.Service) (api.Controls, error) {
	return api.Controls{}, errNone
}
func (noCamera) SetControls(context.Context, api.Service, map[string]int) (api.Controls, error) {
	return api.Controls{}, errNone
}

// preview is the tab in front, on a screen with one camera.
func preview(env map[string]string) (*Tab, component.Screen) {
	scr := component.Screen{
		Width: 100, Height: 30, Pane: component.Pane{Top: 10, Height: 18}, Front: true, Connected: true,
		Selected: "camera",
		Snapshot: api.Snapshot{Services: []api.Service{{Name: "camera", Camera: &api.Camera{}}}},
	}
	scr.Styles, scr.Unicode = theme.Named(""), true
	return New(context.Background(), noCamera{}, Options{Getenv: func(name string) string { return env[name] }}), scr
}

// raw collects what effects write past the cells, and whether they clear the
// screen. It does not run what fetches the next frame.
func raw(effects component.Effects) (text string, cleared bool) {
	for _, e := range effects {
		switch msg := e.(tea.Cmd)().(type) {
		case tea.RawMsg:
			text += fmt.Sprint(msg.Msg)
		default:
			cleared = cleared || strings.Contains(fmt.Sprintf("%T", msg), "clearScreen")
		}
	}
	return text, cleared
}

func TestSixelIsDrawnWhereTheTerminalSaysItCan(t *testing.T) {
	frame := FrameMsg{Service: "camera", Frame: image.NewRGBA(image.Rect(0, 0, 64, 36))}
	for _, c := range []struct {
		attributes uv.PrimaryDeviceAttributesEvent
		cell       uv.CellSizeEvent
		want       bool
	}{
		{uv.PrimaryDeviceAttributesEvent{63, 4, 22}, uv.CellSizeEvent{Width: 9, Height: 19}, true},
		{uv.PrimaryDeviceAttributesEvent{63, 22}, uv.CellSizeEvent{Width: 9, Height: 19}, false},
		{uv.PrimaryDeviceAttributesEvent{63, 4, 22}, uv.CellSizeEvent{}, false},
	} {
		tab, scr := preview(nil)
		tab.Update(scr, c.attributes)
		tab.Update(scr, c.cell)
		text, _ := raw(tab.Update(scr, frame))
		if got := strings.Contains(text, "\x1bP0;1q"); got != c.want {
			t.Errorf("%v, %v: drawn %t", c.attributes, c.cell, got)
		}
		if blocks := strings.Contains(strings.Join(tab.View(scr), ""), "\x1b[38;2;"); blocks == c.want {
			t.Errorf("half blocks are drawn: %t", blocks)
		}
		if !c.want {
			continue
		}
		scr.Covered = true
		if text, _ := raw(tab.Update(scr, frame)); text != "" {
			t.Error("it is drawn over a dialog")
		}
		scr.Covered, scr.Front = false, false
		if _, cleared := raw(tab.Update(scr, nil)); !cleared || tab.canvas.drawn != (area{}) {
			t.Error("the frame stays when its tab is left")
		}
	}
}

func TestNoQuestionsOverSSH(t *testing.T) {
	tab, scr := preview(nil)
	if tab.Start(scr) == nil {
		t.Error("a terminal here is not asked")
	}
	tab, scr = preview(map[string]string{"SSH_TTY": "/dev/pts/1"})
	if tab.Start(scr) != nil {
		t.Error("a terminal over ssh is asked")
	}
}
