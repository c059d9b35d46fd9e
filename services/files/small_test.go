package files

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// formOf sends one GET on a connection and returns the coding, the tag and the
// length of the answer.
func formOf(t *testing.T, addr, target, accept string) (coding, tag string, length int64) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: %s\r\n\r\n", target, accept)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("%s with %q: %s, Vary %q", target, accept, resp.Status, resp.Header.Get("Vary"))
	}
	return resp.Header.Get("Content-Encoding"), resp.Header.Get("Etag"), resp.ContentLength
}

func TestASmallTextIsKeptInItsEncodings(t *testing.T) {
	text := strings.Repeat("the same again and again\n", 400)
	root := tree(t, map[string]string{"a.txt": text, "b.txt": text})
	if err := os.WriteFile(filepath.Join(root, "b.txt.gz"), []byte("prepared"), 0o644); err != nil {
		t.Fatal(err)
	}
	addr := serve(t, root)
	for range 2 { // made, and then from the fast lane
		tags := map[string]bool{}
		for accept, want := range map[string]string{"gzip": "gzip", "gzip, zstd": "zstd", "br": "", "gzip;q=0": ""} {
			coding, tag, length := formOf(t, addr, "/a.txt", accept)
			if coding != want || (coding == "") != (length == int64(len(text))) {
				t.Errorf("accepting %q: %d bytes in %q, want %q", accept, length, coding, want)
			}
			tags[tag] = true
		}
		if len(tags) != 3 {
			t.Errorf("three forms have the tags %v", tags)
		}
		if coding, _, length := formOf(t, addr, "/b.txt", "gzip"); coding != "gzip" || length != int64(len("prepared")) {
			t.Errorf("the prepared file is not used: %d bytes in %q", length, coding)
		}
	}
	// A prepared file that changes is noticed like the text itself.
	time.Sleep(250 * time.Millisecond)
	if err := os.WriteFile(filepath.Join(root, "b.txt.gz"), []byte("prepared anew"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, length := formOf(t, addr, "/b.txt", "gzip"); length != int64(len("prepared anew")) {
		t.Errorf("after it changed: %d bytes", length)
	}
	if err := os.Remove(filepath.Join(root, "b.txt.gz")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(250 * time.Millisecond)
	if coding, _, _ := formOf(t, addr, "/b.txt", "gzip"); coding != "gzip" {
		t.Errorf("after it went: %q", coding)
	}
}
