package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/program"
	"github.com/ammarctl/ammarctl/services/files/access"
)

func checkCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say whether a configuration is right, or what is wrong and where",
		Long: `check reads a configuration as up does, and prints all that is wrong with it, each
with file, line and column. It looks for the programs of the services too.
Without FILE it reads the one that up would use.`,
		Example:           "ammarctl check\nammarctl check robot.toml && ammarctl up -d -c robot.toml",
		Args:              atMostOne,
		ValidArgsFunction: completeTOML,
		RunE: func(_ *cobra.Command, args []string) error {
			explicit := a.config
			if len(args) > 0 {
				explicit = args[0]
			}
			config, err := configs.Load(explicit, a.getenv)
			if err == nil {
				err = errors.Join(checkPrograms(config, a.getenv), checkPasswords(config))
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s: fine, %s\n", config.Path, counted(len(config.Services), "service"))
			return nil
		},
	}
}

// checkPrograms looks for the programs of services, as their launchers will.
func checkPrograms(config configs.Config, getenv func(string) string) error {
	var found configs.Errors
	checked := map[string]bool{}
	for _, s := range config.Services {
		argv := s.Command()
		if len(s.BeforeStart) > 0 { // it may make the program
			continue
		}
		if len(argv) == 0 || s.ReplicaOf != "" && checked[s.ReplicaOf] || runtime.GOOS == "windows" {
			continue
		}
		checked[s.ReplicaOf] = true
		path, own := s.Env["PATH"]
		if !own {
			path = getenv("PATH")
		}
		err := program.Place{Dir: s.Dir, Path: path}.Check(argv[0])
		if err == nil {
			continue
		}
		text, readErr := os.ReadFile(config.Path)
		if readErr != nil {
			return err
		}
		key := "exec"
		if s.Shell != "" {
			key = "shell"
		}
		wrong := configs.ErrorAt(config.Path, text, s, key, key+": "+err.Error())
		wrong.Explain = explain.Code(err)
		found = append(found, wrong)
	}
	if len(found) > 0 {
		return found
	}
	return nil
}

// checkPasswords loads the accounts of each service as the service does at its
// start. So a broken line, or a user that is defined twice, locks no one out.
func checkPasswords(config configs.Config) error {
	var found configs.Errors
	checked := map[string]bool{} // the replicas of a table have the same accounts
	for _, s := range config.Services {
		if s.ReplicaOf != "" && checked[s.ReplicaOf] {
			continue
		}
		checked[s.ReplicaOf] = true
		key := "users"
		policy, err := access.NewPolicy(s.Users, s.Upload)
		if err == nil && s.PasswordFile != "" {
			key, err = "password_file", policy.AddPasswordFile(s.PasswordFile)
		}
		if err == nil {
			continue
		}
		text, readErr := os.ReadFile(config.Path)
		if readErr != nil {
			return err
		}
		found = append(found, configs.ErrorAt(config.Path, text, s, key, key+": "+err.Error()))
	}
	if len(found) > 0 {
		return found
	}
	return nil
}
