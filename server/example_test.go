package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ammarctl/ammarctl/server"
)

// A service with a handler, a page that is rendered once a second for all clients, and
// a stream of events.
func Example() {
	srv := server.New(server.Config{Name: "clock", Workers: 4, Log: io.Discard})
	srv.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello, %s!", r.PathValue("name"))
	})
	srv.Page("/{$}", server.Page{
		Every:       time.Second,
		ContentType: "text/html; charset=utf-8",
		Render: func(context.Context) ([]byte, error) {
			return fmt.Appendf(nil, "<h1>%s</h1>", time.Now().Format(time.TimeOnly)), nil
		},
	})
	srv.Stream("GET /events", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		<-r.Context().Done() // the client has gone, or the server drains
	}))

	addr, err := srv.Listen()
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()

	resp, err := http.Get("http://" + addr.String() + "/hello/world")
	if err != nil {
		fmt.Println(err)
		return
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	fmt.Printf("%d %s\n", resp.StatusCode, body)

	stop()
	fmt.Println(<-served)
	// Output:
	// 200 Hello, world!
	// <nil>
}
