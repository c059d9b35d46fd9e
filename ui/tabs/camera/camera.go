// Package camera is the tab with the live picture of a camera, and the dialog
// that sets its controls.
package camera

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/address"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/picture"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// The pauses between two frames: short enough to look alive, long enough for a
// slow line, longer while the person uses another window or no frame comes.
const (
	frameEvery   = 250 * time.Millisecond
	blurredEvery = time.Second
	failedEvery  = 2 * time.Second
	answerWait   = 5 * time.Second
)

// Engine is what the tab asks of a camera.
type Engine interface {
	// Picture is the newest frame of a camera, a JPEG.
	Picture(ctx context.Context, s api.Service) ([]byte, error)
	// Controls lists what can be set on a camera. SetControls sets some of it,
	// by ID, and returns the list as it is afterwards.
	Controls(ctx context.Context, s api.Service) (api.Controls, error)
	SetControls(ctx context.Context, s api.Service, values map[string]int) (api.Controls, error)
}

// Options are what the tab has to know of the terminal.
type Options struct {
	Getenv func(string) string
	// CellSize is the size of a cell in pixels, or zeros; nil: it is unknown.
	CellSize func() (width, height int)
}

// id is the name of the tab.
const id = "camera"

// Tab previews a camera.
type Tab struct {
	ctx    context.Context
	engine Engine
	getenv func(string) string

	canvas   canvas
	selected string // the service that was selected last
	service  string // the camera whose frames are shown
	frame    image.Image
	problem  string
	asking   bool // a FrameMsg is on its way
}

// FrameMsg brings a frame of a camera, or the reason why there is none.
type FrameMsg struct {
	Service string
	Frame   image.Image
	Err     error
}

// New makes the tab.
func New(ctx context.Context, e Engine, o Options) *Tab {
	return &Tab{ctx: ctx, engine: e, getenv: o.Getenv, canvas: canvas{measure: o.CellSize}}
}

// About describes the tab.
func (t *Tab) About() component.About {
	return component.About{
		ID: id, Title: "Camera", Summary: "the camera's picture",
		Manual: "the picture: Sixel where the terminal draws it, half blocks elsewhere, characters without colours; " +
			"no frame is fetched while the tab is hidden; `c` sets brightness, exposure and whatever else the device offers",
	}
}

// Keys are the keys of the tab.
func (t *Tab) Keys() []component.Key {
	return []component.Key{
		{
			Keys: "p", Help: "the camera's picture, whatever is selected; again: the log",
			Name: "Camera preview", Group: messages.GroupTabs, Run: t.preview,
			Hint: component.Hint{Text: "camera", Table: 70},
		},
		{
			Keys: "c", Help: "set the camera's controls", Name: "Set the camera's controls",
			Group: messages.GroupTabs, Run: t.openControls,
			Hint: component.Hint{Text: "controls", Tab: 10, When: component.InFront},
		},
	}
}

// preview shows the camera, or goes back to the log.
func (t *Tab) preview(scr component.Screen) component.Effects {
	if scr.Front {
		return component.ShowTab(component.FirstTab)
	}
	return component.ShowTab(id)
}

// Caption is empty: the view itself names the camera.
func (t *Tab) Caption(component.Screen) (long, short string) { return "", "" }

// cameraOf is the camera that is previewed: the selected service, or the first
// one that has a camera.
func cameraOf(scr component.Screen) (api.Service, bool) {
	if s, ok := scr.Current(); ok && s.Camera != nil {
		return s, true
	}
	for _, s := range scr.Snapshot.Services {
		if s.Camera != nil {
			return s, true
		}
	}
	return api.Service{}, false
}

// Start asks the terminal whether it draws pixels.
func (t *Tab) Start(scr component.Screen) tea.Cmd { return questions(scr, t.getenv) }

// Update takes frames, and asks for the next one while the tab is in front.
func (t *Tab) Update(scr component.Screen, msg tea.Msg) component.Effects {
	if scr.Selected != t.selected {
		t.selected = scr.Selected
		t.forget()
	}
	var effects component.Effects
	t.canvas.update(msg)
	if msg, ok := msg.(FrameMsg); ok {
		t.accept(msg)
		if msg.Err == nil && msg.Service == t.service {
			effects = append(effects, component.Run(t.canvas.paint(scr, msg.Frame))...)
		}
	}
	effects = append(effects, component.Run(t.ask(scr))...)
	return append(effects, component.Run(t.canvas.wipe(scr))...)
}

func (t *Tab) forget() { t.service, t.frame, t.problem = "", nil, "" }

// ask asks for a frame. It does nothing while the tab is hidden or a frame is on
// its way.
func (t *Tab) ask(scr component.Screen) tea.Cmd {
	s, ok := cameraOf(scr)
	if !scr.Front || t.asking || !ok || scr.TooSmall() {
		return nil
	}
	pause := frameEvery
	switch {
	case t.service != s.Name:
		t.forget()
		t.service, pause = s.Name, 0
	case t.problem != "":
		pause = failedEvery
	case scr.Blurred:
		pause = blurredEvery
	case t.frame == nil:
		pause = 0
	}
	t.asking = true
	ctx, engine := t.ctx, t.engine
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		frame, err := fetch(ctx, engine, s)
		return FrameMsg{s.Name, frame, err}
	}
}

// accept shows a frame.
func (t *Tab) accept(msg FrameMsg) {
	t.asking = false
	if msg.Service != t.service {
		return
	}
	t.problem = ""
	if msg.Err != nil {
		t.problem = safe.FirstLine(msg.Err.Error())
	} else {
		t.frame = msg.Frame
	}
}

// fetch gets the newest frame of a camera.
func fetch(ctx context.Context, engine Engine, s api.Service) (image.Image, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	data, err := engine.Picture(ctx, s)
	if err != nil {
		return nil, err
	}
	frame, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the camera's answer is no JPEG: %w", err)
	}
	return frame, nil
}

// View draws the newest frame, with a line about it above.
func (t *Tab) View(scr component.Screen) []string {
	s, ok := cameraOf(scr)
	if !ok {
		return []string{"", scr.Note(messages.NoCamera)}
	}
	about := scr.Styles.Strong.Render(safe.Text(s.Name)) + "  "
	switch {
	case t.problem != "":
		about += scr.Styles.Bad.Render(safe.Text(messages.NoFrame(t.problem)))
	case t.frame == nil:
		about += scr.Styles.Faint.Render(messages.CameraOpening)
	default:
		b := t.frame.Bounds()
		about += messages.Frame(b.Dx(), b.Dy(), s.Camera.FPS, s.Camera.Clients)
	}
	url := scr.Styles.Faint.Render(safe.Text(address.Of(s, scr.Snapshot.Info.Hosts))) + "  "
	if ansi.StringWidth(about)+ansi.StringWidth(url)+4 > scr.Width {
		url = ""
	}
	lines := []string{draw.Sides("  "+about, url, scr.Width)}
	if t.frame == nil || t.service != s.Name || t.canvas.usable() {
		return lines
	}
	drawn := picture.Blocks
	if !scr.Unicode || scr.Colourless {
		drawn = picture.Ramp
	}
	for _, line := range drawn(t.frame, scr.Width-2, scr.Pane.Height-1) {
		indent := max(0, scr.Width-ansi.StringWidth(line)) / 2
		lines = append(lines, strings.Repeat(" ", indent)+line)
	}
	return lines
}
