package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// unpacked is every file of a report, by name.
func unpacked(t *testing.T, path string) map[string]string {
	t.Helper()
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for in := tar.NewReader(zip); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(header.Name, "ammarctl-report/")] = string(text)
	}
}

func TestABugReportHasWhatIsNeededAndNoSecret(t *testing.T) {
	r := newRig(t, `
[service.chatty]
exec = ["sh", "-c", "echo hello from chatty; echo '{\"level\":\"INFO\",\"msg\":\"in\",\"password\":\"planted-1\"}'; echo db=postgres://me:planted-2@db/x; env | grep SHOWN; sleep 1000", "x", "--token", "planted-3", "--db=http://me:planted-4@db"]
port = -1
env = { API_TOKEN = "planted-5", SHOWN_SECRET = "planted-6" }
`)
	r.must(0, "up", "-d")
	eventually(t, 30*time.Second, "chatty has logged", func() (bool, string) {
		res := r.must(0, "logs", "--json")
		return strings.Contains(res.stdout, "planted-6"), res.stdout
	})
	path := filepath.Join(r.dir, "report.tar.gz")
	res := r.must(0, "bugreport", "--json", path)
	var manifest struct {
		Path  string
		Files []struct {
			Name  string
			Bytes int
		}
	}
	if err := json.Unmarshal([]byte(res.stdout), &manifest); err != nil || manifest.Path != path {
		t.Fatalf("%v: %s", err, res.stdout)
	}
	files := unpacked(t, path)
	for _, f := range manifest.Files {
		if len(files[f.Name]) != f.Bytes {
			t.Errorf("%s has %d bytes, %d are promised", f.Name, len(files[f.Name]), f.Bytes)
		}
	}
	for name, text := range files {
		if strings.Contains(text, "planted") {
			t.Errorf("a secret is in %s: %s", name, text)
		}
	}
	for name, want := range map[string]string{
		"version.json": "processors", "instance.json": `"chatty"`, "chatty/config.json": "env.API_TOKEN",
		"chatty/log.ndjson": "hello from chatty", "chatty/history.json": "spans",
	} {
		if !strings.Contains(files[name], want) {
			t.Errorf("%s lacks %q: %q", name, want, files[name])
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the report: %v", err)
	}
	if res := r.must(1, "bugreport", path); !strings.Contains(res.stderr, "exists") {
		t.Errorf("a file that is there is written over: %s", res.stderr)
	}
	r.must(0, "down")
	again := filepath.Join(r.dir, "again.tar.gz")
	r.must(0, "bugreport", again)
	if files := unpacked(t, again); len(files) != 2 || !strings.Contains(files["instance.json"], "none is running") {
		t.Error(fmt.Sprint("without an instance: ", files))
	}
}
