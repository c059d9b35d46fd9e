package configs

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatInitWritesIsTheDefault(t *testing.T) {
	const path = "/somewhere/ammar.toml"
	written, err := Decode([]byte(Commented(Found{})), path, "/home/me")
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := Decode(defaultText, path, "/home/me")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(embedded, written); diff != "" {
		t.Errorf("-default +written by init:\n%s", diff)
	}
}

// commentedOut is a line of Commented that is a key or a table.
var commentedOut = regexp.MustCompile(`(?m)^#([a-z_]+ = |\[)`)

func TestEveryKeyOfInitLoadsUncommented(t *testing.T) {
	text := commentedOut.ReplaceAllString(Commented(Found{}), "$1")
	c, err := Decode([]byte(text), "/somewhere/ammar.toml", "/home/me")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(c.Services) != 4 {
		t.Errorf("%d services, want 4: files, camera, status, hello", len(c.Services))
	}
	for _, k := range Keys() {
		name := k.Name[strings.LastIndex(k.Name, ".")+1:]
		before := "\n"
		if k.Instead != "" {
			before = "\n# "
		}
		if k.Name != "kind" && !strings.Contains(text, before+name+" = ") {
			t.Errorf("init does not mention %s", k.Name)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "# ") {
			t.Errorf("not uncommented: %s", line)
		}
	}
}

func TestWhatInitWritesFitsAPage(t *testing.T) {
	for n, line := range strings.Split(Commented(Found{}), "\n") {
		if len(line) > pageWidth || strings.TrimRight(line, " ") != line {
			t.Errorf("line %d is too long or ends with a space: %q", n+1, line)
		}
	}
}

func TestWhatInitFoundIsWhatApplies(t *testing.T) {
	text := Commented(Found{Ports: map[string]int{KindFiles: 8123}, Root: "~/Public",
		Cameras: []string{"/dev/video0 Cam: MJPG 640x480"}})
	c, err := Decode([]byte(text), "/somewhere/ammar.toml", "/home/me")
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Services[0]; s.Port != 8123 || s.Root != "/home/me/Public" || c.Services[1].Port != 8081 {
		t.Errorf("files on %d of %s, camera on %d", s.Port, s.Root, c.Services[1].Port)
	}
	if !strings.Contains(text, "# Found: /dev/video0 Cam: MJPG 640x480\n") {
		t.Error("the camera is not mentioned")
	}
}
