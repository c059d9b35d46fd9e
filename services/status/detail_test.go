package status

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestAServicesPageShowsItsGraphsTransfersAndConfiguration(t *testing.T) {
	h := newHub(nil)
	h.set(sample(), nil)
	res := get(t, h, "/services/files?span=1m", "x")
	text := body(t, res)
	for _, want := range []string{
		"Requests/s over the last minute: 4.0 now, at most 8.0", "p99 8.0 ms now", "Pool of 4",
		"film.mkv", "1.0 MiB of 4.0 MiB, 2.0 KiB/s", `value="25"`, "env.KEY", "(hidden)", `role="search"`, `<label>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(text, `<polyline class="one"`); n != 6*2 { // six graphs, each with a gap
		t.Errorf("%d parts of lines", n)
	}
	if strings.Contains(text, nasty) || strings.Contains(text, "style=") || strings.Contains(text, "onclick") {
		t.Error("text is not escaped, or the page needs what its policy forbids")
	}
	if res := get(t, h, "/services/none", "x"); res.StatusCode != 404 {
		t.Errorf("no such service: %d", res.StatusCode)
	}
}

func TestACameraThatIsReleasedIsNotOpenedByLookingAtItsPage(t *testing.T) {
	h := newHub(nil)
	snap := sample()
	snap.Services[1].Camera = &api.Camera{}
	h.set(snap, nil)
	if text := body(t, get(t, h, "/services/camera", "x")); strings.Contains(text, "<img") ||
		!strings.Contains(text, "?look=1#picture") {
		t.Error("the page opens the camera by itself")
	}
	if text := body(t, get(t, h, "/services/camera?look=1", "x")); !strings.Contains(text,
		`<img src="/services/camera/picture.jpg"`) {
		t.Error("who asks does not see the picture")
	}
	if res := get(t, h, "/services/camera/picture.jpg", "x"); res.Header.Get("Content-Type") != "image/jpeg" {
		t.Error("the picture is no JPEG")
	}
	if res := get(t, h, "/services/files/picture.jpg", "x"); res.StatusCode != 404 {
		t.Error("a service that is no camera has a picture")
	}
}

func lines(n int) (out []api.LogLine) {
	for i := range n {
		level := []string{"DEBUG", "INFO", "WARN", "ERROR", ""}[i%5]
		out = append(out, api.LogLine{Level: level, Msg: fmt.Sprintf("line %d.", i),
			Attrs: []api.Attr{{Key: "x", Value: nasty}}})
	}
	return out
}

func TestALogIsSearchedAndLeftOutByLevel(t *testing.T) {
	h := newHub(nil)
	h.set(sample(), nil)
	m := mux{http.NewServeMux()}
	mount(m, &site{hub: h, engine: fakeEngine{lines: lines(1000)}})
	show := func(query string) string {
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest("GET", "/services/files?"+query, nil))
		return w.Body.String()
	}
	if n := strings.Count(show(""), "<li>"); n != logLines+1 { // and one transfer
		t.Errorf("%d lines", n)
	}
	if text := show("q=line+99"); strings.Count(text, "<li>") != 11+1 || !strings.Contains(text, `value="line 99"`) {
		t.Errorf("search: %d lines", strings.Count(text, "<li>"))
	}
	text := show("level=WARN")
	if strings.Contains(text, `<b class="INFO"`) || !strings.Contains(text, `<b class="ERROR"`) ||
		strings.Contains(text, nasty) {
		t.Error("levels below are shown, or text is not escaped")
	}
	if text := show("q=" + "no+such+text"); !strings.Contains(text, "No line fits") {
		t.Error("an empty log says nothing")
	}
}

func TestAFloodIsThinnedBeforeItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{hub: newHub(nil), engine: fakeEngine{lines: lines(50_000)}}
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		r := httptest.NewRequest("GET", "/services/files/log", nil).WithContext(ctx)
		w := httptest.NewRecorder()
		s.follow(w, r)
		text := w.Body.String()
		if n := strings.Count(text, `"text"`); n != logLines {
			t.Errorf("%d lines were sent", n)
		}
		if !strings.Contains(text, "line 49999.") || strings.Contains(text, "line 1.") ||
			!strings.Contains(text, ": still here") {
			t.Errorf("not the newest lines: %.300s", text)
		}
	})
}
