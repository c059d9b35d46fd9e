//go:build linux || darwin

package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// instance answers as a supervisor with one service does, so that the examples
// run anywhere. `ammarctl info --json` names the socket of a real one.
func instance() (socket string, end func()) {
	dir, err := os.MkdirTemp("", "ex")
	if err != nil {
		panic(err)
	}
	socket = filepath.Join(dir, "s")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	answer := func(pattern, text string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, text) })
	}
	const web = `{"name": "web", "state": "ready", "pool": {"size": 8, "busy": 3}}`
	answer("GET /v1/services", "["+web+"]")
	answer("GET /v1/watch", `{"services": [`+web+`]}`)
	answer("GET /v1/logs", `{"level": "INFO", "msg": "ready"}`+"\n"+`{"level": "WARN", "msg": "the disk is nearly full"}`)
	answer("POST /v1/services/web/restart", "{}")
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintln(w, `{"code": "no-such-service", "error": "there is no service \"film\""}`)
	})
	server := &http.Server{Handler: mux}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(ln) // ends by Close only
	}()
	return socket, func() {
		server.Close()
		<-done
		os.RemoveAll(dir)
	}
}

func ExampleClient_Services() {
	socket, end := instance()
	defer end()
	services, err := client.New(socket).Services(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range services {
		fmt.Printf("%s is %s: %d of %d workers are busy\n", s.Name, s.State, s.Pool.Busy, s.Pool.Size)
	}
	// Output: web is ready: 3 of 8 workers are busy
}

func ExampleClient_Restart() {
	socket, end := instance()
	defer end()
	c := client.New(socket)
	fmt.Println("web:", c.Restart(context.Background(), "web"))

	err := c.Restart(context.Background(), "film")
	var refused *api.Error
	if errors.As(err, &refused) && refused.Code == api.CodeNoSuchService {
		fmt.Println("film:", err)
	}
	// Output:
	// web: <nil>
	// film: there is no service "film"
}

func ExampleClient_Watch() {
	socket, end := instance()
	defer end()
	enough := errors.New("enough")
	err := client.New(socket).Watch(context.Background(), func(s api.Snapshot) error {
		fmt.Println(len(s.Services), "service")
		return enough
	})
	fmt.Println(err)
	// Output:
	// 1 service
	// enough
}

func ExampleClient_Logs() {
	socket, end := instance()
	defer end()
	query := client.LogQuery{Names: []string{"web"}, N: 100}
	err := client.New(socket).Logs(context.Background(), query, func(l api.LogLine) error {
		fmt.Println(l.Level, l.Msg)
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// INFO ready
	// WARN the disk is nearly full
}

func ExampleNew() {
	_, err := client.New("/run/user/0/no-such-instance").Info(context.Background())
	if errors.Is(err, client.ErrNoInstance) {
		fmt.Println("start one with: ammarctl up -d")
	}
	// Output: start one with: ammarctl up -d
}
