package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// maxPicture bounds a picture, in bytes.
const maxPicture = 16 << 20

// Picture is the newest picture of camera s, a JPEG. Asking for it lights the
// camera for as long as its linger says. A camera that has none now answers
// with a picture that says why.
func (c *Client) Picture(ctx context.Context, s api.Service) ([]byte, error) {
	res, err := visit(ctx, c, s, "GET", "/cam.jpg", nil)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	picture, err := io.ReadAll(io.LimitReader(res.Body, maxPicture))
	if err != nil {
		return nil, fmt.Errorf("cannot read the picture of %s: %w", s.Name, err)
	}
	if res.StatusCode != http.StatusOK && !bytes.HasPrefix(picture, []byte("\xff\xd8")) {
		return nil, fmt.Errorf("the camera %s answers %s, expected a picture", s.Name, res.Status)
	}
	return picture, nil
}

// Controls lists what can be set at camera s.
func (c *Client) Controls(ctx context.Context, s api.Service) (api.Controls, error) {
	return controls(ctx, c, s, "GET", nil)
}

// SetControls sets controls of camera s by their id, all or none, and returns
// what they are then: a driver may change others with them.
func (c *Client) SetControls(ctx context.Context, s api.Service, values map[string]int) (api.Controls, error) {
	return controls(ctx, c, s, "POST", values)
}

func controls(ctx context.Context, c *Client, s api.Service, method string, values map[string]int) (list api.Controls,
	err error) {
	var body io.Reader
	if values != nil {
		text, err := json.Marshal(values)
		if err != nil {
			return list, fmt.Errorf("cannot encode the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	res, err := visit(ctx, c, s, method, "/controls", body)
	if err != nil {
		return list, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
		return list, fmt.Errorf("%s: %s", s.Name, bytes.TrimSpace(text))
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&list); err != nil {
		return list, fmt.Errorf("cannot read the controls of %s: %w", s.Name, err)
	}
	return list, nil
}

// visit asks a service at its own port, as a browser on its machine would.
func visit(ctx context.Context, c *Client, s api.Service, method, path string, body io.Reader) (*http.Response, error) {
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return nil, fmt.Errorf("%s has no address: %w", s.Name, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	addr, scheme := net.JoinHostPort(host, port), "http"
	if s.TLS {
		scheme = "https"
	}
	req, err := http.NewRequestWithContext(ctx, method, scheme+"://"+addr+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	h := http.Client{Transport: &http.Transport{ // no proxy stands before that machine
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx, "tcp", addr) },
		// Its certificate is for those who come from outside.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	res, err := h.Do(req)
	if err != nil {
		return nil, fmt.Errorf("cannot ask %s: %w", s.Name, err)
	}
	return res, nil
}
