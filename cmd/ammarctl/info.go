package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// keeperWords says who starts the supervisor again.
func keeperWords(info api.Info) string {
	if info.KeeperPID == 0 {
		return "none: nobody starts the supervisor again when it dies"
	}
	return fmt.Sprintf("pid %d", info.KeeperPID)
}

// statusTokens are what the pages of status services ask for before they let
// anybody start and stop services, by the service's name.
func statusTokens(info api.Info) map[string]string {
	tokens := map[string]string{}
	pattern := filepath.Join(filepath.Dir(info.Socket), "*"+contract.TokenSuffix)
	paths, _ := filepath.Glob(pattern) // which is well formed
	for _, path := range paths {
		if text, err := os.ReadFile(path); err == nil {
			tokens[strings.TrimSuffix(filepath.Base(path), contract.TokenSuffix)] = strings.TrimSpace(string(text))
		}
	}
	return tokens
}

// fingerprints returns the authorities that signed the certificates of shares, each
// with the names of its shares.
func fingerprints(services []api.Service) map[string][]string {
	found := map[string][]string{}
	for _, s := range services {
		if s.Share != nil && s.Share.AuthoritySHA256 != "" {
			found[s.Share.AuthoritySHA256] = append(found[s.Share.AuthoritySHA256], s.Name)
		}
	}
	return found
}

func infoCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Describe the running instance: pids, paths, addresses",
		Long: `info prints who supervises, since when, from which configuration and where its
files are, this machine's names and addresses, the tokens of its status pages, and
for shares with --tls the fingerprint to compare before a device trusts one.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			info, err := c.Info(cmd.Context())
			if err != nil {
				return err
			}
			services, err := c.Services(cmd.Context())
			if err != nil {
				return err
			}
			prints := fingerprints(services)
			tokens := map[string]string{}
			if c.Host() == "" {
				tokens = statusTokens(info)
			}
			if asJSON {
				return a.printJSON(struct {
					api.Info
					Tokens       map[string]string   `json:"tokens,omitempty"`
					Fingerprints map[string][]string `json:"fingerprints,omitempty"`
				}{info, tokens, prints})
			}
			fmt.Fprintf(a.out, "instance       %s\nsupervisor     pid %d, for %s\nkeeper         %s\nversion        "+
				"%s\nconfiguration  %s\nsocket         %s\nlogs           %s\n",
				info.Instance, info.SupervisorPID, humanize.Span(time.Since(info.Since)), keeperWords(info), info.Version,
				info.Config, info.Socket, info.LogDir)
			for i, host := range info.Hosts {
				label := "this machine"
				if i > 0 {
					label = ""
				}
				fmt.Fprintf(a.out, "%-13s  %s\n", label, host)
			}
			for _, name := range slices.Sorted(maps.Keys(tokens)) {
				fmt.Fprintf(a.out, "%-13s  %s (to log in on the page of %s)\n", "token", tokens[name], name)
			}
			for _, text := range slices.Sorted(maps.Keys(prints)) {
				first, second := humanize.FingerprintLines(safetext.Escape(text))
				fmt.Fprintf(a.out, "fingerprint    %s\n               %s\n               (SHA-256 of the authority of %s)\n",
					first, second, safetext.Escape(strings.Join(prints[text], ", ")))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
