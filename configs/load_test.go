package configs

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// write makes a file below a folder, and the folders between.
func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

const oneService = "[service.files]\nport = 8080\n"

func TestTheFirstConfigurationFoundIsUsed(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	home, xdg := filepath.Join(dir, "home"), filepath.Join(dir, "xdg")
	explicit := write(t, filepath.Join(dir, "else", "my.toml"), oneService)
	vars := map[string]string{"HOME": home, "XDG_CONFIG_HOME": xdg}
	finds := func(explicit, want string) {
		t.Helper()
		got, err := Find(explicit, env(vars))
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("found %s, want %s", got, want)
		}
	}
	finds("", Embedded)
	inHome := write(t, filepath.Join(home, ".config", "ammarctl", FileName), oneService)
	finds("", Embedded) // XDG_CONFIG_HOME names another folder
	delete(vars, "XDG_CONFIG_HOME")
	finds("", inHome)
	vars["XDG_CONFIG_HOME"] = "relative" // the XDG specification has it ignored
	finds("", inHome)
	vars["XDG_CONFIG_HOME"] = xdg
	inXDG := write(t, filepath.Join(xdg, "ammarctl", FileName), oneService)
	finds("", inXDG)
	here := write(t, filepath.Join(dir, FileName), oneService)
	finds("", here)
	finds("else/my.toml", explicit)
	finds(explicit, explicit)
}

func TestAFileThatWasNamedHasToExist(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "absent.toml"), env(nil))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "absent.toml") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

func TestTheEmbeddedDefaultIsThisFolderACameraAndStatus(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	got, err := Load("", env(map[string]string{"HOME": dir}))
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Path: Embedded}
	for i, kind := range []string{KindFiles, KindCamera, KindStatus} {
		s := NewService(kind, kind)
		s.Port, s.Root, s.Dir = 8080+i, here, here
		want.Services = append(want.Services, s)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, s := range got.Services {
		if s.Bind != "127.0.0.1" {
			t.Errorf("%s listens on %s; nothing is open to the network by default", s.Name, s.Bind)
		}
	}
}

func TestDefaultsAreThoseOfTheReference(t *testing.T) {
	// Every key that has a default, set to it, changes nothing.
	for _, kind := range []string{KindFiles, KindCamera, KindStatus, KindExec} {
		s := NewService("x", kind)
		before := s
		for _, k := range Keys() {
			if k.Default == "" || !k.Has(kind) || strings.HasPrefix(k.Name, "probe.") {
				continue
			}
			if err := k.set(&s, tomlValue(t, k.Default)); err != nil {
				t.Errorf("%s: %v", k.Name, err)
			}
		}
		if diff := cmp.Diff(before, s); diff != "" {
			t.Errorf("a %s service: -NewService +Keys:\n%s", kind, diff)
		}
	}
	c, err := Decode([]byte("[service.files]\nport = 1\nprobe.http = \"/\"\n"), "a.toml", "/")
	if err != nil {
		t.Fatal(err)
	}
	probe := *c.Services[0].Probe
	for _, k := range Keys() {
		if k.Default != "" && strings.HasPrefix(k.Name, "probe.") {
			if err := k.set(&c.Services[0], tomlValue(t, k.Default)); err != nil {
				t.Errorf("%s: %v", k.Name, err)
			}
		}
	}
	if diff := cmp.Diff(probe, *c.Services[0].Probe); diff != "" {
		t.Errorf("probe: -default +Keys:\n%s", diff)
	}
}

func TestPathsStartAtTheFileOrAtHome(t *testing.T) {
	text := `
[service.home]
kind = "files"
port = 1
root = "~"
dir = "~/work"
[service.below]
kind = "files"
port = 2
root = "sub/folder"
[service.above]
kind = "files"
port = 3
root = "../other"
dir = "/srv"
[service.clip]
kind = "camera"
port = 4
source = "file:clip.mjpeg"
[service.tilde]
kind = "files"
port = 5
root = "~somebody"
`
	c, err := Decode([]byte(text), "/etc/ammar/a.toml", "/home/me")
	if err != nil {
		t.Fatal(err)
	}
	want := [][3]string{
		{"/home/me", "/home/me/work", "auto"},
		{"/etc/ammar/sub/folder", "/etc/ammar", "auto"},
		{"/etc/other", "/srv", "auto"},
		{"/etc/ammar", "/etc/ammar", "file:/etc/ammar/clip.mjpeg"},
		{"/etc/ammar/~somebody", "/etc/ammar", "auto"},
	}
	for i, s := range c.Services {
		if got := [3]string{s.Root, s.Dir, s.Source}; got != want[i] {
			t.Errorf("%s: got %v, want %v", s.Name, got, want[i])
		}
	}
}

