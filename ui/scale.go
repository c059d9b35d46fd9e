package ui

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/words"
)

// askScale asks how many processes shall share the service's port. The answer
// is written into the configuration, and shown as any other edit before it is
// applied: what was scaled stays so.
func (m *model) askScale() tea.Cmd {
	s, _ := m.current()
	file := m.snapshot.Info.Config
	switch {
	case s.Share != nil:
		m.say(true, "%s", words.ShareNotScaled)
		return nil
	case file == embedded || file == "":
		m.say(true, "%s", words.NoFileToEdit)
		return nil
	}
	name, now := m.scaled(s)
	p := newPrompt(words.ScalePrompt(name), words.ScaleHint, strconv.Itoa(now))
	p.keep = func(m *model, text string) tea.Cmd {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			m.say(true, "%s", words.NoNumber(text))
			return nil
		}
		ctx, engine := m.ctx, m.engine
		return func() tea.Msg {
			d, err := newDraft(file)
			if err != nil {
				return saidMsg{err: err}
			}
			text, err := withReplicas(string(d.before), name, n)
			if err == nil {
				err = os.WriteFile(d.path, []byte(text), 0o600)
			}
			if err != nil {
				d.discard()
				return saidMsg{err: fmt.Errorf("cannot scale %s: %w", name, err)}
			}
			return compare(ctx, engine, d)
		}
	}
	m.prompt = p
	return nil
}

// replica is the name of one of several processes: NAME-3.
var replica = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.+)-(\d+)$`) })

// scaled is the service's name in the configuration, and how many processes it
// has: NAME-1, NAME-2 and so on are NAME with replicas.
func (m *model) scaled(s api.Service) (name string, n int) {
	parts := replica().FindStringSubmatch(s.Name)
	if parts == nil {
		return s.Name, 1
	}
	for _, other := range m.snapshot.Services {
		if p := replica().FindStringSubmatch(other.Name); p != nil && p[1] == parts[1] && other.Addr == s.Addr {
			n++
		}
	}
	if n < 2 { // its name merely looks so
		return s.Name, 1
	}
	return parts[1], n
}

// withReplicas is a configuration in which the table of this service says
// replicas = n. Everything else, comments too, stays as it is.
func withReplicas(config, service string, n int) (string, error) {
	head := regexp.MustCompile(`(?m)^[ \t]*\[[ \t]*service[ \t]*\.[ \t]*"?` + regexp.QuoteMeta(service) + `"?[ \t]*\][^\n]*(?:\n|\z)`)
	at := head.FindStringIndex(config)
	if at == nil {
		return "", fmt.Errorf("the configuration has no line [service.%s]", service)
	}
	rest := config[at[1]:]
	end := len(rest)
	if next := regexp.MustCompile(`(?m)^[ \t]*\[`).FindStringIndex(rest); next != nil {
		end = next[0]
	}
	table := rest[:end]
	line := fmt.Sprintf("replicas = %d", n)
	key := regexp.MustCompile(`(?m)^([ \t]*)replicas[ \t]*=[ \t]*\d+`)
	if key.MatchString(table) {
		table = key.ReplaceAllString(table, "${1}"+line)
	} else {
		table = line + "\n" + table
	}
	before := config[:at[1]]
	if !strings.HasSuffix(before, "\n") {
		before += "\n"
	}
	return before + table + rest[end:], nil
}
