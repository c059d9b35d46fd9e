package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/redact"
)

func probeCommand(a *app) *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "probe URL",
		Short: "Ask a page or an address once whether a service works",
		Long: `probe ends with exit code 0 when the page answers 2xx, or when an address with
tcp:// accepts a connection, and with 1 otherwise. It is for the health checks
of containers, whose image may have no other client. It asks this machine, so
it does not check the name in a certificate.`,
		Example: `ammarctl probe http://127.0.0.1:9464/healthz
ammarctl probe tcp://127.0.0.1:6379`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("expected one URL, got %d", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := url.Parse(args[0])
			if err != nil || !slices.Contains([]string{"http", "https", "tcp"}, u.Scheme) || u.Host == "" {
				return usageError{fmt.Errorf("expected a URL such as http://127.0.0.1:9464/healthz, got %q",
					redact.URL(args[0]))}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			if u.Scheme == "tcp" {
				return connect(ctx, u.Host)
			}
			return ask(ctx, u.String())
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 5*time.Second, "how long the answer may take")
	return cmd
}

func connect(ctx context.Context, addr string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("it does not answer: %w", err)
	}
	return conn.Close()
}

func ask(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client := http.Client{Transport: transport, CheckRedirect: stay}
	res, err := client.Do(req)
	if err != nil {
		var inner *url.Error // its text repeats the URL, with its password
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return fmt.Errorf("it does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("expected an answer of 2xx, got %s", res.Status)
	}
	return nil
}
