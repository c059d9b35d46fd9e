package status

import (
	"net/http"
	"net/url"
	"time"
)

// reloadEvery is how often a page without JavaScript loads itself anew, in
// seconds, once its viewer has asked for it.
const reloadEvery = 5

// reload keeps a page current where there is no JavaScript: by a link, or by
// the browser, if that is asked for. Never unasked: it takes the focus away,
// and what is being typed (WCAG 2.2, 2.2.2).
type reload struct {
	At    string // when the page was made
	Here  string // the page again
	Every int    // seconds; 0: only by hand
	Other string // the page in the other way
	Words string // what Other does
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
