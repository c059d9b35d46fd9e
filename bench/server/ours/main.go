// Command ours is the benchmark's own service: a page, and a POST that goes
// through net/http.
package main

import (
	"context"
	"flag"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/ammarctl/ammarctl/server"
)

type service struct{ config server.Config }

// Flags defines the flags that every service has.
func (s *service) Flags(fs *flag.FlagSet) { s.config.Flags(fs) }

// Serve answers /page and /post until ctx ends.
func (s *service) Serve(ctx context.Context) error {
	srv := server.New(s.config)
	srv.Page("/page", server.Page{ContentType: "text/plain", Every: 100 * time.Millisecond,
		Render: func(context.Context) ([]byte, error) {
			return []byte("rendered at " + strconv.FormatInt(time.Now().UnixNano(), 10) + "\n"), nil
		}})
	srv.HandleFunc("POST /post", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	srv.HandleFunc("GET /post", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return srv.Serve(ctx)
}

func main() { os.Exit(server.Main("ours", new(service), os.Args[1:])) }
