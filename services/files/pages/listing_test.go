package pages

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/request"
)

// parsed is a GET of the root, by anyone who may read.
func parsed(t *testing.T, target string) *request.Request {
	t.Helper()
	p, err := access.NewPolicy(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	return &request.Request{Request: httptest.NewRequest("GET", target, nil), Policy: p, Identity: p.Anyone(), Name: "."}
}

// Entries beyond the sorted ones follow in JSON and text, each once.
func TestEntriesBeyondThoseInOrderFollow(t *testing.T) {
	root := t.TempDir()
	for i := range 3000 {
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("%04d", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := r.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := httptest.NewRecorder()
	rd := &folderReader{store: r, r: parsed(t, "/?text"), f: f, stat: true}
	if err := writeAll(w, rd, Text, orderBy("name", true), 1500); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(w.Body.String()) {
		seen[strings.TrimSpace(line[strings.LastIndexByte(line, ' '):])]++
	}
	for i := range 3000 {
		if n := seen[fmt.Sprintf("%04d", i)]; n != 1 {
			t.Errorf("%04d is there %d times", i, n)
		}
	}
}
