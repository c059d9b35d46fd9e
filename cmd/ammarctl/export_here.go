//go:build !tiny

package main

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/boot"
	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/export"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

// exportsHere are for what starts programs on this machine.
func exportsHere(a *app) []*cobra.Command {
	return []*cobra.Command{
		exportSystemd(a),
		exportInstance(a, "launchd", "Write an agent that starts the instance by macOS' launchd",
			"launchd writes one agent, which starts the instance at login. It is a file of\n~/Library/LaunchAgents, and "+
				"launchctl bootstrap gui/$UID FILE starts it at once.", launchdJob),
		exportInstance(a, "openrc", "Write a script that starts the instance by OpenRC",
			"openrc writes one script, which starts the instance as this user at boot. Root\nputs it into /etc/init.d, "+
				"makes it executable, and adds it: rc-update add NAME.", openRCService),
	}
}

func exportSystemd(a *app) *cobra.Command {
	var o export.SystemdOptions
	var folder string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "systemd [NAME...]",
		Short: "Write a hardened service and a socket unit of systemd for each service",
		Long: `systemd writes units of the system's systemd, for whoever is root there and wants
no supervisor beside it: each service may do little, and its socket unit keeps
the listener. To have ammarctl itself started at boot, without root, see enable.`,
		Example: "ammarctl export systemd\nammarctl export systemd --user www-data -o units && sudo cp units/* " +
			"/etc/systemd/system/",
		RunE: func(_ *cobra.Command, args []string) error {
			config, err := configs.Load(a.config, a.getenv)
			if err != nil {
				return err
			}
			o.Only = args
			if err := thisProgram(&o.Program); err != nil {
				return err
			}
			result, err := export.Systemd(config.Services, o)
			if err != nil {
				return err
			}
			return writeExport(a, result, folder, asJSON)
		},
		ValidArgsFunction: a.completeConfigured,
	}
	me := "nobody"
	if u, err := user.Current(); err == nil {
		me = u.Username
	}
	cmd.Flags().StringVar(&o.User, "user", "", "user who runs services that have none in the configuration (default: you)")
	cmd.Flags().StringVar(&o.Program, "program", "", "path of ammarctl on the machine (default: this one)")
	exportFlags(cmd, &folder, &asJSON)
	cmd.PreRun = func(*cobra.Command, []string) {
		if o.User == "" {
			o.User = me
		}
	}
	return cmd
}

func exportFlags(cmd *cobra.Command, folder *string, asJSON *bool) {
	cmd.Flags().StringVarP(folder, "output", "o", "", "folder to write files into, instead of standard output")
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON: the files, and the notes")
	_ = cmd.RegisterFlagCompletionFunc("output", completeFolders)
}

func exportInstance(a *app, name, short, long string, write func(boot.Unit) (export.File, error)) *cobra.Command {
	var folder, program string
	var asJSON bool
	cmd := &cobra.Command{
		Use: name, Short: short, Long: long, Args: noArgs,
		Example: "ammarctl export " + name + " -o .",
		RunE: func(*cobra.Command, []string) error {
			config, err := configs.Load(a.config, a.getenv)
			if err != nil {
				return err
			}
			if err := thisProgram(&program); err != nil {
				return err
			}
			unit, err := bootUnit(a, config, program)
			if err != nil {
				return err
			}
			file, err := write(unit)
			if err != nil {
				return err
			}
			return writeExport(a, export.Result{Files: []export.File{file}, Notes: []export.Note{}}, folder, asJSON)
		},
	}
	cmd.Flags().StringVar(&program, "program", "", "path of ammarctl on the machine (default: this one)")
	exportFlags(cmd, &folder, &asJSON)
	return cmd
}

func launchdJob(u boot.Unit) (export.File, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return export.File{}, err
	}
	text, err := boot.Launchd(u, filepath.Join(home, "Library", "Logs", "ammarctl-"+u.Instance+".log"))
	return export.File{Name: boot.LaunchdLabel(u.Instance) + ".plist", Text: text}, err
}

func openRCService(u boot.Unit) (export.File, error) {
	me, err := user.Current()
	if err != nil {
		return export.File{}, err
	}
	text, err := boot.OpenRC(u, me.Username, me.HomeDir)
	return export.File{Name: strings.TrimSuffix(boot.UnitName(u.Instance), ".service"), Text: text}, err
}

// thisProgram sets the path of ammarctl, unless a flag gives another one.
func thisProgram(program *string) (err error) {
	if *program == "" {
		*program, err = instance.Self()
	} else if !filepath.IsAbs(*program) {
		err = usageError{fmt.Errorf("--program: expected an absolute path, got %q", *program)}
	}
	return err
}

// writeExport prints files one below the other, each below its name.
func writeExport(a *app, r export.Result, folder string, asJSON bool) error {
	if asJSON {
		return a.printJSON(r)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(a.err, "%s: %s\n", strings.Join(n.Services, ", "), n.Text)
	}
	if folder != "" || len(r.Files) == 1 {
		return writeJobs(&a.console, r.Files, folder)
	}
	for i, f := range r.Files {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		fmt.Fprintf(a.out, "# %s\n%s", f.Name, f.Text)
	}
	return nil
}
