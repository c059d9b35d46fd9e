package status

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// askTimeout bounds each request of a page to the supervisor or a service.
const askTimeout = 3 * time.Second

// detail has the values of a service's page.
type detail struct {
	Title, Instance, Path string
	Away                  string
	Row                   row
	Verbs                 []verb
	Span                  string
	Spans                 []choice
	Since                 string // the age of the graphs' left edge
	Graphs                []graph
	Transfers             []transfer

	Log      logView
	Picture  string // its address; empty: none now
	Looking  bool   // the viewer wants the camera open
	Look     string // the address of the page with it; empty: none
	Settings []api.Setting
	Login    loginView
	Reload   reload
}

// choice is a link to one of several views.
type choice struct {
	Name, Link string
	Chosen     bool
}

// transfer is a running download or upload.
type transfer struct {
	Path, Client, Rate, Done string
	Upload                   bool
	Percent                  int // -1: unknown
}

func (s *site) detailPage(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	v, ok := s.detail(ctx, r)
	if !ok {
		s.noService(w, r)
		return
	}
	v.Log, v.Reload = s.logView(ctx, r), newReload(r)
	v.Settings, _ = s.engine.Settings(ctx, r.PathValue("name")) // none without the supervisor
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(fill("service", v)) // fails only if the client left
}

func (s *site) detailEvents(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.find(r.PathValue("name")); !ok {
		s.noService(w, r)
		return
	}
	s.tell(w, r, func() []byte {
		ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
		defer cancel()
		v, ok := s.detail(ctx, r)
		if !ok {
			return []byte(`<p class="away" role="status">This service is no more: it is not in the configuration, or its share has ended.</p>`)
		}
		return fill("detail", v)
	})
}

// detail is the part of a service's page that changes.
func (s *site) detail(ctx context.Context, r *http.Request) (detail, bool) {
	snap, _, away := s.state()
	svc, ok := s.find(r.PathValue("name"))
	if !ok {
		return detail{}, false
	}
	v := detail{Instance: snap.Info.Instance, Path: detailLink(svc.Name), Row: newRow(svc, snap.Time, r.Host)}
	v.Row.Own = svc.Name == s.own
	v.Verbs = v.Row.Verbs()
	v.Login = s.logins.view(r, v.Path)
	v.Looking = r.FormValue("look") != ""
	if c := svc.Camera; c != nil && svc.PID != 0 {
		v.Look = v.Path + "?look=1#picture"
		if c.Capturing || v.Looking {
			v.Picture = v.Path + "/picture.jpg"
		}
	}
	v.Title = fmt.Sprintf("%s: %s", svc.Name, svc.State)
	if away != nil {
		v.Away = away.Error()
	}
	v.Span = r.FormValue("span")
	all := spans()
	chosen := all[1]
	for _, span := range all {
		if span.Name == v.Span {
			chosen = span
		}
	}
	v.Span = chosen.Name
	for _, span := range all {
		v.Spans = append(v.Spans, choice{span.Words, v.Path + "?span=" + span.Name, span == chosen})
	}
	v.Since = chosen.Words + " ago"
	if chosen.Of != 15*time.Minute {
		v.Since = "1 " + v.Since
	}
	past, err := s.engine.History(ctx, svc.Name, chosen.Name)
	if err == nil && len(past.Spans) == 1 {
		v.Graphs = graphs(svc, past.Spans[0], chosen.Words, snap.Time, chosen.Of)
	}
	v.Transfers = s.transfers(ctx, svc)
	return v, true
}

func (s *site) transfers(ctx context.Context, svc api.Service) (out []transfer) {
	if svc.PID == 0 {
		return nil
	}
	list, err := s.engine.Transfers(ctx, svc)
	if err != nil {
		return nil // the service is ending
	}
	for _, t := range list[:min(len(list), 100)] {
		v := transfer{Path: t.Path, Client: t.Client, Rate: humanize.Bytes(int64(t.BytesPerSecond)) + "/s",
			Done: humanize.Bytes(t.DoneBytes), Upload: t.Direction == "upload", Percent: -1}
		if t.TotalBytes > 0 {
			v.Percent = int(100 * min(t.DoneBytes, t.TotalBytes) / t.TotalBytes)
			v.Done += " of " + humanize.Bytes(t.TotalBytes)
		}
		out = append(out, v)
	}
	return out
}

// picture answers with a camera's newest frame. The camera may have to open.
func (s *site) picture(w http.ResponseWriter, r *http.Request) {
	svc, ok := s.find(r.PathValue("name"))
	if !ok || svc.Camera == nil {
		s.refuse(w, r, http.StatusNotFound, "There is no such camera.")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 3*askTimeout) // a camera opens slowly
	defer cancel()
	jpeg, err := s.engine.Picture(ctx, svc)
	if err != nil {
		s.refuse(w, r, http.StatusBadGateway, "Cannot show the picture: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", strconv.Itoa(len(jpeg)))
	_, _ = w.Write(jpeg) // fails only if the client left
}

// fill renders a page. On an error, the text is the error.
func fill(name string, v any) []byte {
	page, err := pages().Render(name, v)
	if err != nil {
		return []byte(html.EscapeString("cannot show the page: " + err.Error()))
	}
	return page
}

// detailLink returns the address of a service's page.
func detailLink(name string) string {
	return "/services/" + strings.ReplaceAll(url.PathEscape(name), "+", "%2B")
}
