package server

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// A client that asks first whether to send its body gets a refusal at once.
func TestARefusalDoesNotWaitForTheBody(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.HandleFunc("/refuse", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) })
		s.HandleFunc("/read", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
		s.HandleFunc("/protected", text("never"))
		s.Protect("/protected", quickPasswords(t, "ann", "secret"))
	})
	for target, want := range map[string]string{"/refuse": "403", "/protected": "401", "/read": "100"} {
		for _, framing := range []string{"Content-Length: 1000000", "Transfer-Encoding: chunked"} {
			nc := r.dial(t)
			fmt.Fprintf(nc, "PUT %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n%s\r\n\r\n", target, framing)
			_ = nc.SetReadDeadline(time.Now().Add(20 * time.Second))
			line, err := bufio.NewReader(nc).ReadString('\n')
			if !strings.HasPrefix(line, "HTTP/1.1 "+want) {
				t.Errorf("%s with %s: %q (%v), want %s", target, framing, line, err, want)
			}
			nc.Close()
		}
	}
}

// The files of a form that did not fit into memory go with its request.
func TestTheFilesOfAFormAreRemoved(t *testing.T) {
	var name string
	r := run(t, Config{}, func(s *Server) {
		s.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseMultipartForm(1); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			f, err := r.MultipartForm.File["f"][0].Open()
			if file, ok := f.(*os.File); err == nil && ok {
				name = file.Name()
				f.Close()
			}
		})
	})
	body := "--b\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\n" + strings.Repeat("x", 11<<20) +
		"\r\n--b--\r\n"
	resp, err := http.Post("http://"+r.addr+"/", "multipart/form-data; boundary=b", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 || name == "" {
		t.Fatalf("%s, the file %q", resp.Status, name)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(name); os.IsNotExist(err) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", name)
		}
	}
}
