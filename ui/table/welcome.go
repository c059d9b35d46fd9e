package table

import (
	"net"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// welcomeWidth is the narrowest screen on which newcomers are welcomed.
const welcomeWidth = 64

// Welcome is for a first encounter: which services run, and which keys to press
// first. It is nil when the instance was configured, or when there is something
// more important to say.
func Welcome(scr component.Screen) []string {
	if !scr.Connected || scr.Lost || !scr.Embedded() || scr.Width < welcomeWidth {
		return nil
	}
	if s, _ := scr.Current(); s.Reason != "" || s.Share != nil {
		return nil
	}
	line := scr.Note(messages.WelcomeLocal)
	for _, s := range scr.Snapshot.Services {
		_, port, err := net.SplitHostPort(s.Addr)
		if err != nil || s.Share != nil || s.PID == 0 {
			continue
		}
		next := "  " + safe.Text(s.Name) + scr.Styles.Faint.Render(" http://127.0.0.1:"+safe.Text(port))
		if ansi.StringWidth(line)+ansi.StringWidth(next) > scr.Width {
			break
		}
		line += next
	}
	keys := "  "
	for _, k := range [][2]string{
		{"a", messages.WelcomeShare}, {"tab", messages.WelcomeLog}, {"?", messages.WelcomeKeys},
	} {
		keys += scr.Styles.Key.Render(k[0]) + " " + k[1] + "     "
	}
	return []string{line, keys}
}
