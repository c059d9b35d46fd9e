package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/names"
	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/internal/shellwords"
	"github.com/ammarctl/ammarctl/supervisor/adhoc"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// programFlags holds the flags of run and add.
type programFlags struct {
	name, port string
	asJSON     bool
}

func (p *programFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&p.name, "name", "", "name of the service (default: the program's)")
	f.StringVar(&p.port, "port", "", "port that the program finds in PORT: a number, or auto for a free one")
	f.BoolVar(&p.asJSON, "json", false, "print JSON")
	f.SetInterspersed(false) // what follows the program is the program's
	cmd.ValidArgsFunction = completeProgram
	_ = cmd.RegisterFlagCompletionFunc("name", cobra.NoFileCompletions)
	_ = cmd.RegisterFlagCompletionFunc("port", cobra.NoFileCompletions)
}

// completeProgram leaves a command line to the shell, which knows files.
func completeProgram(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// request is what the command line asks for.
func (p *programFlags) request(args []string, getenv func(string) string) (api.RunRequest, error) {
	req := api.RunRequest{Name: p.name, Port: configs.NoPort}
	var err error
	if req.Dir, err = os.Getwd(); err != nil {
		return req, err
	}
	switch n, err := strconv.Atoi(p.port); {
	case p.port == "":
	case p.port == "auto":
		req.Port = configs.FreePort
	case err != nil || n < 1 || n > 65535:
		return req, usageError{fmt.Errorf("--port: expected 1 to 65535, or auto, got %q", p.port)}
	default:
		req.Port = n
	}
	if p.name != "" && !names.Valid(p.name) {
		return req, usageError{fmt.Errorf("--name: cannot use %q: expected %s", p.name, names.Rule)}
	}
	if err := setCommand(&req, args); err != nil {
		return req, usageError{err}
	}
	if venv := getenv("VIRTUAL_ENV"); venv != "" && len(req.Exec) > 0 { // its PATH is this shell's
		found, err := exec.LookPath(req.Exec[0])
		if err == nil && strings.HasPrefix(found, venv+"/") {
			req.Exec[0] = found
		}
	}
	if req.Name == "" {
		req.Name = adhoc.Name(req)
	}
	return req, nil
}

// setCommand takes the words of the command line. A single word with spaces is a
// line, as exec is in a configuration. A line that needs a shell gets one.
func setCommand(req *api.RunRequest, args []string) error {
	req.Exec = args
	if len(args) != 1 || !strings.ContainsAny(args[0], " \t|&;") {
		return nil
	}
	words, err := shellwords.Split(args[0])
	var shell *shellwords.ShellError
	if errors.As(err, &shell) {
		req.Exec, req.Shell = nil, args[0]
		return nil
	}
	req.Exec = words
	return err
}

func someProgram(verb string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 || args[0] == "" {
			return usageError{fmt.Errorf("expected the program and its arguments: ammarctl %s -- PROGRAM [ARGUMENT...]", verb)}
		}
		return nil
	}
}

