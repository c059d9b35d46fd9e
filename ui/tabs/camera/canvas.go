package camera

import (
	"fmt"
	"image"
	"slices"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/picture"
)

// canvas draws pixels over the cells of the terminal. It draws none until the
// terminal has said that it can.
type canvas struct {
	sixel        bool // the terminal draws Sixel
	cellW, cellH int  // pixels of a cell; 0: unknown
	measure      func() (cellW, cellH int)
	drawn        area
}

// area is a part of the screen, in cells; the zero value is none.
type area struct{ x, y, w, h int }

// maxPixels bounds the width and the height of a frame, to bound what a frame
// costs to send.
const maxPixels = 640

// reportCellSize is the window operation that xterm's ctlseqs lists as 16.
const reportCellSize = 16

// questions ask whether the terminal draws Sixel (4 among its attributes) and how
// large its cells are. It sends none over ssh, because frames would fill the line, and
// none where no picture is drawn.
func questions(scr component.Screen, getenv func(string) string) tea.Cmd {
	if scr.Plain || scr.Colourless || getenv("SSH_TTY") != "" || getenv("SSH_CONNECTION") != "" {
		return nil
	}
	return tea.Raw(ansi.RequestPrimaryDeviceAttributes + ansi.WindowOp(reportCellSize))
}

// update takes the answers of the terminal. It measures the cells after a
// resize, because another font comes with another size.
func (c *canvas) update(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if c.measure == nil {
			return
		}
		if w, h := c.measure(); w > 0 && h > 0 {
			c.cellW, c.cellH = w, h
		}
	case uv.PrimaryDeviceAttributesEvent:
		c.sixel = slices.Contains(msg, 4)
	case uv.CellSizeEvent:
		c.cellW, c.cellH = msg.Width, msg.Height
	}
}

func (c *canvas) usable() bool { return c.sixel && c.cellW > 0 && c.cellH > 0 }

// areaIn is where the frame is drawn: below the first line of the tab.
func areaIn(scr component.Screen) area {
	return area{1, scr.Pane.Top + 1, scr.Width - 2, scr.Pane.Height - 1}
}

// paint draws a frame in the middle of its area.
func (c *canvas) paint(scr component.Screen, frame image.Image) tea.Cmd {
	at := areaIn(scr)
	if !c.usable() || scr.Covered || !scr.Front || at.w <= 0 || at.h <= 0 {
		return nil
	}
	c.drawn = at
	cellW, cellH := c.cellW, c.cellH
	return func() tea.Msg {
		text, w, _ := picture.Sixel(frame, min(at.w*cellW, maxPixels), min(at.h*cellH, maxPixels))
		if text == "" {
			return nil
		}
		x := at.x + (at.w-(w+cellW-1)/cellW)/2
		corner := ansi.CursorPosition(x+1, at.y+1)
		return tea.RawMsg{Msg: fmt.Sprint(ansi.SaveCursor, corner, text, ansi.RestoreCursor)}
	}
}

// wipe clears the screen when a frame is no longer where it belongs. The library
// that draws the cells does not know of the pixels over them.
func (c *canvas) wipe(scr component.Screen) tea.Cmd {
	if c.drawn == (area{}) || scr.Front && c.drawn == areaIn(scr) {
		return nil
	}
	c.drawn = area{}
	return tea.ClearScreen
}
