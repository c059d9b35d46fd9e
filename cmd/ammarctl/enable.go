package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/boot"
	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/names"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

// planned is a change of this user's systemd that can be seen before it is made.
type planned struct{ dryRun, asJSON bool }

func (p *planned) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.dryRun, "dry-run", false, "show what would be done, and do nothing")
	cmd.Flags().BoolVar(&p.asJSON, "json", false, "print JSON")
}

// applyPlan does what a plan says, and what comes after it, unless it is only to be
// seen; say tells a person.
func applyPlan(con *console, plan *boot.Plan, p planned, do func() error, say func(*boot.Plan)) error {
	plan.DryRun = p.dryRun
	if !p.dryRun {
		if err := do(); err != nil {
			return err
		}
	}
	if p.asJSON {
		return con.printJSON(plan)
	}
	say(plan)
	return nil
}

func enableCommand(a *app) *cobra.Command {
	var p planned
	var linger bool
	cmd := &cobra.Command{
		Use:   "enable",
		Short: "Start the instance with the machine, by the user's own systemd",
		Long: `enable writes a unit for the user's own systemd, which needs no root, and starts
the instance by it. systemd then does what the keeper does otherwise: when the
supervisor dies, it starts the next one, which goes on with the services.

Without lingering, a user's services run from login to logout; with it, from the
machine's start on. A unit of that name that is not ours is left alone.`,
		Example: `ammarctl enable --dry-run       # shows the unit and what would be done
ammarctl enable --linger        # at boot, not only while you are logged in`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plan, manager, err := planEnable(cmd.Context(), a)
			if err != nil {
				return err
			}
			return applyPlan(&a.console, plan, p, func() error {
				err := manager.Carry(cmd.Context(), plan)
				if err == nil && linger {
					err = boot.Linger(cmd.Context())
				}
				return err
			}, func(p *boot.Plan) { printEnabled(a, p) })
		},
	}
	p.flags(cmd)
	cmd.Flags().BoolVar(&linger, "linger", false, "let this user's services run without a login: loginctl enable-linger")
	return cmd
}

func disableCommand(a *app) *cobra.Command {
	var p planned
	cmd := &cobra.Command{
		Use:   "disable",
		Short: "Undo enable: stop the instance, and start it with the machine no more",
		Long: `disable stops an instance that its unit runs, and removes the unit that enable has
written. It leaves lingering as it is, since other units may need it.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			manager, err := openManager(cmd.Context())
			if err != nil {
				return err
			}
			folder, err := unitFolder(&a.connections)
			if err != nil {
				return err
			}
			plan, err := manager.PlanDisable(cmd.Context(), folder, a.instance)
			if err != nil {
				return err
			}
			return applyPlan(&a.console, plan, p, func() error { return manager.Carry(cmd.Context(), plan) },
				func(p *boot.Plan) { printDisabled(&a.console, p) })
		},
	}
	p.flags(cmd)
	return cmd
}

func printEnabled(a *app, p *boot.Plan) {
	if p.DryRun {
		fmt.Fprintf(a.out, "would write %s:\n\n%s\nwould run:\n  %s\n", p.Path, p.Text, strings.Join(p.Commands, "\n  "))
		return
	}
	fmt.Fprintf(a.out, "enabled: %s\n", p.Path)
	if !p.Started {
		fmt.Fprintf(a.out, "The instance is already running, with a keeper of its own; systemd starts it the next time. "+
			"To hand it over now:\n  ammarctl down && systemctl --user start %s\n", p.Unit)
	}
	if !boot.Lingers() {
		fmt.Fprint(a.out, "It runs while you are logged in. From the machine's start on: loginctl enable-linger\n")
	}
}

func printDisabled(con *console, p *boot.Plan) {
	switch {
	case p.DryRun:
		fmt.Fprintf(con.out, "would remove %s\nwould run:\n  %s\n", p.Path, strings.Join(p.Commands, "\n  "))
	case p.Started:
		fmt.Fprintf(con.out, "stopped and removed: %s\n", p.Path)
	default:
		fmt.Fprintf(con.out, "removed: %s\n", p.Path)
	}
}

// openManager explains what to do where there is no systemd for this user.
func openManager(ctx context.Context) (*boot.Manager, error) {
	switch runtime.GOOS {
	case "linux":
		manager, err := boot.Open(ctx)
		if errors.Is(err, boot.ErrNoManager) {
			err = fmt.Errorf("%w\n%s", err, withoutManager)
		}
		return manager, err
	case "darwin":
		return nil, errors.New("enable is for systemd; here a launchd agent starts the instance at login: ammarctl " +
			"export launchd -o ~/Library/LaunchAgents")
	}
	return nil, errors.Join(fmt.Errorf("enable is for systemd, which %s does not have", runtime.GOOS), canSupervise())
}

// withoutManager is what to do where no systemd runs for this user.
const withoutManager = `Over ssh or su, this may be all that is missing: export XDG_RUNTIME_DIR=/run/user/$(id -u)
Without systemd, have whatever starts programs here run: ammarctl up -d; for OpenRC: ammarctl export openrc
A line of crontab -e does, too: @reboot ammarctl up -d`

func unitFolder(conns *connections) (string, error) {
	if !names.Valid(conns.instance) {
		_, err := conns.dirs() // which says what is wrong with it
		return "", err
	}
	return boot.Folder(conns.env)
}

// planEnable is for the configuration that up would use from here.
func planEnable(ctx context.Context, a *app) (*boot.Plan, *boot.Manager, error) {
	manager, err := openManager(ctx)
	if err != nil {
		return nil, nil, err
	}
	folder, err := unitFolder(&a.connections)
	if err != nil {
		return nil, nil, err
	}
	config, err := configs.Load(a.config, a.getenv)
	if err != nil {
		return nil, nil, err
	}
	program, err := instance.Self()
	if err != nil {
		return nil, nil, err
	}
	unit, err := bootUnit(a, config, program)
	if err != nil {
		return nil, nil, err
	}
	unit.Subgroup = manager.Subgroup(ctx)
	byUnit, err := manager.Active(ctx, unit.Name())
	if err != nil {
		return nil, nil, err
	}
	c, err := a.client()
	if err != nil {
		return nil, nil, err
	}
	_, absent := c.Info(ctx)
	plan, err := manager.PlanEnable(ctx, folder, unit, byUnit || absent != nil)
	return plan, manager, err
}

func bootUnit(a *app, config configs.Config, program string) (boot.Unit, error) {
	if temporary(program) {
		return boot.Unit{}, fmt.Errorf("cannot start %s at boot: it is a temporary file; build ammarctl and put it where "+
			"it stays, like ~/.local/bin", program)
	}
	dir, err := os.Getwd()
	if err != nil {
		return boot.Unit{}, fmt.Errorf("cannot tell the folder to start in: %w", err)
	}
	u := boot.Unit{Instance: a.instance, Program: program, Dir: dir, Env: map[string]string{}}
	if config.Path != configs.Embedded {
		u.Config, u.Dir = config.Path, filepath.Dir(config.Path)
	}
	// The unit needs the variables by which commands find the instance.
	for _, name := range []string{"XDG_STATE_HOME", "XDG_CONFIG_HOME"} {
		if value := a.getenv(name); filepath.IsAbs(value) {
			u.Env[name] = value
		}
	}
	return u, nil
}

// temporary tells whether a program is one that `go run` has built, or is gone.
func temporary(program string) bool {
	return strings.HasPrefix(program, "/proc/") || strings.Contains(program, string(filepath.Separator)+"go-build")
}
