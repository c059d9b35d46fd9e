package main

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/remote"
)

// onFlag is the long name of -H.
const onFlag = "on"

// there lists the commands that run entirely on the other machine, since they use its
// files or start something. here lists those that concern no instance. All others
// connect from here to the supervisor there.
func there() []string {
	return []string{"up", "share", "run", "add", "check", "init", "doctor", "import", "export", "enable", "disable"}
}
func here() []string {
	return []string{"service", "probe", "version", "password", "completion", "help", "explain", "dial-stdio"}
}

// place puts a command where -H says.
func (a *app) place(cmd *cobra.Command) {
	run := cmd.RunE
	if run == nil {
		return
	}
	among := func(names []string) bool {
		return slices.Contains(names, cmd.Name()) || cmd.HasParent() && slices.Contains(names, cmd.Parent().Name())
	}
	switch {
	case among(there()):
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if a.onOtherMachine() {
				return a.runThere(cmd, args)
			}
			return run(cmd, args)
		}
	case among(here()):
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if a.onOtherMachine() {
				return usageError{fmt.Errorf("-H: %s is about this machine only; leave -H out, or run it there over ssh",
					cmd.Name())}
			}
			return run(cmd, args)
		}
	}
}

// runThere runs this command on the other machine, with its output here.
func (a *app) runThere(cmd *cobra.Command, args []string) error {
	m, err := a.one()
	if err != nil {
		return err
	}
	words := strings.Fields(cmd.CommandPath())[1:]
	cmd.Flags().Visit(func(f *pflag.Flag) { // those that were given
		if f.Name == onFlag {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			words = append(words, "--"+f.Name+"="+v)
		}
	})
	terminal := term.IsTerminal(int(a.in.Fd())) && term.IsTerminal(int(a.out.Fd()))
	ssh := remote.Run(cmd.Context(), *m.at, true, terminal, append(append(words, "--"), args...)...)
	ssh.Stdin, ssh.Stdout, ssh.Stderr = a.in, a.out, a.err
	err = ssh.Run()
	if err == nil && cmd.Name() == "share" && !cmd.Flags().Changed("json") && !cmd.Flags().Changed("foreground") {
		fmt.Fprintf(a.out, "from this machine: ammarctl -H %s unshare NAME\n", m.name) // what is printed there knows of no -H
	}
	var code *exec.ExitError
	switch {
	case errors.As(err, &code) && code.ExitCode() == 127:
		return explain.Errorf("remote-without-ammarctl",
			"there is no ammarctl in the PATH of %[1]s: install it there, or name it: -H %[1]s/path/of/ammarctl", m.name)
	case errors.As(err, &code) && code.ExitCode() == 255:
		return explain.Errorf("ssh-unreachable",
			"ssh cannot reach %[1]s, and has said why above; try until it works: ssh %[1]s true", m.name)
	case errors.As(err, &code):
		return codeError(code.ExitCode())
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("there is no ssh on this machine; install openssh-client")
	}
	return err
}

// dialStdioCommand is the far side of -H, started by ssh.
func dialStdioCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    "dial-stdio",
		Short:  "Join standard input and output to the control socket; what -H runs on the other machine",
		Hidden: true,
		Args:   noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dirs, err := a.dirs()
			if err != nil {
				return err
			}
			return remote.Serve(cmd.Context(), stdio{a.in, a.out}, dirs.Socket(), version())
		},
	}
}

// stdio is a connection of two pipes.
type stdio struct {
	io.ReadCloser
	out io.WriteCloser
}

func (s stdio) Write(p []byte) (int, error) { return s.out.Write(p) }

func (s stdio) Close() error { return errors.Join(s.ReadCloser.Close(), s.out.Close()) }
