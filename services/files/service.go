// Package files shares a folder over HTTP: listings for people, ranges and
// conditional requests (RFC 9110) for programs, uploads that can be resumed
// (tus), WebDAV (RFC 4918), users, and links that expire. One os.Root keeps all
// access inside the folder. One function authorizes every request.
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/announce"
	"github.com/ammarctl/ammarctl/services/files/control"
	"github.com/ammarctl/ammarctl/services/files/localca"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// Service is the files service.
type Service struct {
	Root   string   // the folder; default: the current one
	Only   string   // the one file of it that is shared; empty: everything
	Upload bool     // files may be added, and by users with that right replaced, moved and deleted
	Users  []string // lines for access.NewPolicy; none: those of AMMAR_FILES_USERS
	MDNS   string   // the name below .local that is announced; empty: none
	Quota  int64    // bytes that the folder may hold; 0: as many as the disk holds
	Limits transfer.Rates
	Once   bool // ends by itself when everything was downloaded completely
	Config server.Config
}

// Flags defines the flags of this service, and those of every service.
func (s *Service) Flags(fs *flag.FlagSet) {
	if s.Root == "" {
		s.Root = "."
	}
	fs.StringVar(&s.Root, "root", s.Root, "the `folder` to share; hidden files stay hidden")
	fs.StringVar(&s.Only, "only", s.Only, "share just this `file` of the folder")
	fs.BoolVar(&s.Upload, "upload", s.Upload, "let files be added; users with the right replace, move and delete them too")
	fs.Int64Var(&s.Quota, "quota", s.Quota, "`bytes` that the folder may hold with uploads; 0 is what the disk holds")
	fs.Int64Var(&s.Limits.Share, "limit", s.Limits.Share, "`bytes` per second of all clients together; 0 is no limit")
	fs.Int64Var(&s.Limits.Client, "client-limit", s.Limits.Client, "`bytes` per second of each client; 0 is no limit")
	fs.BoolVar(&s.Once, "once", s.Once, "end when everything has been fetched completely")
	fs.StringVar(&s.MDNS, "mdns", s.MDNS, "announce `name`.local in the local network")
	s.Config.Flags(fs)
}

// Serve shares the folder until ctx ends.
func (s *Service) Serve(ctx context.Context) error {
	return s.ServeWith(ctx, func(int) error { return nil })
}

// ServeWith is Serve. It calls listening once the port is known.
func (s *Service) ServeWith(ctx context.Context, listening func(port int) error) error {
	root, err := store.OpenRoot(s.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	config := s.Config
	if config.MaxBody == 0 {
		config.MaxBody = -1 // uploads have their quota
	}
	var srv *server.Server
	if leaf := localca.NewRenewer(config.TLSCert, config.TLSKey); leaf != nil && config.Renew == nil {
		config.Renew = func(to netip.Addr) (bool, error) { return renew(leaf, to, srv, root.Name()) }
	}
	passwordFile := config.PasswordFile
	config.PasswordFile = "" // its accounts join those of Users in the policy
	srv = server.New(config)
	o, err := s.options(root, passwordFile, cancel)
	if err != nil {
		return err
	}
	o.auth = srv.Authenticator(o.policy.Accounts())
	if passwordFile != "" {
		srv.ProtectWith("/", filepath.Base(root.Name()), o.auth)
	}
	h, err := newHandler(root, srv.Cache(), o)
	if err != nil {
		return err
	}
	srv.Handle("/", h)
	srv.Health("root", func(context.Context) error { return h.store.Present() })
	srv.Status("sharing " + root.Name())
	addr, err := srv.Listen()
	if err != nil {
		return err
	}
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	if tcp, ok := addr.(*net.TCPAddr); ok {
		if err := listening(tcp.Port); err != nil {
			return err
		}
		if s.MDNS != "" {
			tasks.Go(func() {
				if err := announce.Serve(ctx, s.MDNS, tcp.Port); err != nil {
					srv.Log().Warn("the share has no name in the network", "error", err)
				}
			})
		}
	}
	if s.Upload {
		tasks.Go(func() { h.tus.SweepUntil(ctx) })
	}
	if path := os.Getenv(contract.Control); path != "" {
		tasks.Go(func() {
			if err := h.control.Serve(ctx, path+control.Suffix); err != nil {
				srv.Log().Warn("the dashboard cannot see the transfers", "error", err)
			}
		})
	}
	return srv.Serve(ctx)
}

// renew renews the share's own certificate. The fingerprint that people compare
// changes only with the authority, every nine years; the status then shows it.
func renew(leaf *localca.Renewer, to netip.Addr, srv *server.Server, root string) (bool, error) {
	before := leaf.Fingerprint()
	renewed, err := leaf.Renew(to, time.Now())
	if !renewed {
		return false, err
	}
	now := leaf.Fingerprint()
	srv.Log().Info("the share's certificate was renewed", "reached_at", to.String(), "authority_sha256", now)
	if now != before {
		srv.Status("sharing " + root + "; it has a new authority, SHA-256 " + now)
	}
	return true, nil
}

// options reads the users, the links and the limits.
func (s *Service) options(root *os.Root, passwordFile string, end func()) (options, error) {
	users := s.Users
	if text := os.Getenv(contract.FilesUsers); text != "" && len(users) == 0 {
		users = strings.Split(strings.TrimSpace(text), "\n")
	}
	policy, err := access.NewPolicy(users, s.Upload)
	if err == nil && passwordFile != "" {
		err = policy.AddPasswordFile(passwordFile)
	}
	if err != nil {
		return options{}, fmt.Errorf("cannot share %s: %w", root.Name(), err)
	}
	links, err := access.OpenLinks(linksFile(root.Name()))
	if err != nil {
		return options{}, err
	}
	o := options{policy: policy, links: links, only: s.Only, quota: s.Quota,
		limits: transfer.NewLimits(s.Limits.Share, s.Limits.Client)}
	if s.Only != "" {
		name, ok := names.Local("/" + s.Only)
		if info, err := root.Stat(name); !ok || strings.Contains(name, "/") || err == nil && info.IsDir() {
			return options{}, fmt.Errorf("cannot share %s: expected the name of a file in %s that is not hidden",
				s.Only, root.Name())
		}
	}
	if s.Once {
		o.done = end
	}
	return o, nil
}

// linksFile is the file for the links of a folder. It is empty if this system
// has no home folder.
func linksFile(root string) string {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	sum := sha256.Sum256([]byte(root))
	return filepath.Join(state, "ammarctl", "links", hex.EncodeToString(sum[:8])+".json")
}