func TestWhatTheMachineLacksIsSaidWithItsPlace(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "")
	text := `[service.files]
port = 80
root = "gone"
dir = "file"
[service.default]
kind = "files"
port = 1024
`
	path := filepath.Join(dir, "a.toml")
	_, err := decode([]byte(text), path, dir, machine{stat: os.Stat, firstPort: 1024})
	want := []string{
		path + ":2:1: port: only an administrator may listen on 80 here; expected 1024 or more [low-port]",
		path + ":3:1: root: no such folder " + filepath.Join(dir, "gone") + " [folder-missing]",
		path + ":4:1: dir: expected a folder, " + filepath.Join(dir, "file") + " is a file",
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

func TestAFileThatIsEditedIsReadAgainFromItsFolder(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "a.toml"), "[service.files]\nport = 8080\nroot = \"sub\"\n")
	if _, err := Load(path, env(nil)); err == nil || !strings.Contains(err.Error(), ":3:1: root: no such folder") {
		t.Errorf("got %v, want the missing folder's place", err)
	}
	write(t, filepath.Join(dir, "sub", "x"), "")
	c, err := Load(path, env(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Services[0].Root; got != filepath.Join(dir, "sub") {
		t.Errorf("root is %s", got)
	}
}

func TestTablesDottedKeysAndInlineTablesMeanTheSame(t *testing.T) {
	want := Restart{Policy: RestartAlways, Delay: time.Second, MaxDelay: time.Minute, Limit: 9, Window: time.Hour}
	for name, text := range map[string]string{
		"inline": "restart = { policy = \"always\", delay = \"1s\", max_delay = \"1m\", limit = 9, window = \"1h\" }",
		"dotted": "restart.policy = \"always\"\nrestart.delay = \"1s\"\nrestart.max_delay = \"1m\"\nrestart.limit = " +
			"9\nrestart.window = \"1h\"",
		"table": "[service.files.restart]\npolicy = \"always\"\ndelay = \"1s\"\nmax_delay = \"1m\"\nlimit = 9\nwindow " +
			"= \"1h\"",
		"quoted": "[\"service\".\"files\".'restart']\n\"policy\" = 'always'\ndelay = \"1s\"\nmax_delay = \"1m\"\nlimit = " +
			"9\nwindow = \"1h\"",
	} {
		c, err := Decode([]byte("[service.files]\nport = 8080\n"+text+"\n"), "a.toml", "/")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, c.Services[0].Restart); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestServicesKeepTheOrderOfTheFile(t *testing.T) {
	text := ""
	want := []string{"z", "m", "a", "files"}
	for i, name := range want {
		text += "[service." + name + "]\nkind = \"files\"\nport = " + string(rune('1'+i)) + "\n"
	}
	c, err := Decode([]byte(text), "a.toml", "/")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range c.Services {
		got = append(got, s.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAfterIsAListOrATable(t *testing.T) {
	config, err := Decode([]byte(`
[service.db]
exec = ["db"]
replicas = 2
[service.migrate]
exec = ["migrate"]
[service.web]
exec = ["web"]
after = { db = "started", migrate = "done" }
[service.plain]
exec = ["web"]
after = ["migrate"]
`), "ammar.toml", "/home/me")
	if err != nil {
		t.Fatal(err)
	}
	web, plain := config.Services[3], config.Services[4]
	if !slices.Equal(web.After, []string{"db-1", "db-2", "migrate"}) ||
		!maps.Equal(web.AfterWhen, map[string]string{"db-1": "started", "db-2": "started", "migrate": "done"}) {
		t.Errorf("after is %v %v", web.After, web.AfterWhen)
	}
	changed := web
	changed.AfterWhen = map[string]string{"migrate": "done"}
	if len(Diff(web, changed)) != 1 || plain.AfterWhen != nil {
		t.Errorf("the difference is %v", Diff(web, changed))
	}
	for text, want := range map[string]string{
		`after = { db = "well" }`:       `after.db: expected "ready", "done" or "started", got "well"`,
		`after = { nobody = "done" }`:   `no service is called "nobody"`,
		`timezone = "Mars"`:             `expected a time zone`,
		`missed = "maybe"`:              `expected "run" or "skip"`,
		`ready_log = "("`:               `expected a regular expression`,
		`success_exit_codes = [1, 256]`: `expected a number from 0 to 255`,
	} {
		text = "[service.x]\nexec = [\"x\"]\n" + text + "\n[service.db]\nexec = [\"db\"]\n"
		_, err := Decode([]byte(text), "ammar.toml", "/home/me")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
