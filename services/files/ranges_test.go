package files

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/services/files/semantics"
)

func TestSeveralPartsComeAsMultipart(t *testing.T) {
	const text = "0123456789abcdefghij"
	s := newShare(t, tree(t, map[string]string{"a.bin": text}))
	resp := s.ask("GET", "/a.bin", "Range", "bytes=15-16,0-1,1-3,8-8,-2")
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || resp.StatusCode != 206 || kind != "multipart/byteranges" {
		t.Fatalf("%d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	data, _ := io.ReadAll(resp.Body)
	if resp.Header.Get("Content-Length") != strconv.Itoa(len(data)) {
		t.Errorf("Content-Length %s for %d bytes", resp.Header.Get("Content-Length"), len(data))
	}
	want := [][2]string{{"bytes 15-16/20", "fg"}, {"bytes 0-3/20", "0123"}, {"bytes 8-8/20", "8"},
		{"bytes 18-19/20", "ij"}}
	form := multipart.NewReader(strings.NewReader(string(data)), params["boundary"])
	for _, w := range want {
		part, err := form.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(part)
		if part.Header.Get("Content-Range") != w[0] || string(body) != w[1] {
			t.Errorf("%s %q, want %v", part.Header.Get("Content-Range"), body, w)
		}
	}
	if _, err := form.NextPart(); err != io.EOF {
		t.Errorf("after the last part: %v", err)
	}
}

func TestTooManyPartsAreTheWholeFile(t *testing.T) {
	text := strings.Repeat("x", 4000)
	s := newShare(t, tree(t, map[string]string{"a.bin": text}))
	for n, want := range map[int]int{2: 206, semantics.MaxParts: 206, semantics.MaxParts + 1: 200, 1300: 200} {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf("%d-%d", 3*i, 3*i))
		}
		if status, _ := s.get("/a.bin", "Range", "bytes="+strings.Join(parts, ",")); status != want {
			t.Errorf("%d parts: %d, want %d", n, status, want)
		}
	}
}
