package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func reloadCommand(a *app) *cobra.Command {
	var dryRun, asJSON bool
	cmd := &cobra.Command{
		Use:   "reload [NAME|@GROUP...]",
		Short: "Apply the edited configuration: only what changed is touched",
		Long: `reload reads the configuration again and brings the running services in line with
it. Those whose tables are the same are not touched; where only keys for the
supervisor changed, the process goes on; the others are handed over to a new
process. A configuration that is wrong changes nothing. With -c the instance
goes on with another file.

With the names of services, reload runs their reload commands instead, so that
the running programs read their own configurations again.`,
		Example: `ammarctl reload --dry-run         # see what it would change
ammarctl reload -c robot.toml`,
		ValidArgsFunction: a.completeServices,
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) > 0 {
				return reloadPrograms(cmd.Context(), a, names, dryRun || asJSON)
			}
			req := api.ReloadRequest{DryRun: dryRun}
			if a.config != "" && a.onOtherMachine() {
				return a.runThere(cmd, nil) // the file is there
			}
			if a.config != "" {
				path, err := filepath.Abs(a.config)
				if err != nil {
					return err
				}
				req.Config = path
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			var done api.Reload
			err = a.withProgress("applying the configuration", func() (err error) {
				done, err = c.Reload(cmd.Context(), req)
				return err
			})
			if err != nil {
				return err
			}
			return showReload(a, done, asJSON)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only show what would change")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: {config, applied, changes: [{service, action, keys, error}]}")
	return cmd
}

// reloadPrograms runs the reload commands of services. flags tells whether flags
// were given that are for the configuration.
func reloadPrograms(ctx context.Context, a *app, names []string, flags bool) error {
	if flags {
		return usageError{errors.New("--dry-run and --json are for the configuration; leave out the names of services")}
	}
	c, err := a.engine(ctx)
	if err != nil {
		return err
	}
	if names, err = expandNames(ctx, c, names); err != nil {
		return err
	}
	return eachService(ctx, &a.console, c, names, action{verb: "reload", doing: "reloading", act: engine.ReloadProgram})
}

// showReload prints what was changed; its error says that something failed.
func showReload(a *app, done api.Reload, asJSON bool) (err error) {
	if asJSON {
		err = a.printJSON(done)
	} else {
		a.printReload(done)
	}
	for _, change := range done.Changes {
		if change.Error != "" && err == nil {
			err = codeError(exitFailed)
		}
	}
	return err
}

// printReload shows the difference, one service after the other.
func (con *console) printReload(r api.Reload) {
	if len(r.Changes) == 0 {
		fmt.Fprintf(con.out, "nothing changed in %s\n", r.Config)
		return
	}
	would := ""
	if !r.Applied {
		would = "would be "
	}
	words := map[string]string{
		api.ChangeAdd: "added", api.ChangeRemove: "stopped and removed",
		api.ChangeRestart: "restarted", api.ChangeInPlace: "changed; its process goes on",
	}
	for _, change := range r.Changes {
		fmt.Fprintf(con.out, "%s  %s%s\n", change.Service, would, words[change.Action])
		for _, key := range change.Keys {
			if key.From == "" && key.To == "" {
				fmt.Fprintf(con.out, "  %s changed\n", key.Key)
				continue
			}
			fmt.Fprintf(con.out, "  %s  %s → %s\n", key.Key, key.From, key.To)
		}
		if change.Error != "" {
			fmt.Fprintf(con.err, "  %s\n", strings.ReplaceAll(change.Error, "\n", "\n  "))
		}
	}
}
