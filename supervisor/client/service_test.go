package client

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
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

func TestAShareIsSteered(t *testing.T) {
	dir, err := os.MkdirTemp("", "svc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := api.Service{Name: "files", Control: filepath.Join(dir, "c.sock")}
	c := New(filepath.Join(dir, "none.sock"))
	if limits, err := c.Limits(t.Context(), api.Service{Name: "foreign"}); err != nil || limits.Share != 0 {
		t.Errorf("a service without a socket has the limits %+v (%v)", limits, err)
	}
	if c.SetLimits(t.Context(), api.Service{Name: "foreign"}, 1, 1) == nil {
		t.Error("a service without a socket was limited")
	}
	var did []string
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		did = append(did, strings.TrimSpace(r.Method+" "+r.URL.EscapedPath()+" "+string(body)))
		switch r.Method + r.URL.Path {
		case "GET/transfers":
			_, _ = io.WriteString(w, `{"transfers":[],"limits":{"share_bytes_per_second":5,"clients":{"10.0.0.4":2}}}`)
		case "GET/links":
			_, _ = io.WriteString(w, `{"links":[{"id":"ABC","name":"a/b","folder":true,"by":"anna","downloads":3,"begun":1}]}`)
		case "DELETE/links/none":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":"there is no such link"}`)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	talkative(t, s.Control+filesSocket, mux)
	if limits, err := c.Limits(t.Context(), s); err != nil || limits.Share != 5 || limits.Clients["10.0.0.4"] != 2 {
		t.Errorf("%+v (%v)", limits, err)
	}
	if links, err := c.Links(t.Context(), s); err != nil || len(links) != 1 || links[0].By != "anna" ||
		!links[0].Expires.IsZero() {
		t.Errorf("%+v (%v)", links, err)
	}
	for _, err := range []error{c.SetLimits(t.Context(), s, 10, 3), c.SetClientLimit(t.Context(), s, "fe80::1%eth0", 7),
		c.Revoke(t.Context(), s, "ABC")} {
		if err != nil {
			t.Error(err)
		}
	}
	if err := c.Revoke(t.Context(), s, "none"); err == nil || !strings.Contains(err.Error(), "no such link") {
		t.Errorf("%v", err)
	}
	want := []string{"GET /transfers", "GET /links", `PUT /limits {"client_bytes_per_second":3,"share_bytes_per_second":10}`,
		`PUT /limits/fe80::1%25eth0 {"bytes_per_second":7}`, "DELETE /links/ABC", "DELETE /links/none"}
	if !slices.Equal(did, want) {
		t.Errorf("asked for\n%q, want\n%q", did, want)
	}
}
