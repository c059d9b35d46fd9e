package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/redact"
)

func (a *app) probeCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "probe URL",
		Short: "Ask a page once whether a service works",
		Long: `probe ends with exit code 0 when the page answers 2xx, and with 1 otherwise. It is
for the health checks of containers, whose image may have no other client. It
asks this machine, so the name in a certificate is not checked.`,
		Example: "ammarctl probe http://127.0.0.1:9464/healthz",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("expected one URL, got %d", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := url.Parse(args[0])
			if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
				return usageError{fmt.Errorf("expected a URL such as http://127.0.0.1:9464/healthz, got %q", redact.URL(args[0]))}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return ask(ctx, u.String())
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 5*time.Second, "how long the answer may take")
	return cmd
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
