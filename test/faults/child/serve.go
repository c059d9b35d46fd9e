//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
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
	hs := &http.Server{Handler: mux}
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
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := hs.Shutdown(grace); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	os.Exit(0)
	return nil
}
