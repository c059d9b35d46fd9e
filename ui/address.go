package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// addressDialog shows how to reach a service, with the code for a telephone.
type addressDialog struct {
	service api.Service
	notes   []string // what else the other machine has to know
}

func (addressDialog) update(m *model, msg tea.Msg) tea.Cmd {
	if _, ok := msg.(tea.KeyPressMsg); ok {
		m.dialog = nil
	}
	return nil
}

func (m *model) showAddress() {
	if s, ok := m.current(); ok {
		m.dialog = addressDialog{service: s}
	}
}

func (d addressDialog) render(m *model) string {
	s := d.service
	list := []api.Address{{URL: addressOf(s, m.snapshot.Info.Hosts)}}
	title, last := m.styles.Strong.Render(safe.Text(s.Name)), m.hint("esc", words.Back)
	if s.Share != nil {
		list = s.Share.URLs
		title = m.styles.Strong.Render(words.SharedAs(safe.Text(s.Share.Path), safe.Text(s.Name)))
		last = m.hint("x", words.EndsIt) + "   " + last
	}
	lines := []string{title, ""}
	width, names := 0, 0
	for _, u := range list {
		width = max(width, ansi.StringWidth(safe.Text(u.URL)))
		names = max(names, ansi.StringWidth(safe.Text(u.Interface)))
	}
	for i, u := range list {
		url := fit(safe.Text(u.URL), width)
		if i == 0 {
			url = m.styles.Selected.Render(url)
		}
		lines = append(lines, strings.TrimRight(url+"  "+m.styles.Faint.Render(fit(safe.Text(u.Interface), names)+"  "+safe.Text(u.Note)), " "))
	}
	lines = append(lines, "")
	switch {
	case s.PID == 0:
		lines = append(lines, m.styles.Wait.Render(words.AddressSilent))
	case len(list) > 0 && loopback(list[0].URL):
		lines = append(lines, m.styles.Faint.Render(words.AddressHere))
	}
	for _, note := range d.notes {
		lines = append(lines, safe.Text(note))
	}
	// The code stands below where the screen is high enough, else beside, else
	// nowhere: a cut one is worth nothing.
	var code []string
	if len(list) > 0 && scannable(s, list[0].URL) {
		code = m.qr(list[0].URL)
	}
	frame := m.styles.Frame.GetVerticalFrameSize()
	switch {
	case len(code) == 0:
	case len(lines)+len(code)+2+frame <= m.height && ansi.StringWidth(code[0])+8 <= m.width:
		lines = append(append(lines, code...), "")
	case len(code)+frame <= m.height && widest(lines)+ansi.StringWidth(code[0])+11 <= m.width:
		return m.box(beside(append(lines, last), code))
	}
	return m.box(append(lines, last))
}

func widest(lines []string) (w int) {
	for _, l := range lines {
		w = max(w, ansi.StringWidth(l))
	}
	return w
}

// beside puts the code at the right of the lines.
func beside(lines, code []string) []string {
	width := widest(lines)
	for len(lines) < len(code) {
		lines = append(lines, "")
	}
	for i := range code {
		lines[i] = fit(lines[i], width) + "   " + code[i]
	}
	return lines
}

// lightOnDark makes the light parts of a code light and the dark ones dark,
// whatever the terminal's colours are; without any, a dark background is taken
// for granted. Whole cells are background, since many fonts leave a seam around
// a block.
func (m *model) lightOnDark(line string) string {
	if m.colourless || !m.glyphs {
		return line
	}
	const light, dark = "231", "16"
	var b strings.Builder
	for _, r := range line {
		sign, upper, lower := "▀", light, dark
		switch r {
		case '█':
			sign, lower = " ", light
		case '▄':
			upper, lower = dark, light
		case ' ':
			sign, upper = " ", dark
		}
		b.WriteString("\x1b[38;5;" + upper + ";48;5;" + lower + "m" + sign)
	}
	return b.String() + "\x1b[m"
}
