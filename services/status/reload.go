package status

import (
	"net/http"
	"net/url"
	"time"
)

// reloadEvery is how often a page without JavaScript reloads, in seconds, if the
// viewer has enabled it.
const reloadEvery = 5

// reload keeps a page without JavaScript current: by a link, or automatically if
// the viewer enables that. It is off by default, because a reload loses the focus
// and typed text (WCAG 2.2, 2.2.2).
type reload struct {
	At    string // when the page was rendered
	Here  string // the address of this page
	Every int    // seconds; 0: manual
	Other string // the address of the page in the other mode
	Words string // describes Other
}

func newReload(r *http.Request) reload {
	asked := r.URL.Query()
	out := reload{At: time.Now().Format(time.TimeOnly), Here: linkTo(r.URL.Path, asked), Words: "load every 5 seconds"}
	if asked.Has("reload") {
		out.Every, out.Words = reloadEvery, "load by hand only"
		asked.Del("reload")
	} else {
		asked.Set("reload", "1")
	}
	out.Other = linkTo(r.URL.Path, asked)
	return out
}

func linkTo(path string, query url.Values) string {
	return (&url.URL{Path: path, RawQuery: query.Encode()}).String()
}
