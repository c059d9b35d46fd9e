package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tusClient is the version that applications use today.
const tusClient = "tus-js-client@4.3.1"

func TestTheTusClientOfApplicationsUploadsAndResumes(t *testing.T) {
	needs(t, "node")
	needs(t, "npm")
	dir := t.TempDir()
	install := exec.Command("timeout", "120", "npm", "install", "--no-save", "--no-package-lock", "--ignore-scripts",
		"--no-audit", "--no-fund", "--loglevel=error", tusClient)
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("%s cannot be installed here, which needs the registry of npm: %v\n%.1000s", tusClient, err, out)
	}
	script, err := os.ReadFile("testdata/tus/upload.cjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "upload.cjs"), script, 0o644); err != nil {
		t.Fatal(err)
	}
	tusResumes(t, dir, "node", "upload.cjs")
}

func TestTheTusClientOfPythonUploadsAndResumes(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, which has Debian's modules
	if err := exec.Command(python, "-c", "import tusclient").Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3-tuspy is missing; .ci/run installs it")
		}
		t.Skip("needs python3-tuspy")
	}
	script, err := filepath.Abs("testdata/tus/upload.py")
	if err != nil {
		t.Fatal(err)
	}
	tusResumes(t, t.TempDir(), python, script)
}

// tusResumes uploads a file with a client, which is stopped in the middle, and
// goes on after a restart of the share.
func tusResumes(t *testing.T, dir, program, script string) {
	t.Helper()
	s := share(t)
	const size = 6<<20 + 123
	source := filepath.Join(dir, "film ü.bin")
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i >> 10)
	}
	if err := os.WriteFile(source, data, 0o644); err != nil {
		t.Fatal(err)
	}
	upload := func(more ...string) (said struct{ Stopped, First int64 }) {
		t.Helper()
		out := real(t, dir, program, append([]string{script, s.url("?tus"), source, filepath.Join(dir, "store.json")},
			more...)...)
		if err := json.Unmarshal([]byte(strings.TrimSpace(out)), &said); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return said
	}
	stopped := upload(fmt.Sprint(3 << 20)).Stopped
	if stopped < 3<<20 || stopped >= size {
		t.Fatalf("it stopped after %d bytes", stopped)
	}
	if _, err := os.Stat(filepath.Join(s.root, "film ü.bin")); err == nil {
		t.Error("half a file is visible")
	}
	s.restart()
	if first := upload().First; first < 3<<20 || first%(1<<20) != 0 {
		t.Errorf("it went on at %d", first)
	}
	same(t, filepath.Join(s.root, "film ü.bin"), data)
}
