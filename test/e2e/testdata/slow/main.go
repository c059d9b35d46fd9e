// Command slow is a service whose requests never finish by themselves.
package main

import (
	"context"
	"flag"
	"net/http"
	"os"

	"github.com/ammarctl/ammarctl/server"
)

type slow struct{ config server.Config }

func (s *slow) Flags(fs *flag.FlagSet) { s.config.Flags(fs) }

func (s *slow) Serve(ctx context.Context) error {
	srv := server.New(s.config)
	srv.Handle("GET /slow", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	return srv.Serve(ctx)
}

func main() { os.Exit(server.Main("slow", new(slow), os.Args[1:])) }
