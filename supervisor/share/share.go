// Package share turns the request for a share into the configuration of a files
// service, and describes the share that this service is.
package share

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/ascii"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/names"
	"github.com/ammarctl/ammarctl/supervisor/addresses"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// allInterfaces is the address of a share that names none: a share is made to
// be reached from other machines.
const allInterfaces = "::"

// maxExpire is ten years.
const maxExpire = 10 * 365 * 24 * time.Hour

// Config is the configuration of the share that a request asks for. Its error
// is an api.Error for the client.
func Config(req api.ShareRequest) (configs.Service, error) {
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
		return configs.Service{}, bad("cannot share for %g seconds: expected 0, which is for ever, to %.0f",
			req.ExpireSeconds, maxExpire.Seconds())
	case req.Name != "" && !names.Valid(req.Name):
		return configs.Service{}, bad("cannot use %q as a name: expected %s", req.Name, names.Rule)
	}
	cfg := configs.NewService(Name(req), kind.OfShare().Name)
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

// Name is the name that the request gives, or one made from the folder's.
func Name(req api.ShareRequest) string {
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

// Describe is how the API shows a share that listens on addr; nil for a service
// that is no share.
func Describe(cfg configs.Service, addr string) *api.Share {
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

// authorityOf returns the fingerprint of the last certificate in a PEM file: the
// authority's, or that of the only certificate. It is empty without any.
func authorityOf(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "" // the service reports it
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
