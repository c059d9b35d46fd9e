package client_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/client"
)

// other is the supervisor of another machine that answers everything so.
func other(t *testing.T, answer http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return client.Over("pi", func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
	})
}

func TestWhoIsTooOldIsNamed(t *testing.T) {
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{404, `{"code":"not-found","error":"this API has no \"/v1/info\"; it begins with /v1/, and so on","base":"/v1/"}`,
			"the supervisor at pi does not know GET /v1/info: it is older than this ammarctl; upgrade it: put this " +
				"version there, and then: ammarctl -H pi up -d"},
		{405, `{"code":"bad-request","error":"/v1/info expects POST, not GET"}`, "it is older than this ammarctl"},
		{404, `{"code":"not-found","error":"this API has no \"/v1/info\"; it begins with /v2/","base":"/v2/"}`,
			"the supervisor at pi no longer knows GET /v1/info: it is newer than this ammarctl; upgrade this one"},
		{404, `{"code":"not-found","error":"from the time before base"}`, "it is older than this ammarctl"},
		{404, `<html>`, `the supervisor answered "404 Not Found"`},
		{409, `{"code":"conflict","error":"no\u001b[2J"}`, "no\ufffd[2J"},
	} {
		pi := other(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		if _, err := pi.Info(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.body, err, c.want)
		}
	}
}

func TestAnotherMachinesWordsDoNotSteerTheTerminal(t *testing.T) {
	pi := other(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"info":{"hosts":["a\u001b]0;x\u0007"]},"services":[{"name":"\u001b[2Jfiles","reason":"one\ntwo \u202e\u009b1m","last_exit":null}]}`)
	})
	s, err := pi.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Services[0]; got.Name != "\ufffd[2Jfiles" || got.Reason != "one\ntwo \ufffd\ufffd1m" ||
		s.Info.Hosts[0] != "a\ufffd]0;x\ufffd" {
		t.Errorf("it is shown as %q, %q, %q", got.Name, got.Reason, s.Info.Hosts)
	}
}

func TestAnAnswerWithoutEndIsNotReadForEver(t *testing.T) {
	pi := other(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"info":{"config":"`)
		for r.Context().Err() == nil {
			if _, err := fmt.Fprintf(w, "%s", strings.Repeat("x", 64<<10)); err != nil {
				return
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if _, err := pi.Snapshot(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("Snapshot: %v", err)
	}
}
