package configs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

func noVariables(string) string { return "" }

func TestAServiceIsAppendedAndAllElseStays(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"commented":       "# mine\n[service.db] # here\nexec = \"db\" # so\n",
		"without newline": "[service.db]\nexec = \"db\" # so",
		"of Windows":      "[service.db]\r\nexec = \"db\"\r\n",
		"with a mark":     "\ufeff[service.db]\nexec = \"db\"\n",
		"empty":           "",
		"blank":           "\n\n",
	} {
		path := filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		added, err := Append(path, Table{Name: "web", Exec: []string{"python3", "bot.py", "--x"}, Dir: folder, Port: NoPort}, noVariables)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := "[service.web]\nexec = \"python3 bot.py --x\"\n"; added != want {
			t.Errorf("%s: got %q, want %q", name, added, want)
		}
		now, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(now), text) {
			t.Errorf("%s: %v, the text before it changed: %q", name, err, now)
		}
		if strings.Contains(text, "\r\n") && strings.Count(string(now), "\r\n") != strings.Count(string(now), "\n") {
			t.Errorf("%s: it has both kinds of line breaks: %q", name, now)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
		c, err := Decode(now, path, "/")
		if err != nil || !slices.ContainsFunc(c.Services, func(s Service) bool { return s.Name == "web" }) {
			t.Errorf("%s: %v\n%s", name, err, now)
		}
	}
}

func TestAnAppendThatWouldBeWrongChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ammar.toml")
	for text, table := range map[string]Table{
		"[service.web]\nexec = \"db\"\n":            {Name: "web", Exec: []string{"x"}},
		"service = { db = { exec = \"x\" } }":       {Name: "web", Exec: []string{"x"}},
		"[service.db]\nexec = 3\n":                  {Name: "web", Exec: []string{"x"}},
		"[service.db]\nexec = \"x\"\nport = 8080\n": {Name: "web", Exec: []string{"x"}, Port: 8080},
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if added, err := Append(path, table, noVariables); err == nil {
			t.Errorf("%q: appended %q", text, added)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != text {
			t.Errorf("%q became %q, %v", text, now, err)
		}
	}
}

func TestATableIsReadBackAsItWasMeant(t *testing.T) {
	for _, table := range []Table{
		{Exec: []string{"a", "b c", `d"e\f`, "", "~/x", "${HOME}", "$x", "tab\there", "\x01", "ü'"}, Port: 9000},
		{Exec: []string{"a", "-b"}, Port: FreePort, Dir: "/etc/x/sub"},
		{Exec: []string{"a", "&&", "b"}, Port: NoPort, Dir: "/elsewhere"},
		{Shell: "cd x && ./y \"${Z}\" 'q' | tee\nwc", Port: NoPort},
	} {
		table.Name = "web"
		if table.Dir == "" {
			table.Dir = "/etc/x"
		}
		c, err := Decode([]byte(table.TOML("/etc/x/ammar.toml")), "/etc/x/ammar.toml", "/home/me")
		if err != nil {
			if !slices.Contains(table.Exec, "&&") { // refused, with the line to write
				t.Errorf("%v\n%s", err, table.TOML("/etc/x/ammar.toml"))
			}
			continue
		}
		s := c.Services[0]
		if !slices.Equal(s.Exec, table.Exec) || s.Shell != table.Shell || s.Dir != table.Dir || s.Port != table.Port {
			t.Errorf("got %+v, want %+v\n%s", s, table, table.TOML("/etc/x/ammar.toml"))
		}
	}
}

func FuzzQuoteTOML(f *testing.F) {
	f.Add("a\"b\\c\n\t\x00\x7fü")
	f.Fuzz(func(t *testing.T, text string) {
		var table map[string]string
		text = strings.ToValidUTF8(text, "?")
		if err := toml.Unmarshal([]byte("v = "+quoteTOML(text)), &table); err != nil || table["v"] != text {
			t.Errorf("%q is written as %s and read as %q: %v", text, quoteTOML(text), table["v"], err)
		}
	})
}
