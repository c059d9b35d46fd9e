package boot

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var odd = Unit{
	Instance: "default", Program: "/opt/my tools/ammarctl", Config: `/home/me/it's <new> & "odd"/ammar.toml`, Dir: "/",
	Env: map[string]string{"XDG_STATE_HOME": "/home/me/$state"},
}

func TestAnAgentForLaunchdIsAPropertyList(t *testing.T) {
	text, err := Launchd(odd, "/home/me/ammarctl.log")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		if data, ok := token.(xml.CharData); ok && strings.TrimSpace(string(data)) != "" {
			words = append(words, string(data))
		}
	}
	want := []string{"ProgramArguments", odd.Program, "up", "--no-color", "--instance", "default", "--config",
		odd.Config, "WorkingDirectory"}
	if at := slices.Index(words, want[0]); at < 0 || len(words) < at+len(want) || !slices.Equal(words[at:at+len(want)],
		want) {
		t.Errorf("the arguments are not all there: %q", words)
	}
}

// TestAScriptForOpenRCRunsTheCommands has the shell execute it, with a su that
// only executes what it is given.
func TestAScriptForOpenRCRunsTheCommands(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	u := odd
	u.Program = filepath.Join(dir, "it's ammarctl")
	u.Dir = dir
	text, err := OpenRC(u, "me", "/home/me")
	if err != nil {
		t.Fatal(err)
	}
	fake := "#!/bin/sh\npwd\necho $HOME\necho \"$XDG_STATE_HOME\"\nfor word; do echo \"$word\"; done\n"
	if err := os.WriteFile(u.Program, []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	rest := "\nsu() { echo \"user $5\"; sh -c \"$4\"; }\nebegin() { :; }\neend() { return $1; }\nstart\n"
	out, err := exec.Command(sh, "-c", text+rest).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"user me", real, "/home/me", "/home/me/$state", "up", "-d", "--config", odd.Config, "--instance",
		"default", ""}
	if got := strings.Split(string(out), "\n"); !slices.Equal(got, want) {
		t.Errorf("start does\n%q, want\n%q", got, want)
	}
}
