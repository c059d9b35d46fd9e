package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/internal/memtrim"
)

// Program is a service as an executable: its flags, and its run until the
// context ends.
type Program interface {
	// Flags defines the program's flags; Serve is called after they are parsed.
	Flags(fs *flag.FlagSet)
	// Serve returns nil when it ended because ctx did.
	Serve(ctx context.Context) error
}

// Main runs p as a whole executable: it parses args, serves until SIGTERM or
// SIGINT, and returns the exit code: 0 done, 1 failed, 2 wrong usage.
func Main(name string, p Program, args []string) int {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	p.Flags(fs)
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if fs.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%s: expected flags only, got %q; see %s --help\n", name, fs.Arg(0), name)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	defer memtrim.Settle(time.Second)()
	if err := p.Serve(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 1
	}
	return 0
}
