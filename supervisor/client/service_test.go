package client

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// talkative is a service that answers at this socket.
func talkative(t *testing.T, path string, h http.Handler) {
	t.Helper()
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(ln) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
}

func TestAServiceIsAskedForItsVisitorsAndTransfers(t *testing.T) {
	dir, err := os.MkdirTemp("", "svc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := api.Service{Name: "files", Control: filepath.Join(dir, "c.sock")}
	c := New(filepath.Join(dir, "none.sock"))

	// It does not tell, or has no socket at all.
	for _, silent := range []api.Service{s, {Name: "foreign"}} {
		visitors, err := c.Visitors(t.Context(), silent)
		transfers, err2 := c.Transfers(t.Context(), silent)
		if err != nil || err2 != nil || len(visitors)+len(transfers) > 0 {
			t.Errorf("%s tells %v %v (%v, %v)", silent.Name, visitors, transfers, err, err2)
		}
		if c.Kick(t.Context(), silent, "1") == nil {
			t.Errorf("%s ends a transfer that is none", silent.Name)
		}
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /clients", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[{"address":"10.0.0.4","connections":2,"requests":7,"bytes":99}]`)
	})
	talkative(t, s.Control, mux)
	kicked := ""
	mux2 := http.NewServeMux()
	mux2.HandleFunc("GET /transfers", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"transfers":[{"id":"3","client":"10.0.0.4","path":"/a","done_bytes":5,"total_bytes":10}],"limits":{}}`)
	})
	mux2.HandleFunc("DELETE /transfers/{id}", func(w http.ResponseWriter, r *http.Request) {
		if kicked = r.PathValue("id"); kicked != "3" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":"no such transfer; it may have ended"}`)
		}
	})
	talkative(t, s.Control+filesSocket, mux2)
	visitors, err := c.Visitors(t.Context(), s)
	if err != nil || len(visitors) != 1 || visitors[0].Requests != 7 {
		t.Errorf("%+v (%v)", visitors, err)
	}
	transfers, err := c.Transfers(t.Context(), s)
	if err != nil || len(transfers) != 1 || transfers[0].TotalBytes != 10 {
		t.Errorf("%+v (%v)", transfers, err)
	}
	if err := c.Kick(t.Context(), s, "3"); err != nil || kicked != "3" {
		t.Errorf("kicked %q (%v)", kicked, err)
	}
	if err := c.Kick(t.Context(), s, "4"); err == nil || !strings.Contains(err.Error(), "no such transfer") {
		t.Errorf("%v", err)
	}
}
