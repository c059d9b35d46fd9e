package ui

import (
	"fmt"
	"image"
	"slices"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/picture"
)

// canvas is what is known of the terminal's pixels: nothing, until it has
// answered.
type canvas struct {
	sixel        bool // it draws Sixel
	cellW, cellH int  // pixels of a cell
	measure      func() (cellW, cellH int)
	drawn        spotOnScreen
}

// spotOnScreen is where a picture is, in cells; empty when none is.
type spotOnScreen struct{ x, y, w, h int }

// maxPixels bounds a picture in one direction: more would cost more than it
// shows.
const maxPixels = 640

// reportCellSize is the window operation that xterm's ctlseqs lists as 16.
const reportCellSize = 16

// questions ask whether the terminal draws Sixel (4 among its attributes) and
// how large its cells are. They are not asked over ssh, where pictures would
// take the whole line, and not where nothing is drawn.
func (m *model) questions() tea.Cmd {
	if m.dumb || m.colourless || m.getenv("SSH_TTY") != "" || m.getenv("SSH_CONNECTION") != "" {
		return nil
	}
	return tea.Raw(ansi.RequestPrimaryDeviceAttributes + ansi.WindowOp(reportCellSize))
}

// resized measures the cells anew: another font comes with another size.
func (c *canvas) resized() {
	if c.measure == nil {
		return
	}
	if w, h := c.measure(); w > 0 && h > 0 {
		c.cellW, c.cellH = w, h
	}
}

// answered takes what the terminal says of itself.
func (c *canvas) answered(msg tea.Msg) {
	switch msg := msg.(type) {
	case uv.PrimaryDeviceAttributesEvent:
		c.sixel = slices.Contains(msg, 4)
	case uv.CellSizeEvent:
		c.cellW, c.cellH = msg.Width, msg.Height
	}
}

func (c *canvas) usable() bool { return c.sixel && c.cellW > 0 && c.cellH > 0 }

// area is where the camera's picture goes, in cells.
func (m *model) area() spotOnScreen {
	l := m.layout()
	top := l.header + l.tabBar + 1
	if !m.zoomed {
		top += l.heading + l.rows + l.detail
	}
	return spotOnScreen{1, top, m.width - 2, l.pane - 1}
}

// paint draws a picture over the frame, in the middle of its area.
func (m *model) paint(img image.Image) tea.Cmd {
	c, at := &m.canvas, m.area()
	if !c.usable() || m.dialog != nil || m.tab != tabCamera || at.w <= 0 || at.h <= 0 {
		return nil
	}
	c.drawn = at
	cellW, cellH := c.cellW, c.cellH
	return func() tea.Msg {
		text, w, _ := picture.Sixel(img, min(at.w*cellW, maxPixels), min(at.h*cellH, maxPixels))
		if text == "" {
			return nil
		}
		x := at.x + (at.w-(w+cellW-1)/cellW)/2
		return tea.RawMsg{Msg: fmt.Sprint(ansi.SaveCursor, ansi.CursorPosition(x+1, at.y+1), text, ansi.RestoreCursor)}
	}
}

// wipe clears the screen when a picture is no longer where it belongs: what
// draws the cells knows nothing of it.
func (m *model) wipe() tea.Cmd {
	c := &m.canvas
	if c.drawn == (spotOnScreen{}) || m.tab == tabCamera && c.drawn == m.area() {
		return nil
	}
	c.drawn = spotOnScreen{}
	return tea.ClearScreen
}
