package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files"
	"github.com/ammarctl/ammarctl/supervisor/addresses"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// shareHere is a share without a supervisor: this process serves, and logs
// each request as it comes.
func shareHere(ctx context.Context, con *console, req api.ShareRequest, extra shareExtras, withQR bool) error {
	bind := req.Bind
	if bind == "" {
		bind = "::"
	}
	end := "Ctrl-C"
	if req.ExpireSeconds > 0 {
		lasts := time.Duration(req.ExpireSeconds * float64(time.Second))
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, lasts)
		defer cancel()
		end += " or " + time.Now().Add(lasts).Format(time.TimeOnly)
	}
	svc := &files.Service{Root: req.Path, Upload: req.Upload, Users: req.Users, Once: req.Once, MDNS: req.MDNS,
		Config: server.Config{Name: "share", Bind: bind, Port: req.Port, Hosts: req.Hosts, TLSCert: req.TLSCert,
			TLSKey: req.TLSKey}}
	if info, err := os.Stat(req.Path); err == nil && !info.IsDir() {
		svc.Root, svc.Only = filepath.Dir(req.Path), filepath.Base(req.Path)
	}
	if req.Once {
		end += " or when it is fetched"
	}
	return svc.ServeWith(ctx, func(port int) error {
		urls, err := addresses.URLs(bind, port)
		if err != nil {
			return err
		}
		if req.MDNS != "" {
			urls = addresses.WithName(urls, req.MDNS, port)
		}
		if req.TLSCert != "" {
			urls = addresses.Secure(urls)
		}
		fmt.Fprintf(con.out, "%s is open%s, until %s, to %s:\n\n",
			safetext.Escape(req.Path), openFor(req.Upload), end, extra.whom())
		con.printAddresses(urls)
		extra.print(con.out)
		if withQR && len(urls) > 0 {
			return con.printQR(urls[0].URL)
		}
		return nil
	})
}
