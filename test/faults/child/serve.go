//go:build unix

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// notify speaks as sd_notify(3) says.
func notify(text string) error {
	path := os.Getenv(contract.NotifySocket)
	if path == "" {
		return nil
	}
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write([]byte(text))
	return err
}

// serve answers on the inherited listener until SIGTERM, and then finishes
// what it has begun: "/" with its pid and the word it was given, "/slow" after
// the time in for=.
func serve(word string) error {
	ln, err := net.FileListener(os.NewFile(contract.ListenFDsStart, "listener"))
	if err != nil {
		return fmt.Errorf("no listener: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%d %s\n", os.Getpid(), word)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		d, _ := time.ParseDuration(r.FormValue("for"))
		time.Sleep(d)
		fmt.Fprintf(w, "%d %s\n", os.Getpid(), word)
	})
	mux.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { os.Exit(9) })
	var open atomic.Int64
	hs := &http.Server{Handler: mux, ConnState: func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}}
	term, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- hs.Serve(ln) }()
	if err := notify("READY=1"); err != nil {
		return err
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(lifetime):
		os.Exit(71)
	case <-term.Done():
	}
	// What was accepted until Serve returns is answered here; what comes later
	// stays in the queue for the process that takes over. Shutdown would drop
	// requests that it finds still unread.
	_ = ln.Close()
	<-ended
	hs.SetKeepAlivesEnabled(false)
	for until := time.Now().Add(5 * time.Second); open.Load() > 0 && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
	os.Exit(0)
	return nil
}

// own opens a port by itself, as a program does that knows nothing of its
// supervisor. It answers after a moment, and dies at once on SIGTERM.
func own(port string) error {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond)
		fmt.Fprintf(w, "%d\n", os.Getpid())
	})
	time.AfterFunc(lifetime, func() { os.Exit(71) })
	return http.ListenAndServe(":"+port, nil)
}
