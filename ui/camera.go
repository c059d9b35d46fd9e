package ui

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
	"github.com/ammarctl/ammarctl/ui/picture"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// The pace of the preview: calm enough for a slow line, slower still when the
// person looks at another window, and when there is no picture.
const (
	frameEvery   = 250 * time.Millisecond
	blurredEvery = time.Second
	failedEvery  = 2 * time.Second
	frameWait    = 5 * time.Second
)

// cameraPane is the preview of a camera.
type cameraPane struct {
	service string
	picture image.Image
	problem string
	asking  bool // a frameMsg is on its way
}

// frameMsg brings a picture, or why there is none.
type frameMsg struct {
	service string
	picture image.Image
	err     error
}

// cameraOf is the camera that the preview shows: the selected service, or the
// first that is one.
func (m *model) cameraOf() (api.Service, bool) {
	if s, ok := m.current(); ok && s.Camera != nil {
		return s, true
	}
	for _, s := range m.snapshot.Services {
		if s.Camera != nil {
			return s, true
		}
	}
	return api.Service{}, false
}

// preview shows the camera, and once more the log.
func (m *model) preview() {
	if m.tab == tabCamera {
		m.tab = tabLog
		return
	}
	m.tab = tabCamera
}

func (p *cameraPane) forget() {
	p.service, p.picture, p.problem = "", nil, ""
}

// look asks for a picture while the tab is in front; nobody looks through the
// camera otherwise.
func (p *cameraPane) look(m *model) tea.Cmd {
	s, ok := m.cameraOf()
	if m.tab != tabCamera || p.asking || !ok || m.width < minWidth || m.height < minHeight {
		return nil
	}
	pause := frameEvery
	switch {
	case p.service != s.Name:
		p.forget()
		p.service, pause = s.Name, 0
	case p.problem != "":
		pause = failedEvery
	case m.blurred:
		pause = blurredEvery
	case p.picture == nil:
		pause = 0
	}
	p.asking = true
	ctx, engine := m.ctx, m.engine
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		img, err := fetch(ctx, engine, s)
		return frameMsg{s.Name, img, err}
	}
}

// took shows a picture.
func (p *cameraPane) took(msg frameMsg) {
	p.asking = false
	if msg.service == p.service {
		p.problem = ""
		if msg.err != nil {
			p.problem = firstLine(msg.err.Error())
		} else {
			p.picture = msg.picture
		}
	}
}

// fetch gets the newest picture of a camera.
func fetch(ctx context.Context, engine Engine, s api.Service) (image.Image, error) {
	ctx, cancel := context.WithTimeout(ctx, frameWait)
	defer cancel()
	picture, err := engine.Picture(ctx, s)
	if err != nil {
		return nil, err
	}
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("the camera's answer is no JPEG: %w", err)
	}
	return img, nil
}

// render draws the newest picture, with a line about it above.
func (p *cameraPane) render(m *model, l layout) []string {
	s, ok := m.cameraOf()
	if !ok {
		return []string{"", m.styles.Faint.Render("  " + words.NoCamera)}
	}
	url := addressOf(s, m.snapshot.Info.Hosts)
	about := m.styles.Strong.Render(safe.Text(s.Name)) + "  "
	switch {
	case p.problem != "":
		about += m.styles.Bad.Render(safe.Text(words.NoPicture(p.problem)))
	case p.picture == nil:
		about += m.styles.Faint.Render(words.CameraOpening)
	default:
		b := p.picture.Bounds()
		about += words.Picture(b.Dx(), b.Dy(), s.Camera.FPS, s.Camera.Clients)
	}
	where := m.styles.Faint.Render(safe.Text(url)) + "  "
	if ansi.StringWidth(about)+ansi.StringWidth(where)+4 > m.width {
		where = ""
	}
	lines := []string{sides("  "+about, where, m.width)}
	if p.picture == nil || p.service != s.Name || m.canvas.usable() {
		return lines
	}
	draw := picture.Blocks
	if !m.glyphs || m.colourless {
		draw = picture.Ramp
	}
	drawn := draw(p.picture, m.width-2, l.pane-1)
	for _, line := range drawn {
		indent := max(0, m.width-ansi.StringWidth(line)) / 2
		lines = append(lines, strings.Repeat(" ", indent)+line)
	}
	return lines
}
