package ui

import (
	"os"
	"regexp"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// detail is what this machine tells of a service beside its supervisor: the
// command line of its process, and its table in the configuration.
type detail struct {
	pid     int
	service string
	command string
	table   []string
}

// detailMsg brings it.
type detailMsg detail

// lookUp reads the detail of the selected service, once for each process, while
// the tab that shows it is in front.
func (m *model) lookUp() tea.Cmd {
	s, ok := m.current()
	if m.tab != tabInfo || !ok || m.detail.service == s.Name && m.detail.pid == s.PID {
		return nil
	}
	name, _ := m.scaled(s)
	m.detail = detail{pid: s.PID, service: s.Name}
	d, config := m.detail, m.snapshot.Info.Config
	return func() tea.Msg {
		d.command = commandOf(d.pid)
		if text, err := os.ReadFile(config); err == nil {
			d.table = tableOf(string(text), name)
		}
		return detailMsg(d)
	}
}

func (m *model) lookedUp(msg detailMsg) {
	if msg.service == m.detail.service && msg.pid == m.detail.pid {
		m.detail = detail(msg)
	}
}

// commandOf is the command line of a process (proc(5)); empty where the system
// does not say.
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

// tableOf is the table of a service in a configuration, as it is written there,
// without its heading, comments and empty lines.
func tableOf(config, service string) []string {
	heading := regexp.MustCompile(`^\s*\[\s*service\s*\.\s*"?` + regexp.QuoteMeta(service) + `"?\s*[.\]]`)
	var table []string
	inside := false
	for line := range strings.Lines(config) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "["):
			inside = heading.MatchString(line)
		case inside && line != "" && !strings.HasPrefix(line, "#"):
			table = append(table, line)
		}
	}
	return table
}
