package client

import (
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
	return v, ask(ctx, s.Control, "GET", "/clients", &v)
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
	return v.Transfers, ask(ctx, s.Control+filesSocket, "GET", "/transfers", &v)
}

// Kick ends one transfer of s; an error says that there is no such transfer.
func (c *Client) Kick(ctx context.Context, s api.Service, id string) error {
	if s.Control == "" {
		return fmt.Errorf("cannot end the transfer: %s has no control socket", s.Name)
	}
	return ask(ctx, s.Control+filesSocket, "DELETE", "/transfers/"+url.PathEscape(id), nil)
}

// ask speaks to a service itself. A service that does not answer such questions
// leaves out as it is, which is no error of a GET.
func ask(ctx context.Context, socket, method, path string, out any) error {
	if socket == "" {
		return nil
	}
	var d net.Dialer
	h := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return d.DialContext(ctx, "unix", socket)
	}}}
	req, err := http.NewRequestWithContext(ctx, method, "http://service"+path, nil)
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
