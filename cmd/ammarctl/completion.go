package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// completeServices offers the names of the services that are not given yet.
func (conns *connections) completeServices(cmd *cobra.Command, given []string, _ string) (
	[]string, cobra.ShellCompDirective) {
	var names []string
	for _, s := range conns.servicesNow(cmd) {
		if !slices.Contains(given, s.Name) {
			names = append(names, s.Name)
		}
		for _, group := range s.Groups {
			if word := "@" + group; !slices.Contains(given, word) && !slices.Contains(names, word) {
				names = append(names, word)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeShares offers the names of the shares.
func (conns *connections) completeShares(cmd *cobra.Command, given []string, _ string) (
	[]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, s := range conns.servicesNow(cmd) {
		if s.Share != nil {
			names = append(names, s.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// servicesNow is empty when nothing answers: a shell that completes wants no
// errors.
func (conns *connections) servicesNow(cmd *cobra.Command) []api.Service {
	c, err := conns.engine(cmd.Context())
	if err != nil {
		return nil
	}
	services, err := c.Services(cmd.Context())
	if err != nil {
		return nil
	}
	return services
}

// completeTOML offers configuration files, by cobra's rule that the words are
// endings.
func completeTOML(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"toml"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeFolders offers folders.
func completeFolders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}
