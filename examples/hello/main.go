// Command hello is a service of one's own: a web server and the content it
// makes, in one executable. Run it alone, or under ammarctl with ammar.toml
// beside it.
package main

import (
	"context"
	"flag"
	"fmt"
	"html"
	"net/http"
	"os"

	"github.com/ammarctl/ammarctl/server"
)

type hello struct {
	greeting string
	config   server.Config
}

func (h *hello) Flags(fs *flag.FlagSet) {
	fs.StringVar(&h.greeting, "greeting", "Hello", "what to say to a visitor")
	h.config.Flags(fs)
}

func (h *hello) Serve(ctx context.Context) error {
	srv := server.New(h.config)
	srv.Handle("GET /{name}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<h1>%s, %s!</h1>", html.EscapeString(h.greeting), html.EscapeString(r.PathValue("name")))
	}))
	srv.Status("greeting with " + h.greeting)
	return srv.Serve(ctx)
}

func main() { os.Exit(server.Main("hello", new(hello), os.Args[1:])) }
