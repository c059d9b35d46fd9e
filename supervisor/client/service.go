package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// filesSocket is what a files service adds to the path of its control socket
// for the one on which its transfers are seen and ended.
const filesSocket = ".files"

// Visitors lists the addresses that use s, or have used it, the newest first.
// It is empty where s does not tell.
func (c *Client) Visitors(ctx context.Context, s api.Service) ([]api.Visitor, error) {
	var v []api.Visitor
	return v, c.ask(ctx, s.Control, "GET", "/clients", nil, &v)
}

// Transfers lists the files that s is sending or receiving. It is empty where
// s does not tell.
func (c *Client) Transfers(ctx context.Context, s api.Service) ([]api.Transfer, error) {
	var v struct {
		Transfers []api.Transfer `json:"transfers"`
	}
	if s.Control == "" {
		return nil, nil
	}
	return v.Transfers, c.ask(ctx, s.Control+filesSocket, "GET", "/transfers", nil, &v)
}

// Kick ends one transfer of s; an error says that there is no such transfer.
func (c *Client) Kick(ctx context.Context, s api.Service, id string) error {
	return steer(ctx, c, s, "DELETE", "/transfers/"+url.PathEscape(id), nil)
}

// Limits tells the bandwidths of s. They are zero where s does not tell.
func (c *Client) Limits(ctx context.Context, s api.Service) (api.TransferLimits, error) {
	var v struct {
		Limits api.TransferLimits `json:"limits"`
	}
	if s.Control == "" {
		return v.Limits, nil
	}
	return v.Limits, c.ask(ctx, s.Control+filesSocket, "GET", "/transfers", nil, &v)
}

// SetLimits changes the bandwidth of all clients of s together and that of
// each, for running transfers too. 0 is no limit.
func (c *Client) SetLimits(ctx context.Context, s api.Service, share, each int64) error {
	return steer(ctx, c, s, "PUT", "/limits", map[string]int64{"share_bytes_per_second": share,
		"client_bytes_per_second": each})
}

// SetClientLimit gives one client of s, named as Transfer.Client names it, a
// bandwidth of its own; 0 gives it that of each again.
func (c *Client) SetClientLimit(ctx context.Context, s api.Service, client string, bytesPerSecond int64) error {
	return steer(ctx, c, s, "PUT", "/limits/"+url.PathEscape(client), map[string]int64{"bytes_per_second": bytesPerSecond})
}

// Links lists the links that open something of s, the newest first. It is
// empty where s does not tell.
func (c *Client) Links(ctx context.Context, s api.Service) ([]api.Link, error) {
	var v struct {
		Links []api.Link `json:"links"`
	}
	if s.Control == "" {
		return nil, nil
	}
	return v.Links, c.ask(ctx, s.Control+filesSocket, "GET", "/links", nil, &v)
}

// Revoke ends a link of s and every transfer through it; an error says that
// there is no such link.
func (c *Client) Revoke(ctx context.Context, s api.Service, id string) error {
	return steer(ctx, c, s, "DELETE", "/links/"+url.PathEscape(id), nil)
}

// steer asks a files service to change something.
func steer(ctx context.Context, c *Client, s api.Service, method, path string, body any) error {
	if s.Control == "" {
		return fmt.Errorf("cannot change the transfers of %s: it has no control socket", s.Name)
	}
	return c.ask(ctx, s.Control+filesSocket, method, path, body, nil)
}

// ask speaks to a service itself. A service that does not answer such questions
// leaves out as it is, which is no error of a GET.
func (t *transport) ask(ctx context.Context, socket, method, path string, body, out any) error {
	if socket == "" {
		return nil
	}
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("cannot encode the request: %w", err)
		}
		sent = bytes.NewReader(text)
	}
	h := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return t.dial(ctx, "unix", socket)
		}}}
	req, err := http.NewRequestWithContext(ctx, method, "http://service"+path, sent)
	if err != nil {
		return err
	}
	res, err := h.Do(req)
	if silent := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED); silent && out != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot ask the service at %s: %w", socket, err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotFound && out != nil:
		return nil
	case res.StatusCode/100 != 2:
		return refusal(res)
	case out == nil:
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("cannot read the answer of the service at %s: %w", socket, err)
	}
	return nil
}
