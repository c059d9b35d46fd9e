package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// The exit codes, which scripts rely on.
const (
	exitDone          = 0
	exitFailed        = 1
	exitUsage         = 2
	exitNoSuchService = 3
	exitNoInstance    = 4
)

// app is one call of ammarctl. A command is a function that takes it and returns the
// cobra command, in a file of its own; commands lists them.
type app struct {
	console
	connections
	called string // the command, as in "ammarctl ps"
}

func newApp(t terminal) *app {
	return &app{console: console{terminal: t}, connections: connections{env: t.getenv}}
}

// run runs a command line and returns the exit code.
func run(args []string, t terminal) int {
	a := newApp(t)
	defer a.close()
	root := a.root()
	root.SetArgs(args)
	a.called = root.Name()
	if cmd, _, err := root.Find(args); err == nil {
		a.called = cmd.CommandPath()
	}
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup(1) has it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	return exitCode(a.execute(ctx, root))
}

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// codeError ends with a code of its own and prints nothing more.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func exitCode(err error) int {
	var usage usageError
	var code codeError
	var refused *api.Error
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &refused) && refused.Code == api.CodeNoSuchService:
		return exitNoSuchService
	case errors.Is(err, client.ErrNoInstance):
		return exitNoInstance
	}
	return exitFailed
}

// complain prints why a command failed, once and plainly.
func (a *app) complain(w io.Writer, err error) {
	var code codeError
	if errors.As(err, &code) {
		return
	}
	var wrong configs.Errors
	if errors.As(err, &wrong) {
		fmt.Fprintln(w, wrong) // each begins with file:line:column
		if code := explain.Code(err); code != "" {
			fmt.Fprintf(w, "More: ammarctl explain %s\n", code)
		}
		return
	}
	fmt.Fprintf(w, "ammarctl: %v\n", err)
	if errors.Is(err, client.ErrNoInstance) && !a.onOtherMachine() {
		reportOrphans(a, w)
	}
	if exitCode(err) == exitUsage {
		fmt.Fprintf(w, "See: %s --help\n", a.called)
	}
	if code := explain.Code(err); code != "" {
		fmt.Fprintf(w, "More: ammarctl explain %s\n", code)
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ammarctl",
		Short: "Run several services on one machine, and see what they do",
		Long: `ammarctl runs services, each its own process on its own port, keeps them alive
and shows live what they do. Without a command it opens the dashboard, and
starts the services first if they do not run.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return dashboard(cmd.Context(), a) },
	}
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpCommand(helpCommand(a))
	f := root.PersistentFlags()
	f.StringVar(&a.instance, "instance", "default", "name of the instance: one supervisor and its services")
	f.StringVarP(&a.config, "config", "c", "",
		"configuration file (default: ./ammar.toml, then the user's, then a built-in one)")
	f.StringArrayVarP(&a.named, onFlag, "H", nil,
		"speak to another machine over ssh: pi@robot, a name of [hosts], or all; repeatable")
	f.BoolVar(&a.plain, "plain", false,
		"plain lines: no dashboard, no box drawing; without a command, one line for each event")
	f.BoolVar(&a.noColor, "no-color", false, "no colours; so does NO_COLOR in the environment")
	_ = root.RegisterFlagCompletionFunc("config", completeTOML)
	_ = root.RegisterFlagCompletionFunc("instance", cobra.NoFileCompletions)
	_ = root.RegisterFlagCompletionFunc(onFlag, cobra.NoFileCompletions)
	for _, command := range commands() {
		root.AddCommand(command(a))
	}
	for _, cmd := range root.Commands() {
		cmd.SuggestFor = otherWords()[cmd.Name()]
	}
	walk(root, plainUsages)
	walk(root, a.place)
	return root
}

// commands lists the commands.
func commands() []func(*app) *cobra.Command {
	return append([]func(*app) *cobra.Command{
		upCommand, downCommand, psCommand, startCommand, stopCommand, restartCommand, killCommand, scaleCommand,
		eventsCommand,
		infoCommand, bugreportCommand, logsCommand, shareCommand, unshareCommand, runCommand, addCommand, passwordCommand,
		reloadCommand,
		checkCommand, explainCommand, initCommand, doctorCommand, enableCommand, disableCommand, serviceCommand, probeCommand,
		versionCommand, dialStdioCommand,
	}, largeCommands()...)
}

// walk visits a command and all below it.
func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, sub := range cmd.Commands() {
		walk(sub, visit)
	}
}

// plainUsages takes the back quotes out of the texts of flags, with which
// they mark the name of their value: the help has no place for it.
func plainUsages(cmd *cobra.Command) {
	for _, flags := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") })
	}
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("unknown command or argument %q%s", args[0], suggest(cmd, args[0]))}
	}
	return nil
}

// atMostOne is what a command with [FILE] takes.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageError{fmt.Errorf("expected one file at most: ammarctl %s", cmd.Use)}
	}
	return nil
}

func suggest(cmd *cobra.Command, word string) string {
	cmd.SuggestionsMinimumDistance = 2 // in letters, Levenshtein's
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		return fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return ""
}
