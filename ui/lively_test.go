package ui

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// lively is a process with the dashboard of an engine that never rests.
func lively() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	engine := newFake()
	go func() {
		for n := 0; ctx.Err() == nil; n++ {
			s := three()
			s.Services[0].RequestsPerSecond = float64(n)
			engine.states <- s
			time.Sleep(50 * time.Millisecond)
		}
	}()
	go func() {
		for n := 0; ctx.Err() == nil; n++ {
			engine.lines <- api.LogLine{Seq: uint64(n), Time: time.Now(), Msg: fmt.Sprintf("line %d", n)}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	engine.panics = os.Getenv("PANIC")
	engine.gone = os.Getenv("GONE") != ""
	getenv := func(name string) string {
		if name == "TMUX" && engine.panics == "in Update" {
			panic("panic on purpose")
		}
		return os.Getenv(name)
	}
	if err := Run(ctx, engine, Options{In: os.Stdin, Out: os.Stdout, Getenv: getenv}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