func runCommand(a *app) *cobra.Command {
	var flags programFlags
	var save bool
	cmd := &cobra.Command{
		Use:   "run [--name NAME] [--save] -- PROGRAM [ARGUMENT...]",
		Short: "Run a program as a service, at once",
		Long: `run starts any program in the running instance, in the current folder, and
returns when it is ready. It is kept alive and shown like every other service,
until stop or down. With --save it is written into the configuration too, as add
does. It starts the instance first if none runs.`,
		Example: `ammarctl run -- python3 -m http.server 9000
ammarctl run --name bot --save -- python3 bot.py
ammarctl run --port auto -- sh -c 'exec ./serve --port "$PORT"'`,
		Args: someProgram("run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			req, err := flags.request(args, a.getenv)
			if err != nil {
				return err
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			var s api.Service
			start := func() (err error) {
				asked := req
				asked.Name = flags.name // without one, the supervisor takes a name that is free
				s, err = c.Run(cmd.Context(), asked)
				return err
			}
			if save {
				start = func() (err error) {
					s, err = addAndStart(cmd.Context(), a, c, req)
					return err
				}
			}
			if _, err = c.Info(cmd.Context()); errors.Is(err, client.ErrNoInstance) {
				err = spawnInstance(cmd.Context(), a, c)
			}
			if err == nil {
				err = a.withProgress("starting "+req.Name, start)
			}
			switch {
			case err != nil:
				return err
			case flags.asJSON:
				return a.printJSON(s)
			}
			printProgram(&a.console, s)
			return nil
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&save, "save", false, "write it into the configuration")
	return cmd
}

// printProgram says which program runs, and which commands follow.
func printProgram(con *console, s api.Service) {
	where := ""
	if s.Addr != "" {
		where = " on " + s.Addr
	}
	name := safetext.Escape(s.Name)
	colour := con.colour(con.out)
	fmt.Fprintf(con.out, "%s runs%s, pid %d\n", name, where, s.PID)
	fmt.Fprintf(con.out, "See its output with: %s\n", paint(colour, bold, "ammarctl logs -f "+name))
	fmt.Fprintf(con.out, "End it with:         %s\n", paint(colour, bold, "ammarctl stop "+name))
}

func addCommand(a *app) *cobra.Command {
	var flags programFlags
	cmd := &cobra.Command{
		Use:   "add [--name NAME] -- PROGRAM [ARGUMENT...]",
		Short: "Write a program into the configuration, and start it",
		Long: `add appends a service to the configuration, whose text stays as it is, and starts
it if an instance runs: it reloads the configuration. Without a configuration it
makes an ammar.toml here.`,
		Example: "ammarctl add -- python3 bot.py\nammarctl add --name web --port 8080 -- ./serve",
		Args:    someProgram("add"),
		RunE: func(cmd *cobra.Command, args []string) error {
			req, err := flags.request(args, a.getenv)
			if err != nil {
				return err
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			var done added
			info, err := c.Info(cmd.Context())
			switch {
			case errors.Is(err, client.ErrNoInstance):
				done.Config, done.table, err = write(a, "", req)
			case err == nil:
				done.Started = true
				done.Config, done.table, err = addTo(cmd.Context(), a, c, info, &req)
			}
			done.Service = req.Name
			switch {
			case err != nil:
				return err
			case flags.asJSON:
				return a.printJSON(done)
			}
			done.print(&a.console)
			return nil
		},
	}
	flags.register(cmd)
	return cmd
}

// added is what add has done.
type added struct {
	Config  string `json:"config"`
	Service string `json:"service"`
	Started bool   `json:"started"`
	table   string
}

func (d added) print(con *console) {
	fmt.Fprintf(con.out, "Added to %s:\n\n", safetext.Escape(d.Config))
	for line := range strings.Lines(d.table) {
		fmt.Fprintf(con.out, "    %s\n", safetext.Escape(strings.TrimSuffix(line, "\n")))
	}
	next := "ammarctl up -d"
	if d.Started {
		next = "ammarctl logs -f " + d.Service
		fmt.Fprintf(con.out, "\n%s runs. See its output with: ", d.Service)
	} else {
		fmt.Fprint(con.out, "\nStart it with: ")
	}
	fmt.Fprintln(con.out, paint(con.colour(con.out), bold, next))
}

// write appends the program to the configuration at path, and returns the file's
// path and the lines. An empty path stands for the configuration of up.
func write(a *app, path string, req api.RunRequest) (file, table string, err error) {
	if path == "" {
		if path, err = configs.Find(a.config, a.getenv); err != nil {
			return "", "", err
		}
	}
	if path == configs.Embedded {
		if path, err = filepath.Abs(configs.FileName); err != nil {
			return "", "", err
		}
	}
	table, err = configs.Append(path, configs.Table{
		Name: req.Name, Exec: req.Exec, Shell: req.Shell, Dir: req.Dir, Port: req.Port,
	}, a.getenv)
	return path, table, err
}

// freeName gives the service a name that no other one of the instance has. A name
// that a person chose is refused instead.
func freeName(ctx context.Context, c *client.Client, req *api.RunRequest) error {
	services, err := c.Services(ctx)
	if err != nil {
		return err
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(services, func(s api.Service) bool { return s.Name == name })
	}
	base := req.Name
	if base != adhoc.Name(*req) && taken(base) {
		return fmt.Errorf("a service is called %q already; choose another --name", base)
	}
	for n := 2; taken(req.Name); n++ {
		req.Name = fmt.Sprintf("%s-%d", base, n)
	}
	return nil
}

// addTo writes the program into the configuration of a running instance, which
// then reloads it. The error of a program that does not start is returned: its
// table stays, for a person to correct.
func addTo(ctx context.Context, a *app, c *client.Client, info api.Info, req *api.RunRequest) (
	file, table string, err error) {
	if err := freeName(ctx, c, req); err != nil {
		return "", "", err
	}
	reload := api.ReloadRequest{}
	if info.Config == configs.Embedded {
		if err := configs.WriteEmbedded(configs.FileName); err != nil { // its services stay
			return "", "", err
		}
	}
	if file, table, err = write(a, info.Config, *req); err != nil {
		return "", "", err
	}
	if file != info.Config {
		reload.Config = file
	}
	answer, err := c.Reload(ctx, reload)
	if err != nil {
		return "", "", fmt.Errorf("%s has [service.%s] now, and was not applied: %w", file, req.Name, err)
	}
	for _, change := range answer.Changes {
		if change.Service == req.Name && change.Error != "" {
			return "", "", errors.New(change.Error)
		}
	}
	return file, table, nil
}

// addAndStart is addTo for a caller that shows the service.
func addAndStart(ctx context.Context, a *app, c *client.Client, req api.RunRequest) (api.Service, error) {
	info, err := c.Info(ctx)
	if err != nil {
		return api.Service{}, err
	}
	if _, _, err := addTo(ctx, a, c, info, &req); err != nil {
		return api.Service{}, err
	}
	return c.Service(ctx, req.Name)
}
