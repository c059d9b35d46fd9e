//go:build unix

package launch

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain is a stage that does what EXECUTE says.
func TestMain(m *testing.M) {
	if command := os.Getenv("EXECUTE"); command != "" {
		defaultSignals()
		_, _ = io.WriteString(os.Stdout, describe(command, execute([]string{command}, os.Environ())).Error())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestAProgramIsLookedForInPath(t *testing.T) {
	dir := t.TempDir()
	for path, mode := range map[string]os.FileMode{"plain/tool": 0o644, "good/tool": 0o755, "plain/only": 0o644, "bad/broken": 0o755} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		text := "#!/bin/sh\necho it ran\n"
		if strings.HasSuffix(path, "broken") {
			text = "no program"
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "plain/folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := strings.Join([]string{"/no/such/folder", filepath.Join(dir, "plain/tool"), filepath.Join(dir, "plain"), filepath.Join(dir, "bad"), filepath.Join(dir, "good"), "/bin"}, ":")
	for _, c := range []struct{ path, command, want string }{
		{path, "tool", "it ran"}, // one that is not executable is before it
		{path, "only", "it is not executable"},
		{path, "folder", "no such program in PATH"},
		{path, "broken", "it is no program of this machine"},
		{path, "absent", "no such program in PATH"},
		{"", "tool", "no such program in PATH"},
		{":/no/such/folder", "tool", "it ran"}, // empty is here
		{"", "./tool", "it ran"},
		{path, "./absent", "no such file, seen from " + dir},
		{path, filepath.Join(dir, "plain/tool"), "it is not executable"},
		{path, filepath.Join(dir, "plain/folder"), "it is a directory"},
	} {
		if got := stage(t, filepath.Join(dir, "good"), c.path, c.command); !strings.Contains(got, c.want) {
			t.Errorf("%s in %q says %q, want %q", c.command, c.path, got, c.want)
		}
	}
}

// stage is what a stage in dir that executes a command says.
func stage(t *testing.T, dir, path, command string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	child, err := os.StartProcess(self, []string{self}, &os.ProcAttr{Dir: dir, Env: []string{"EXECUTE=" + command, "PATH=" + path}, Files: []*os.File{nil, w, w}})
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(said))
}

func TestAnAbandonedReportIsSeen(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if abandoned(int(w.Fd())) {
		t.Error("a pipe with a reader counts as abandoned")
	}
	_ = r.Close()
	if !abandoned(int(w.Fd())) {
		t.Error("a pipe without a reader does not count as abandoned")
	}
}
