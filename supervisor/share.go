//go:build unix

package supervisor

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/ascii"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/addresses"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

// allInterfaces is what a share listens on unless it was told otherwise: that
// is what it is asked for.
const allInterfaces = "::"

// Share starts a files service for a folder and returns when it is ready. A
// port that is taken is an error, and nothing is left of the attempt.
func (s *Supervisor) Share(ctx context.Context, req api.ShareRequest) (api.Service, error) {
	cfg, err := shareConfig(req)
	if err != nil {
		return api.Service{}, err
	}
	select { // the API answers before the services run
	case <-s.began:
	case <-ctx.Done():
		return api.Service{}, ctx.Err()
	}
	svc, err := s.addShare(cfg, req.Name != "")
	if err != nil {
		return api.Service{}, err
	}
	if err := s.do(ctx, svc, command{verb: start}); err != nil {
		_ = s.end(context.WithoutCancel(ctx), svc) // its own failure is the news
		return api.Service{}, err
	}
	s.save()
	return svc.row.Load().Service, nil
}

// addShare makes the service under a name that is free.
func (s *Supervisor) addShare(cfg configs.Service, named bool) (*service, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return nil, &api.Error{Code: api.CodeConflict, Message: "the instance is going down"}
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(s.services, func(svc *service) bool { return svc.name == name })
	}
	base := cfg.Name
	for n := 2; taken(cfg.Name); n++ {
		if named {
			return nil, &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("a service is called %q already; choose another --name", base)}
		}
		cfg.Name = fmt.Sprintf("%s-%d", base, n)
	}
	svc, err := s.newService(cfg)
	if err != nil {
		return nil, err
	}
	s.services = append(s.services, svc)
	s.run(svc)
	return svc, nil
}

func (s *Supervisor) forget(svc *service) {
	s.mu.Lock()
	s.services = slices.DeleteFunc(s.services, func(other *service) bool { return other == svc })
	s.mu.Unlock()
	s.changed()
}

// expire waits for the end of a share and sees to it when its time is over.
func (s *Supervisor) expire(svc *service) {
	expires := svc.row.Load().cfg.Share.Expires
	if expires.IsZero() {
		return
	}
	timer := time.NewTimer(time.Until(expires))
	defer timer.Stop()
	select {
	case <-timer.C:
		s.opts.Log.Info("A share expired", "service", svc.name)
		_ = s.do(context.Background(), svc, command{verb: finish})
	case <-svc.ended:
	}
}

// Remove ends a share; other services are of the configuration and stay.
func (s *Supervisor) Remove(ctx context.Context, name string) error {
	svc := s.find(name)
	switch {
	case svc == nil:
		return s.noSuchService(name)
	case svc.row.Load().cfg.Share == nil:
		return &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s is no share; to stop it: ammarctl stop %s", name, name)}
	}
	return s.end(ctx, svc)
}

// end stops a share and returns when nothing of it is left.
func (s *Supervisor) end(ctx context.Context, svc *service) error {
	if err := s.do(ctx, svc, command{verb: finish}); err != nil {
		return err
	}
	select {
	case <-svc.ended:
		s.forget(svc) // also when nobody has come to it yet
		s.save()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// maxExpire is ten years.
const maxExpire = 10 * 365 * 24 * time.Hour

func shareConfig(req api.ShareRequest) (configs.Service, error) {
	bad := func(format string, args ...any) error {
		return &api.Error{Code: api.CodeBadRequest, Message: fmt.Sprintf(format, args...)}
	}
	if !filepath.IsAbs(req.Path) {
		return configs.Service{}, bad("cannot share %q: expected an absolute path", req.Path)
	}
	info, err := os.Stat(req.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return configs.Service{}, bad("cannot share %s: no such folder", req.Path)
	case err != nil:
		return configs.Service{}, bad("cannot share %s: %v", req.Path, err)
	case !info.IsDir() && !info.Mode().IsRegular():
		return configs.Service{}, bad("cannot share %s: it is neither a file nor a folder", req.Path)
	case !info.IsDir() && req.Upload:
		return configs.Service{}, bad("cannot share %s with uploads: it is a file", req.Path)
	case req.Port < 0 || req.Port > 65535:
		return configs.Service{}, bad("cannot use port %d: expected 0 to 65535", req.Port)
	case req.ExpireSeconds < 0 || req.ExpireSeconds > maxExpire.Seconds():
		return configs.Service{}, bad("cannot share for %g seconds: expected 0, which is for ever, to %.0f", req.ExpireSeconds, maxExpire.Seconds())
	case req.Name != "" && !instance.ValidName(req.Name):
		return configs.Service{}, bad("cannot use %q as a name: expected letters, digits, - and _, 32 at most", req.Name)
	}
	cfg := configs.NewService(shareName(req), configs.KindFiles)
	cfg.Root, cfg.Port, cfg.Bind = req.Path, req.Port, req.Bind
	if !info.IsDir() {
		cfg.Root, cfg.Only = filepath.Dir(req.Path), filepath.Base(req.Path)
	}
	if cfg.Bind == "" {
		cfg.Bind = allInterfaces
	}
	cfg.Hosts = req.Hosts
	cfg.Upload, cfg.Users, cfg.TLSCert, cfg.TLSKey = req.Upload, req.Users, req.TLSCert, req.TLSKey
	cfg.Share = &configs.Share{Path: req.Path, Once: req.Once, MDNS: req.MDNS}
	if req.ExpireSeconds > 0 {
		cfg.Share.Expires = time.Now().Add(time.Duration(req.ExpireSeconds * float64(time.Second)))
	}
	return cfg, nil
}

// shareName makes a name of the folder's.
func shareName(req api.ShareRequest) string {
	if req.Name != "" {
		return req.Name
	}
	name := regexp.MustCompile(`[^A-Za-z0-9_-]+`).ReplaceAllString(ascii.Spell(filepath.Base(req.Path)), "-")
	name = strings.Trim(name, "-_")
	if len(name) > 24 {
		name = name[:24]
	}
	if name == "" {
		return "share"
	}
	return name
}

// shareOf is what the API says of a share that listens on addr.
func shareOf(cfg configs.Service, addr string) *api.Share {
	if cfg.Share == nil {
		return nil
	}
	share := &api.Share{Path: cfg.Share.Path, Once: cfg.Share.Once, Upload: cfg.Upload, Users: len(cfg.Users) > 0}
	if !cfg.Share.Expires.IsZero() {
		at := cfg.Share.Expires
		share.Expires = &at
	}
	if _, port, err := net.SplitHostPort(addr); err == nil {
		n, _ := strconv.Atoi(port)
		share.URLs, _ = addresses.URLs(cfg.Bind, n) // none are shown when they can't be listed
		if cfg.Share.MDNS != "" {
			share.URLs = addresses.WithName(share.URLs, cfg.Share.MDNS, n)
		}
		if cfg.TLSCert != "" {
			share.URLs = addresses.Secure(share.URLs)
			share.AuthoritySHA256 = authorityOf(cfg.TLSCert)
		}
	}
	return share
}

// authorityOf is the fingerprint of the last certificate in a file of PEM, which
// is that of the authority, or of the only one; empty when there is none.
func authorityOf(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "" // the service says so
	}
	var last []byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			last = block.Bytes
		}
	}
	if last == nil {
		return ""
	}
	return humanize.Fingerprint(last)
}

func address(cfg configs.Service) string { return net.JoinHostPort(cfg.Bind, strconv.Itoa(cfg.Port)) }
