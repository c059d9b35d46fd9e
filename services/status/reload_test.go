package status

import (
	"html"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestAPageLoadsItselfAnewOnlyWhenAsked(t *testing.T) {
	h := newHub(nil)
	h.set(sample(), nil)
	for _, path := range []string{"/", "/services/files?q=a+b&span=1m"} {
		text := body(t, get(t, h, path, "x"))
		if strings.Contains(text, "http-equiv") {
			t.Errorf("%s takes the focus away unasked", path)
		}
		_, other, _ := strings.Cut(text, "load again</a> · <a href=\"")
		other, _, _ = strings.Cut(other, `"`)
		other = html.UnescapeString(other)
		if strings.Contains(path, "q=") && !strings.Contains(other, "q=a+b&reload=1&span=1m") {
			t.Errorf("%s forgets what was asked for: %s", path, other)
		}
		if text := body(t, get(t, h, other, "x")); !strings.Contains(text,
			`<noscript><meta http-equiv="refresh" content="5">`) || !strings.Contains(text, "load by hand only") {
			t.Errorf("%s does not load itself anew", other)
		}
	}
}

func TestWhatDoesNotGoIsAPageForABrowserAndALineForAProgram(t *testing.T) {
	h := newHub(nil)
	h.set(sample(), nil)
	for accept, want := range map[string]string{"": "There is no service \"none\"",
		"text/html,*/*": `<a class="button" href="/"`} {
		r := httptest.NewRequest("GET", "/services/none", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		handler(h).ServeHTTP(w, r)
		if w.Code != 404 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: %d %s", accept, w.Code, w.Body)
		}
	}
}

func TestEachStateOffersWhatCanBeDoneInIt(t *testing.T) {
	for state, want := range map[api.State]string{
		api.Stopped: "Start", api.Failed: "Start", api.Done: "Start", api.Stopping: "",
		api.Backoff: "Start now, Stop", api.Waiting: "Start now, Stop", api.Scheduled: "Start now, Stop",
		api.HandingOver: "Restart, Stop", api.Draining: "Restart, Stop",
		api.Starting: "Restart, Stop", api.Ready: "Restart, Stop", api.Degraded: "Restart, Stop",
	} {
		var shown []string
		for _, v := range (row{State: state}).Verbs() {
			if !v.Hidden {
				shown = append(shown, v.Words)
			}
		}
		if got := strings.Join(shown, ", "); got != want {
			t.Errorf("%s: %s, want %s", state, got, want)
		}
	}
}
