// Command hello is a service of one's own: a web server and the content it
// makes, in one executable. docs/writing-a-service.md tells how it is written.
package main

import (
	"context"
	"flag"
	"fmt"
	"html"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/ammarctl/ammarctl/server"
)

type hello struct {
	config   server.Config
	greeting string
	visits   atomic.Int64
}

func main() { os.Exit(server.Main("hello", new(hello), os.Args[1:])) }

func (h *hello) Flags(fs *flag.FlagSet) {
	fs.StringVar(&h.greeting, "greeting", "Hello", "what to say to a visitor")
	h.config.Flags(fs)
}

func (h *hello) Serve(ctx context.Context) error {
	srv := server.New(h.config)
	srv.Page("/{$}", server.Page{Every: time.Second, ContentType: "text/html; charset=utf-8", Render: h.page})
	srv.HandleFunc("POST /visit", h.visit)
	srv.Stream("GET /events", http.HandlerFunc(h.events))
	srv.Gauge("hello_visits", "Names entered since the start.", func() float64 { return float64(h.visits.Load()) })
	return srv.Serve(ctx)
}

func (h *hello) page(context.Context) ([]byte, error) {
	return fmt.Appendf(nil, `<!doctype html><title>hello</title>
<h1>%s!</h1>
<form method="post" action="visit"><input name="name" placeholder="your name" required> <button>enter</button></form>
<p>Visits: <b id="visits">%d</b>. This page was made at %s.</p>
<script>new EventSource("events").onmessage = e => visits.textContent = e.data</script>
`, html.EscapeString(h.greeting), h.visits.Load(), time.Now().Format(time.TimeOnly)), nil
}

func (h *hello) visit(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	name := r.PostFormValue("name")
	if name == "" {
		http.Error(w, "a name of at most 4096 bytes is needed", http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "%s, %s! You are visit %d.\n", h.greeting, name, h.visits.Add(1))
}

func (h *hello) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		fmt.Fprintf(w, "data: %d\n\n", h.visits.Load())
		if http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-second.C:
		case <-r.Context().Done(): // the client has gone, or the service stops
			return
		}
	}
}
