//go:build unix

package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// TestInheritsListener starts this test as a service that gets a listener as
// sd_listen_fds(3) describes: no port of its own, and the variables gone.
func TestInheritsListener(t *testing.T) {
	if os.Getenv("SERVER_TEST_CHILD") == "1" {
		inherited(t)
		return
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	file, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// The child must have its own pid in LISTEN_PID: a shell knows it, and keeps it across exec.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" -test.run '^TestInheritsListener$' -test.v`, os.Args[0])
	cmd.Env = append(os.Environ(), "SERVER_TEST_CHILD=1", contract.ListenFDs+"=1", contract.ListenFDNames+"=http")
	cmd.ExtraFiles = []*os.File{file}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Skipf("no /bin/sh: %v", err)
	}
	resp, err := http.Get("http://" + ln.Addr().String() + "/pid")
	if err != nil {
		t.Error(err)
	} else {
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if want := strconv.Itoa(cmd.Process.Pid) + " []"; string(body) != want {
			t.Errorf("answered %q, want %q: the child's pid and none of the variables", body, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the child: %v\n%s", err, out.String())
	}
}

func inherited(t *testing.T) {
	s := New(Config{})
	s.HandleFunc("/pid", func(w http.ResponseWriter, r *http.Request) {
		var left []string
		for _, name := range []string{contract.ListenFDs, contract.ListenPID, contract.ListenFDNames} {
			if v := os.Getenv(name); v != "" {
				left = append(left, name+"="+v)
			}
		}
		io.WriteString(w, strconv.Itoa(os.Getpid())+" ["+strings.Join(left, " ")+"]")
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { defer cancel(); io.Copy(io.Discard, os.Stdin) }()
	if err := s.Serve(ctx); err != nil {
		t.Error(err)
	}
}
