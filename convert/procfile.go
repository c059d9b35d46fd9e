package convert

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

var procLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([A-Za-z0-9_-]+):\s*(.+)$`) })

// procfile reads lines of "name: command", as foreman, honcho and overmind do.
func (s *sheet) procfile(text string) error {
	s.lose("foreman ends everything when one program ends; here each is started again by itself. For the former: " +
		"restart.policy = \"never\" and critical = true")
	dotenv := false
	if _, err := os.Stat(filepath.Join(filepath.Dir(s.path), ".env")); err == nil {
		dotenv = true
	}
	for i, raw := range strings.Split(strings.TrimPrefix(text, "\uFEFF"), "\n") {
		line := strings.TrimSpace(raw)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		m := procLine().FindStringSubmatch(line)
		if m == nil || strings.ContainsRune(line, 0) {
			return fmt.Errorf("%s: line %d: expected NAME: COMMAND, got %q", s.path, i+1, line)
		}
		if s.called(m[1]) != nil {
			return fmt.Errorf("%s: line %d: %s is there already", s.path, i+1, m[1])
		}
		v := s.add(m[1])
		v.setList("exec", []string{"sh", "-c", literal(m[2])})
		v.about = append(v.about, "it opens its port itself; foreman gives each program a number in PORT")
		v.setEnv([][2]string{{"PORT", fmt.Sprint(5000 + 100*(len(s.services)-1))}})
		if dotenv {
			v.setList("env_file", []string{".env"})
		}
		if m[1] == "release" {
			v.lose("release runs once before the others on some platforms: oneshot = true here, and after = [\"release\"] there")
		}
	}
	return nil
}
