//go:build unix

package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/ammarctl/ammarctl/internal/memtrim"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/keeper"
	_ "github.com/ammarctl/ammarctl/supervisor/launch/reexec" // before main
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// keepArg is the first argument with which this program is a keeper.
const keepArg = "keep"

// launcher runs the parts of this program that people never call: the start of
// a supervisor's process, and the keeper. The launch of a service does not
// reach this, see package reexec.
func launcher(args []string) (code int, ok bool) {
	if len(args) == 0 {
		return 0, false
	}
	switch args[0] {
	case process.PassArg:
		if err := process.Pass(); err != nil {
			return failed(err), true
		}
		return run(args[1:], terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}), true
	case keepArg:
		return keep(args[1:]), true
	}
	return 0, false
}

func failed(err error) int {
	if err != nil {
		fmt.Fprintf(os.Stderr, "ammarctl: %v\n", err)
	}
	return exitFailed
}

// keep is the keeper of an instance. args are the name of the instance, the
// descriptors that it begins with, and the supervisor's command line.
func keep(args []string) int {
	if len(args) < 3 {
		return failed(fmt.Errorf("expected: %s INSTANCE DESCRIPTORS ARGUMENT...; this is not for people", keepArg))
	}
	dirs, err := instance.Resolve(args[0], os.Getenv)
	if err != nil {
		return failed(err)
	}
	handed, err := keeper.Handed(args[1])
	if err != nil {
		return failed(err)
	}
	k := keeper.Keeper{
		Socket: dirs.Keeper(os.Getpid()), Exits: dirs.Exits(), Args: args[2:], Self: instance.Self,
		Log: slog.New(newLineHandler(os.Stderr, false)),
	}
	defer memtrim.Settle(time.Second)()
	status, err := k.Serve(context.Background(), handed)
	if err != nil {
		return failed(err)
	}
	return status
}
