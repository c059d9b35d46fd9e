package boot

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestAUnitRefusesWhatItCannotSay(t *testing.T) {
	for name, u := range map[string]Unit{
		"a line break in a path":  {Instance: "default", Program: "/bin/a\nb", Dir: "/"},
		"a relative program":      {Instance: "default", Program: "ammarctl", Dir: "/"},
		"no folder":               {Instance: "default", Program: "/bin/ammarctl"},
		"a line break in a value": {Instance: "default", Program: "/bin/a", Dir: "/", Env: map[string]string{"X": "a\nb"}},
	} {
		if text, err := u.Text(); err == nil {
			t.Errorf("%s: got\n%s", name, text)
		}
	}
}

func TestAnEditedUnitIsToldFromOursAndFromAnothers(t *testing.T) {
	text, err := Unit{Instance: "default", Program: "/bin/ammarctl", Dir: "/"}.Text()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want origin
	}{
		{text, ours},
		{text + "Nice=5\n", edited},
		{strings.Replace(text, "on-failure", "no", 1), edited},
		{"[Service]\nExecStart=/bin/true\n", foreign},
		{"", foreign},
	} {
		if got := originOf(c.text); got != c.want {
			t.Errorf("origin %d, want %d, of:\n%s", got, c.want, c.text)
		}
	}
}

func TestSystemdUnderstandsTheUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("systemd-analyze is missing")
		}
		t.Skip("systemd-analyze is not here")
	}
	dir := filepath.Join(t.TempDir(), "with a % and a $HOME")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "true")
	if err := os.Symlink("/bin/true", program); err != nil {
		t.Fatal(err)
	}
	text, err := Unit{Instance: "default", Program: program, Config: dir + `/a "b".toml`, Dir: dir,
		Env: map[string]string{"A": "b c%"}}.Text()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ammarctl.service")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	// Its units, and the folders for its manager's sockets, are its own.
	cmd := exec.Command(analyze, "--user", "--man=no", "verify", path)
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "ammarctl.service") {
		t.Errorf("systemd-analyze verify: %v\n%s\nof:\n%s", err, out, text)
	}
}

func TestWhoLingersHasAFileOfLogind(t *testing.T) {
	if dir := t.TempDir(); lingers(dir) {
		t.Error("nobody lingers there")
	}
}
