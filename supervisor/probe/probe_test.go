package probe

import (
	"context"
	"errors"
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
	for name, c := range map[string]struct {
		probe configs.Probe
		want  string // part of the error; empty: none
	}{
		"a path":              {configs.Probe{HTTP: "/"}, ""},
		"a URL":               {configs.Probe{HTTP: "http://" + addr + "/"}, ""},
		"not 2xx":             {configs.Probe{HTTP: "/bad"}, "answered 418"},
		"a redirect":          {configs.Probe{HTTP: "/away"}, "answered 302"},
		"nobody there":        {configs.Probe{HTTP: "http://" + closed + "/"}, "refused"},
		"a connection":        {configs.Probe{TCP: addr}, ""},
		"no connection":       {configs.Probe{TCP: closed}, "refused"},
		"a command":           {configs.Probe{Exec: []string{"sh", "-c", `test "$WHO" = me`}}, ""},
		"a command that says": {configs.Probe{Exec: []string{"sh", "-c", "echo one; echo two; exit 3"}}, "sh: exit status 3: two"},
		"a silent command":    {configs.Probe{Exec: []string{"false"}}, "false: exit status 1"},
		"no such command":     {configs.Probe{Exec: []string{"/no/such"}}, "/no/such"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := New(c.probe, addr, false, runner{}, "", []string{"WHO=me", "PATH=/usr/bin:/bin"})(ctx)
		cancel()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
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
		"well from the start":         {[]error{nil, nil, nil}, 0, []string{"well"}},
		"two failures are too few":    {[]error{nil, bad, bad, nil}, 0, []string{"well"}},
		"three are enough":            {[]error{nil, bad, bad, bad, nil}, 0, []string{"well", third, "well"}},
		"told again after as many":    {[]error{bad, bad, bad, bad, bad, bad}, 0, []string{third, "the probe failed 6 times in a row: bad [probe-failing]"}},
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
			Watch(ctx, check, configs.Probe{Every: 5 * time.Second, Timeout: time.Second, Failures: 3, StartPeriod: c.grace}, func(err error) {
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
