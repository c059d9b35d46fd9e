package main

import (
	"fmt"
	"net/netip"

	"github.com/spf13/cobra"
)

func upCommand(a *app) *cobra.Command {
	var detach bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the services; with -d in the background",
		Long: `up runs the services of the configuration and prints what happens to them, until
Ctrl-C stops them in order. With -d it leaves them running in the background
and returns when they are ready, or with exit code 1 if one does not come up; the
table says why.`,
		Example: `ammarctl up -d                  # in the background: ps shows them, down ends them
ammarctl up -c robot.toml       # in this terminal, until Ctrl-C`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if detach {
				return upDetached(cmd.Context(), a)
			}
			return runInstance(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVarP(&detach, "detach", "d", false, "run in the background")
	return cmd
}

// webAddress returns the URL, for a user of this machine, of a service that listens on
// addr (host:port). It is empty without a port.
func webAddress(addr string, tls bool) string {
	at, err := netip.ParseAddrPort(addr)
	switch {
	case addr == "":
		return ""
	case err == nil && at.Addr().IsUnspecified():
		addr = fmt.Sprintf("127.0.0.1:%d", at.Port())
	}
	if tls {
		return "https://" + addr + "/"
	}
	return "http://" + addr + "/"
}
