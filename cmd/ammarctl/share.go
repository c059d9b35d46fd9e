package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

func shareCommand(a *app) *cobra.Command {
	var req api.ShareRequest
	var expire time.Duration
	var withQR, asJSON, foreground bool
	var extra shareExtras
	cmd := &cobra.Command{
		Use:   "share PATH",
		Short: "Share a folder or a file with other machines",
		Long: `share opens a folder, or one file, to every machine that can reach this one, and
prints the addresses to type there, the likeliest first. It is read-only unless
--upload lets files be added; with --auth a password is needed, and that user
may replace, move and delete too. It lasts until unshare, its --expire, its
--once, or down. It starts the instance first if none runs.`,
		Example: `ammarctl share ~/Pictures --qr --expire 1h
ammarctl share slides.pdf --once --qr    # one file, until somebody has it
ammarctl share ~/Inbox --upload --auth anna --tls
ammarctl share . --foreground            # from this terminal, until Ctrl-C`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("expected one folder or file: ammarctl share PATH")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			if err := shareable(path); err != nil {
				return err
			}
			req.Path = path
			if cmd.Flags().Changed("expire") && expire <= 0 {
				return usageError{fmt.Errorf("--expire: expected a time from now, such as 1h, got %s", expire)}
			}
			if req.Port < 0 || req.Port > 65535 {
				return usageError{fmt.Errorf("--port: expected 0 to 65535, got %d", req.Port)}
			}
			req.ExpireSeconds = expire.Seconds()
			if err := extra.apply(&req); err != nil {
				return err
			}
			if foreground {
				return shareHere(cmd.Context(), &a.console, req, extra, withQR)
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			share, err := c.Share(cmd.Context(), req)
			if errors.Is(err, client.ErrNoInstance) {
				if err = spawnInstance(cmd.Context(), a, c); err == nil {
					share, err = c.Share(cmd.Context(), req)
				}
			}
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(share)
			}
			printShare(&a.console, share, extra)
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
	f.Lookup("expire").DefValue = "" // the help need not say 0s
	f.BoolVar(&req.Upload, "upload", false, "let files be added")
	f.StringVar(&extra.auth, "auth", "", "let in only this user, user or user:password; without a password one is made")
	f.StringArrayVar(&req.Hosts, "host", nil, "name of this machine by which the share may be asked, beside its "+
		"addresses and local names; repeatable")
	f.BoolVar(&req.Once, "once", false, "end the share when everything has been fetched completely")
	f.BoolVar(&extra.tls, "tls", false, "speak HTTPS, with a certificate of this machine's own authority")
	f.BoolVar(&withQR, "qr", false, "print the best address as a QR code too")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	f.BoolVar(&foreground, "foreground", false, "serve from this very command until Ctrl-C; needs no supervisor")
	return cmd
}

// shareable says what is wrong with a path before anything is started for it.
func shareable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot share %s: no such folder or file", path)
	case err != nil:
		return fmt.Errorf("cannot share %s: %w", path, err)
	case !info.IsDir() && !info.Mode().IsRegular():
		return fmt.Errorf("cannot share %s: it is neither a file nor a folder", path)
	}
	return nil
}

func printShare(con *console, s api.Service, extra shareExtras) {
	colour := con.colour(con.out)
	fmt.Fprintf(con.out, "%s is open%s, to %s:\n\n", safetext.Escape(s.Share.Path), openFor(s.Share.Upload), extra.whom())
	con.printAddresses(s.Share.URLs)
	extra.print(con.out)
	if s.Share.Once {
		fmt.Fprintln(con.out, "\nIt ends when everything has been fetched completely.")
	}
	if s.Share.Expires != nil {
		fmt.Fprintf(con.out, "\nIt ends at %s.\n", s.Share.Expires.Local().Format(time.TimeOnly))
	}
	fmt.Fprintf(con.out, "\nEnd it with: %s\n", paint(colour, bold, "ammarctl unshare "+s.Name))
}

// printAddresses prints the best one first, and what to know about each.
func (con *console) printAddresses(urls []api.Address) {
	wide, widest := 0, 0
	for _, u := range urls {
		wide, widest = max(wide, len(u.URL)), max(widest, len(u.Interface))
	}
	colour := con.colour(con.out)
	for i, u := range urls {
		text := fmt.Sprintf("%-*s", wide, u.URL)
		if i == 0 {
			text = paint(colour, bold, text)
		}
		about := strings.TrimRight(fmt.Sprintf("%-*s  %s", widest, u.Interface, u.Note), " ")
		fmt.Fprintf(con.out, "  %s  %s\n", text, paint(colour, dim, about))
	}
}
