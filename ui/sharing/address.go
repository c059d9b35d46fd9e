package sharing

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/address"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// addressDialog shows where a service is reached, with a QR code for phones.
type addressDialog struct {
	service api.Service
	notes   []string // what the other machine must know
}

// Update closes the dialog with any key.
func (d *addressDialog) Update(_ component.Screen, msg tea.Msg) (component.Dialog, component.Effects) {
	if _, ok := msg.(tea.KeyPressMsg); ok {
		return nil, nil
	}
	return d, nil
}

// View draws the addresses. The QR code is below them where the screen is high
// enough, otherwise at their right, otherwise left out: half a code is useless.
func (d *addressDialog) View(scr component.Screen) string {
	s := d.service
	list := []api.Address{{URL: address.Of(s, scr.Snapshot.Info.Hosts)}}
	title, keys := safe.Text(s.Name), scr.Hint("esc", messages.Back)
	if s.Share != nil {
		list = s.Share.URLs
		title = messages.SharedAs(safe.Text(s.Share.Path), safe.Text(s.Name))
		keys = scr.Hint("x", messages.EndsIt) + "   " + keys
	}
	lines := append([]string{scr.Styles.Strong.Render(title), ""}, addressLines(scr, list)...)
	lines = append(lines, "")
	switch {
	case s.PID == 0:
		lines = append(lines, scr.Styles.Wait.Render(messages.AddressSilent))
	case len(list) > 0 && address.Loopback(list[0].URL):
		lines = append(lines, scr.Styles.Faint.Render(messages.AddressHere))
	}
	for _, note := range d.notes {
		lines = append(lines, safe.Text(note))
	}
	var code []string
	if len(list) > 0 && address.Scannable(s, list[0].URL) {
		code = scr.QR(list[0].URL)
	}
	frame := scr.Styles.Frame.GetVerticalFrameSize()
	switch {
	case len(code) == 0:
	case len(lines)+len(code)+2+frame <= scr.Height && ansi.StringWidth(code[0])+8 <= scr.Width:
		lines = append(append(lines, code...), "")
	case len(code)+frame <= scr.Height && draw.Widest(lines)+ansi.StringWidth(code[0])+11 <= scr.Width:
		return scr.Box(draw.Columns(append(lines, keys), code, 3), scr.Width, scr.Height)
	}
	return scr.Box(append(lines, keys), scr.Width, scr.Height)
}

// addressLines lists addresses, the best one marked.
func addressLines(scr component.Screen, list []api.Address) (lines []string) {
	width, names := 0, 0
	for _, a := range list {
		width = max(width, ansi.StringWidth(safe.Text(a.URL)))
		names = max(names, ansi.StringWidth(safe.Text(a.Interface)))
	}
	for i, a := range list {
		url := draw.Fit(safe.Text(a.URL), width)
		if i == 0 {
			url = scr.Styles.Selected.Render(url)
		}
		where := scr.Styles.Faint.Render(draw.Fit(safe.Text(a.Interface), names) + "  " + safe.Text(a.Note))
		lines = append(lines, strings.TrimRight(url+"  "+where, " "))
	}
	return lines
}
