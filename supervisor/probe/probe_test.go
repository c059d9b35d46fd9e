package probe

import (
	"context"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammarctl/ammarctl/configs"
)

type runner struct{}

func (runner) Output(cmd *exec.Cmd) ([]byte, error) { return cmd.CombinedOutput() }

func TestEachKindOfProbeSaysWhatCame(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bad":
			w.WriteHeader(http.StatusTeapot)
		case "/away":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/named":
			if r.Host != "example.org" || r.Header.Get("X-Token") != "secret" {
				w.WriteHeader(http.StatusForbidden)
			}
		case "/cut":
			panic(http.ErrAbortHandler)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/hint":
			w.WriteHeader(http.StatusEarlyHints)
		case "/stream":
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	defer web.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := free.Addr().String()
	free.Close()
	addr := web.Listener.Addr().String()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer secure.Close()
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	other := speaker(t, "220 mail.example.org\r\n")
	for name, c := range map[string]struct {
		probe configs.Probe
		want  string // part of the error; empty: none
	}{
		"a path":              {configs.Probe{HTTP: "/"}, ""},
		"a URL":               {configs.Probe{HTTP: "http://" + addr + "/"}, ""},
		"not 2xx":             {configs.Probe{HTTP: "/bad"}, "answered 418"},
		"a redirect":          {configs.Probe{HTTP: "/away"}, "answered 302"},
		"a redirect followed": {configs.Probe{HTTP: "/away", Redirects: true}, ""},
		"a redirect expected": {configs.Probe{HTTP: "/away", Status: "3xx"}, ""},
		"codes":               {configs.Probe{HTTP: "/bad", Status: "204,410-418"}, ""},
		"other codes":         {configs.Probe{HTTP: "/", Status: "204"}, "answered 200 OK, expected 204"},
		"headers": {configs.Probe{HTTP: "/named",
			Headers: map[string]string{"Host": "example.org", "X-Token": "secret"}}, ""},
		"no headers": {configs.Probe{HTTP: "/named"}, "answered 403"},
		"no answer":  {configs.Probe{HTTP: "/cut"}, "/cut: the connection was closed without an answer"},
		"no TLS":     {configs.Probe{HTTP: "https://" + addr + "/"}, "it does not speak TLS"},
		"an unknown name": {configs.Probe{HTTP: "http://no-such-host.invalid/"},
			"no host is called no-such-host.invalid"},
		"a bad certificate":  {configs.Probe{HTTP: secure.URL}, "its certificate is not accepted"},
		"any certificate":    {configs.Probe{HTTP: secure.URL, Insecure: true}, ""},
		"redirects for ever": {configs.Probe{HTTP: "/round", Redirects: true}, "more than 10 times"},
		"an early hint":      {configs.Probe{HTTP: "/hint"}, ""},
		"no end":             {configs.Probe{HTTP: "/stream"}, ""},
		"no HTTP":            {configs.Probe{HTTP: "http://" + other}, "the answer is not HTTP"},
		"no listener":        {configs.Probe{HTTP: "http://" + closed + "/"}, "refused"},
		"a connection":       {configs.Probe{TCP: addr}, ""},
		"no connection":      {configs.Probe{TCP: closed}, "refused"},
		"a command":          {configs.Probe{Exec: []string{"sh", "-c", `test "$WHO" = me`}}, ""},
		"a command that says": {configs.Probe{Exec: []string{"sh", "-c", "echo one; echo two; exit 3"}},
			"sh: exit status 3: two"},
		"a silent command": {configs.Probe{Exec: []string{"false"}}, "false: exit status 1"},
		"no such command":  {configs.Probe{Exec: []string{"/no/such"}}, "/no/such"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := New(c.probe, addr, false, runner{}, "", []string{"WHO=me", "PATH=/usr/bin:/bin"})(ctx)
		cancel()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// speaker answers every connection with a text, and returns its address.
func speaker(t *testing.T, text string) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}()
	return ln.Addr().String()
}

func TestATimeoutIsTold(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer web.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := New(configs.Probe{HTTP: web.URL}, "", false, runner{}, "", nil)(ctx)
	if err == nil || !strings.HasSuffix(err.Error(), "no answer within its timeout") {
		t.Errorf("got %v", err)
	}
}

func TestAServiceWithACertificateOfItsOwnIsProbed(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler())
	defer web.Close()
	err := New(configs.Probe{HTTP: "/healthz"}, web.Listener.Addr().String(), true, runner{}, "", nil)(t.Context())
	if err == nil || !strings.Contains(err.Error(), "https://") || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want the 404 of the service", err)
	}
}

func TestEachTypeOfProbeHasACheck(t *testing.T) {
	got, want := slices.Sorted(maps.Keys(types())), slices.Sorted(slices.Values(configs.ProbeTypes()))
	if !slices.Equal(got, want) {
		t.Errorf("there are checks of %v; the configuration has the types %v", got, want)
	}
}

func TestACommandThatHangsIsEnded(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	err := New(configs.Probe{Exec: []string{"sleep", "60"}}, "", false, runner{}, "", nil)(ctx)
	if err == nil || !strings.Contains(err.Error(), "too long") || time.Since(begin) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(begin), err)
	}
}

func TestOnlyAnotherAnswerIsTold(t *testing.T) {
	const third = "the probe failed 3 times in a row: bad [probe-failing]"
	bad := errors.New("bad")
	for name, c := range map[string]struct {
		answers []error
		grace   time.Duration
		want    []string
	}{
		"well from the start":      {[]error{nil, nil, nil}, 0, []string{"well"}},
		"two failures are too few": {[]error{nil, bad, bad, nil}, 0, []string{"well"}},
		"three are enough":         {[]error{nil, bad, bad, bad, nil}, 0, []string{"well", third, "well"}},
		"told again after as many": {[]error{bad, bad, bad, bad, bad, bad}, 0,
			[]string{third, "the probe failed 6 times in a row: bad [probe-failing]"}},
		"not within the start period": {[]error{bad, bad, bad, bad, nil}, time.Minute, []string{"well"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			n := 0
			check := func(context.Context) error {
				if n == len(c.answers) {
					cancel()
					return nil
				}
				n++
				return c.answers[n-1]
			}
			var told []string
			Watch(ctx, check, configs.Probe{Every: 5 * time.Second, Timeout: time.Second, Failures: 3, StartPeriod: c.grace},
				func(err error) {
					if err == nil {
						told = append(told, "well")
					} else {
						told = append(told, err.Error())
					}
				})
			if !slices.Equal(told, c.want) {
				t.Errorf("%s: told %q, want %q", name, told, c.want)
			}
		})
	}
}
