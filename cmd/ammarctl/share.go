package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"rsc.io/qr"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files"
	"github.com/ammarctl/ammarctl/supervisor/addresses"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

func (a *app) shareCommand() *cobra.Command {
	var req api.ShareRequest
	var expire time.Duration
	var withQR, asJSON, foreground bool
	cmd := &cobra.Command{
		Use:   "share PATH",
		Short: "Share a folder with other machines, read-only",
		Long: `share opens a folder, read-only, to every machine that can reach this one, and
prints the addresses to type there, the likeliest first. It lasts until unshare,
its --expire, or down.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("expected one folder: ammarctl share PATH")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			req.Path = path
			if expire < 0 {
				return usageError{fmt.Errorf("--expire: expected a duration from now, got %s", expire)}
			}
			req.ExpireSeconds = expire.Seconds()
			if foreground {
				return a.shareHere(cmd, req, withQR)
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			share, err := c.Share(cmd.Context(), req)
			if errors.Is(err, client.ErrNoInstance) {
				if err = a.spawn(cmd.Context(), c); err == nil {
					share, err = c.Share(cmd.Context(), req)
				}
			}
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(share)
			}
			a.printShare(share)
			if withQR && len(share.Share.URLs) > 0 {
				return a.printQR(share.Share.URLs[0].URL)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.IntVar(&req.Port, "port", 0, "port to listen on; 0 takes a free one")
	f.StringVar(&req.Bind, "bind", "", "address to listen on (default: all)")
	f.StringVar(&req.Name, "name", "", "name of the share (default: the folder's)")
	f.DurationVar(&expire, "expire", 0, "end the share by itself after this long, such as 1h")
	f.BoolVar(&withQR, "qr", false, "print the best address as a QR code too")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	f.BoolVar(&foreground, "foreground", false, "serve from this very command until Ctrl-C; needs no supervisor")
	return cmd
}

func (a *app) printShare(s api.Service) {
	colour := a.colour(a.out)
	fmt.Fprintf(a.out, "%s is open, read-only, to whoever can reach:\n\n", safe(s.Share.Path))
	a.printAddresses(s.Share.URLs)
	if s.Share.Expires != nil {
		fmt.Fprintf(a.out, "\nIt ends at %s.\n", s.Share.Expires.Local().Format(time.TimeOnly))
	}
	fmt.Fprintf(a.out, "\nEnd it with: %s\n", paint(colour, bold, "ammarctl unshare "+s.Name))
}

func (a *app) printAddresses(urls []api.Address) {
	width := 0
	for _, u := range urls {
		width = max(width, len(u.URL))
	}
	colour := a.colour(a.out)
	for i, u := range urls {
		text := fmt.Sprintf("%-*s", width, u.URL)
		if i == 0 {
			text = paint(colour, bold, text)
		}
		fmt.Fprintf(a.out, "  %s  %s\n", text, paint(colour, dim, strings.TrimSpace(u.Interface+"  "+u.Note)))
	}
}

// shareHere is a share without a supervisor: this process serves.
func (a *app) shareHere(cmd *cobra.Command, req api.ShareRequest, withQR bool) error {
	bind := req.Bind
	if bind == "" {
		bind = "::"
	}
	svc := &files.Service{Root: req.Path, Config: server.Config{Name: "share", Bind: bind, Port: req.Port}}
	ctx, cancel := cmd.Context(), context.CancelFunc(func() {})
	if req.ExpireSeconds > 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(req.ExpireSeconds*float64(time.Second)))
	}
	defer cancel()
	return svc.ServeWith(ctx, func(port int) error {
		urls, err := addresses.URLs(bind, port)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s is open, read-only, until Ctrl-C, to whoever can reach:\n\n", safe(req.Path))
		a.printAddresses(urls)
		if withQR && len(urls) > 0 {
			return a.printQR(urls[0].URL)
		}
		return nil
	})
}

// printQR draws a code with two modules a character, dark on light whatever
// the terminal's colours are.
func (a *app) printQR(text string) error {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return fmt.Errorf("cannot make a QR code of %s: %w", text, err)
	}
	const quiet = 2 // readers ask for a margin; terminals mostly have one
	fmt.Fprintln(a.out)
	for y := -quiet; y < code.Size+quiet; y += 2 {
		var b strings.Builder
		for x := -quiet; x < code.Size+quiet; x++ {
			b.WriteString(module(code.Black(x, y), code.Black(x, y+1)))
		}
		if a.colour(a.out) {
			fmt.Fprintf(a.out, "  \x1b[38;5;231;48;5;16m%s\x1b[0m\n", b.String())
		} else {
			fmt.Fprintf(a.out, "  %s\n", b.String())
		}
	}
	return nil
}

func module(upperBlack, lowerBlack bool) string {
	switch {
	case upperBlack && lowerBlack:
		return " "
	case upperBlack:
		return "▄"
	case lowerBlack:
		return "▀"
	}
	return "█"
}

func (a *app) unshareCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "unshare NAME",
		Short:             "End a share",
		ValidArgsFunction: a.completeServices,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("expected the name of one share: ammarctl unshare NAME; ammarctl ps lists them")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			return c.Unshare(cmd.Context(), args[0])
		},
	}
}
