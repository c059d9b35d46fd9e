package info

import (
	"os"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/editing"
)

// DetailMsg is what this machine knows of a service without its supervisor.
type DetailMsg struct {
	Service string
	PID     int
	Command string   // the command line of the process
	Table   []string // the lines of the service in the configuration
}

// of tells whether the details are those of the service's process.
func (d DetailMsg) of(s api.Service) bool { return d.Service == s.Name && d.PID == s.PID }

// readDetail is the command that reads the details of a service's process.
func readDetail(scr component.Screen, s api.Service) tea.Cmd {
	detail, config := DetailMsg{Service: s.Name, PID: s.PID}, scr.Snapshot.Info.Config
	name, _ := editing.Replicas(scr.Snapshot.Services, s)
	return func() tea.Msg {
		detail.Command = commandOf(detail.PID)
		if text, err := os.ReadFile(config); err == nil {
			detail.Table = editing.TableOf(string(text), name)
		}
		return detail
	}
}

// commandOf is the command line of a process (proc(5)); empty where the system
// does not tell.
func commandOf(pid int) string {
	if pid == 0 {
		return ""
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		return ""
	}
	return strings.Join(strings.Split(strings.TrimRight(string(text), "\x00"), "\x00"), " ")
}
