package files

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
)

// controlSuffix makes of the path of the service's control socket the one on
// which the share itself is seen and steered.
const controlSuffix = ".files"

// Limits are the bandwidths in bytes per second; 0 is none.
type Limits struct {
	Share   int64            `json:"share_bytes_per_second"`  // all clients together
	Client  int64            `json:"client_bytes_per_second"` // each client
	Clients map[string]int64 `json:"clients"`                 // those with a limit of their own, by address
}

// controlHandler is for the dashboard: what runs, and its end.
func (h *handler) controlHandler() http.Handler {
	mux := http.NewServeMux()
	fail := func(w http.ResponseWriter, status int, text string) {
		_ = answerJSON(w, status, map[string]string{"error": text}) // a map of texts
	}
	mux.HandleFunc("GET /transfers", func(w http.ResponseWriter, _ *http.Request) {
		_ = answerJSON(w, http.StatusOK, map[string]any{"transfers": h.transfers.list(time.Now()), "limits": h.limits.get()})
	})
	mux.HandleFunc("DELETE /transfers/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !h.transfers.kickOne(r.PathValue("id"), time.Now()) {
			fail(w, http.StatusNotFound, "no such transfer; it may have ended")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("PUT /limits", func(w http.ResponseWriter, r *http.Request) {
		var l struct {
			Share  *int64 `json:"share_bytes_per_second"`
			Client *int64 `json:"client_bytes_per_second"`
		}
		if err := decodeStrict(r.Body, &l); err != nil || l.Share == nil || l.Client == nil || *l.Share < 0 || *l.Client < 0 {
			fail(w, http.StatusBadRequest, "expected share_bytes_per_second and client_bytes_per_second, 0 or more")
			return
		}
		h.limits.set(*l.Share, *l.Client)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("PUT /limits/{client}", func(w http.ResponseWriter, r *http.Request) {
		var l struct {
			Rate *int64 `json:"bytes_per_second"`
		}
		client, err := netip.ParseAddr(r.PathValue("client"))
		if wrong := decodeStrict(r.Body, &l); err != nil || wrong != nil || l.Rate == nil || *l.Rate < 0 {
			fail(w, http.StatusBadRequest, "expected the address of a client, and bytes_per_second, 0 or more")
			return
		}
		if err := h.limits.setOne(client.String(), *l.Rate); err != nil {
			fail(w, http.StatusConflict, err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /links", func(w http.ResponseWriter, _ *http.Request) {
		_ = answerJSON(w, http.StatusOK, map[string]any{"links": h.links.List()})
	})
	mux.HandleFunc("DELETE /links/{id}", func(w http.ResponseWriter, r *http.Request) {
		if err := h.revoke(r.PathValue("id")); err != nil {
			fail(w, http.StatusNotFound, err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// decodeStrict reads a short JSON value that has no field unknown to v.
func decodeStrict(body io.Reader, v any) error {
	dec := json.NewDecoder(io.LimitReader(body, 4<<10))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// serveControl serves the socket until ctx ends; it is as private as the
// folder it is in, and for this user alone.
func (h *handler) serveControl(ctx context.Context, path string) error {
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
	hs := &http.Server{Handler: h.controlHandler(), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = hs.Close() })
	defer stop()
	err = hs.Serve(ln)
	// At a handover the next process has its own socket at this path.
	if now, statErr := os.Stat(path); statErr == nil && os.SameFile(ours, now) {
		_ = os.Remove(path)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
