// Package control serves the dashboard on a private socket: it lists and ends
// transfers, sets limits, and revokes links.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// Suffix turns the path of the service's control socket into that of the
// share's own control socket.
const Suffix = ".files"

// Links lists and revokes the links of a share.
type Links interface {
	List() []access.Link
	Revoke(id string) error
}

// Server serves the control socket.
type Server struct {
	transfers *transfer.Registry
	limits    *transfer.Limits
	links     Links
}

// New returns the control of a share.
func New(transfers *transfer.Registry, limits *transfer.Limits, l Links) *Server {
	return &Server{transfers: transfers, limits: limits, links: l}
}

// Handler serves the requests of the dashboard.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /transfers", s.listTransfers)
	mux.HandleFunc("DELETE /transfers/{id}", s.abortTransfer)
	mux.HandleFunc("PUT /limits", s.setLimits)
	mux.HandleFunc("PUT /limits/{client}", s.setClientLimit)
	mux.HandleFunc("GET /links", s.listLinks)
	mux.HandleFunc("DELETE /links/{id}", s.revokeLink)
	return mux
}

func refuse(w http.ResponseWriter, status int, text string) {
	_ = semantics.JSON(w, status, map[string]string{"error": text}) // cannot fail
}

func (s *Server) listTransfers(w http.ResponseWriter, _ *http.Request) {
	state := map[string]any{"transfers": s.transfers.List(time.Now()), "limits": s.limits.Rates()}
	_ = semantics.JSON(w, http.StatusOK, state)
}

func (s *Server) abortTransfer(w http.ResponseWriter, r *http.Request) {
	if !s.transfers.Abort(r.PathValue("id"), time.Now()) {
		refuse(w, http.StatusNotFound, "no such transfer; it may have ended")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) setLimits(w http.ResponseWriter, r *http.Request) {
	var l struct {
		Share  *int64 `json:"share_bytes_per_second"`
		Client *int64 `json:"client_bytes_per_second"`
	}
	if err := decodeStrict(r.Body, &l); err != nil || l.Share == nil || l.Client == nil || *l.Share < 0 || *l.Client < 0 {
		refuse(w, http.StatusBadRequest, "expected share_bytes_per_second and client_bytes_per_second, 0 or more")
		return
	}
	s.limits.Set(*l.Share, *l.Client)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) setClientLimit(w http.ResponseWriter, r *http.Request) {
	var l struct {
		Rate *int64 `json:"bytes_per_second"`
	}
	client, err := netip.ParseAddr(r.PathValue("client"))
	if invalid := decodeStrict(r.Body, &l); err != nil || invalid != nil || l.Rate == nil || *l.Rate < 0 {
		refuse(w, http.StatusBadRequest, "expected the address of a client, and bytes_per_second, 0 or more")
		return
	}
	if err := s.limits.SetClient(client.String(), *l.Rate); err != nil {
		refuse(w, http.StatusConflict, err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) listLinks(w http.ResponseWriter, _ *http.Request) {
	_ = semantics.JSON(w, http.StatusOK, map[string]any{"links": s.links.List()})
}

func (s *Server) revokeLink(w http.ResponseWriter, r *http.Request) {
	if err := s.links.Revoke(r.PathValue("id")); err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// decodeStrict reads a short JSON value without unknown fields.
func decodeStrict(body io.Reader, v any) error {
	dec := json.NewDecoder(io.LimitReader(body, 4<<10))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// Serve serves the socket at path until ctx ends. Only this user can open it.
func (s *Server) Serve(ctx context.Context, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot remove the old socket of the share: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("cannot open the socket of the share: %w", err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ours, err := os.Stat(path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		ln.Close()
		return fmt.Errorf("cannot protect the socket of the share: %w", err)
	}
	hs := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = hs.Close() })
	defer stop()
	err = hs.Serve(ln)
	// After a handover, the next process has its own socket at this path.
	if now, statErr := os.Stat(path); statErr == nil && os.SameFile(ours, now) {
		_ = os.Remove(path)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
