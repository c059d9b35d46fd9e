package files

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A range is of a file, in the form that is sent; what is made on the way has
// none, and what asks for more than there should be gets the whole.
func TestRangesOfOtherThingsThanAPlainFile(t *testing.T) {
	text := strings.Repeat("a line of text\n", 1000)
	root := tree(t, map[string]string{"dir/a.bin": "0123456789", "text.txt": text, "packed.txt": text,
		"packed.txt.gz": "pretend this is gzip", "empty.bin": "", "big.bin": strings.Repeat("0123456789", 5000)})
	old := time.Now().Add(-time.Hour) // a prepared encoding is no older than its file
	if err := os.Chtimes(filepath.Join(root, "packed.txt"), old, old); err != nil {
		t.Fatal(err)
	}
	s := newShare(t, root)
	ask := func(target string, header ...string) (int, string, string, string) {
		resp := s.ask("GET", target, header...)
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, resp.Header.Get("Content-Range"), resp.Header.Get("Content-Encoding"), string(body)
	}
	for _, target := range []string{"/dir/", "/dir/?json", "/dir/?text", "/dir/?zip", "/dir/?tar", "/dir/a.bin?sha256",
		"/text.txt?view"} {
		if status, part, _, body := ask(target, "Range", "bytes=0-0"); status != 200 || part != "" || len(body) < 2 {
			t.Errorf("a range of %s: %d %q, %d bytes", target, status, part, len(body))
		}
	}
	// A text that is compressed on the way is sent whole, or as it is.
	status, part, encoding, body := ask("/text.txt", "Range", "bytes=2-5", "Accept-Encoding", "gzip, zstd, br")
	switch {
	case status == 206 && (encoding != "" || body != text[2:6] || part != fmt.Sprintf("bytes 2-5/%d", len(text))):
		t.Errorf("a range of a text: %q %q %q", part, encoding, body)
	case status != 206 && status != 200:
		t.Errorf("a range of a text: %d", status)
	}
	if status, part, encoding, body := ask("/packed.txt", "Range", "bytes=0-6", "Accept-Encoding",
		"gzip"); status != 206 || part != "bytes 0-6/20" || encoding != "gzip" || body != "pretend" {
		t.Errorf("a range of a prepared encoding: %d %q %q %q", status, part, encoding, body)
	}
	for _, header := range []string{"bytes=0-", "bytes=-1", "bytes=0-0,-1", "bytes=-0"} {
		if status, part, _, _ := ask("/empty.bin", "Range", header); status != 416 || part != "bytes */0" {
			t.Errorf("%s of an empty file: %d %q", header, status, part)
		}
	}
	// Whatever is asked for, no more than the file and its heads comes back.
	for name, header := range map[string]string{
		"1300 parts":             "bytes=" + strings.Repeat("0-0,", 1299) + "0-0",
		"1300 parts apart":       "bytes=" + apart(1300),
		"100000 parts":           "bytes=" + apart(100000),
		"the whole 1000 times":   "bytes=" + strings.Repeat("0-,", 999) + "0-",
		"overlapping":            "bytes=0-40000,1-40001,2-40002,3-,-49999",
		"touching":               "bytes=0-9999,10000-19999,20000-",
		"16 parts apart":         "bytes=" + apart(16),
		"one beyond the end":     "bytes=0-0,999999-",
		"the last byte 50 times": "bytes=" + strings.Repeat("-1,", 50),
	} {
		status, _, _, body := ask("/big.bin", "Range", header)
		if status != 200 && status != 206 || len(body) > 50000+17*200 {
			t.Errorf("%s: %d with %d bytes", name, status, len(body))
		}
	}
}

// apart asks for so many single bytes that do not touch.
func apart(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprintf("%d-%d", 3*i%49000, 3*i%49000))
	}
	return strings.Join(parts, ",")
}

// If-Range holds for a strong tag or an exact date, and for nothing else (RFC
// 9110 section 13.1.5).
func TestAPartIsSentOnlyOfTheFileThatWasMeant(t *testing.T) {
	s := newShare(t, tree(t, map[string]string{"a.bin": "0123456789"}))
	head := s.ask("HEAD", "/a.bin").Header
	tag, date := head.Get("ETag"), head.Get("Last-Modified")
	at, err := time.Parse(time.RFC1123, date)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		value string
		want  int
	}{
		"its tag": {tag, 206}, "another tag": {`"x"`, 200}, "a weak tag": {"W/" + tag, 200},
		"no tag": {strings.Trim(tag, `"`), 200}, "its tag and more": {tag + `, "x"`, 200}, "any": {"*", 200},
		"an older date": {at.Add(-time.Hour).Format(time.RFC1123), 200},
		"a newer date":  {at.Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), 200},
		"nonsense":      {"yesterday", 200}, "nothing": {"", 206},
	} {
		header := []string{"Range", "bytes=0-0"}
		if name != "nothing" {
			header = append(header, "If-Range", c.value)
		}
		if status, _ := s.get("/a.bin", header...); status != c.want {
			t.Errorf("%s: %d, want %d", name, status, c.want)
		}
	}
	// A file that was just written may change again within the second that a date tells.
	if status, _ := s.get("/a.bin", "Range", "bytes=0-0", "If-Range", date); status != 200 && status != 206 {
		t.Errorf("its date: %d", status)
	}
	// Other conditions come first.
	for _, c := range []struct {
		name, value string
		want        int
	}{{"If-Match", `"x"`, 412}, {"If-Match", tag, 206}, {"If-None-Match", tag, 304}, {"If-None-Match", `"x"`, 206},
		{"If-None-Match", "*", 304}, {"If-Modified-Since", date, 304},
		{"If-Unmodified-Since", at.Add(-time.Hour).Format("Mon, 02 Jan 2006 15:04:05 GMT"), 412}} {
		if status, _ := s.get("/a.bin", "Range", "bytes=0-0", c.name, c.value); status != c.want {
			t.Errorf("%s: %s with a range: %d, want %d", c.name, c.value, status, c.want)
		}
	}
}
