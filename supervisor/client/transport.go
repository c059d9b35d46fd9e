package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// maxAnswer bounds an answer that is one JSON value.
const maxAnswer = 16 << 20

// dialer opens a connection to a socket on the supervisor's machine.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// transport sends requests to a supervisor and reads its answers. It never changes,
// so several goroutines may use it at once.
type transport struct {
	dial   dialer
	socket string
	host   string // empty: this machine
	http   *http.Client
}

func newTransport(socket, host string, dial dialer) transport {
	open := func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := dial(ctx, "unix", socket)
		if err != nil && host != "" {
			err = &unreachedError{err}
		}
		return conn, err
	}
	return transport{dial: dial, socket: socket, host: host, http: &http.Client{Transport: &http.Transport{
		DialContext:        open,
		DisableKeepAlives:  true, // no idle connection outlives a call
		DisableCompression: true,
	}}}
}

// where names the control socket for a person.
func (t *transport) where() string {
	if t.host != "" {
		return t.host
	}
	return t.socket
}

// call sends body as JSON, unless it is nil, and decodes the answer into out, unless
// that is nil. It repeats a GET if the connection ended early, because then a new
// supervisor has started.
func (t *transport) call(ctx context.Context, method, path string, body, out any) error {
	err := t.callOnce(ctx, method, path, body, out)
	var ended *endedError
	if method == "GET" && errors.As(err, &ended) {
		err = t.callOnce(ctx, method, path, body, out)
	}
	return err
}

func (t *transport) callOnce(ctx context.Context, method, path string, body, out any) error {
	res, err := t.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
	} else {
		err = json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(out)
	}
	if err != nil {
		return t.broken(ctx, err)
	}
	if t.host != "" && out != nil {
		harmless(out)
	}
	return nil
}

// do returns an answer that is 2xx; the caller closes its body.
func (t *transport) do(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var r io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("cannot encode the request: %w", err)
		}
		r = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://supervisor"+path, r)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := t.http.Do(req)
	var unreached *unreachedError
	switch {
	case errors.As(err, &unreached) && ctx.Err() == nil:
		return nil, unreached
	case err != nil && nobodyListens(err):
		return nil, &noInstanceError{where: t.where(), remote: t.host != "", cause: err}
	case err != nil:
		return nil, t.broken(ctx, err)
	case res.StatusCode/100 != 2:
		defer res.Body.Close()
		return nil, t.refused(res, method+" "+req.URL.Path)
	}
	return res, nil
}

// broken explains an answer that ended early.
func (t *transport) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &endedError{t.where(), err}
}

// refused is refusal. If one side does not know the API of the other, it says
// which of them to upgrade.
func (t *transport) refused(res *http.Response, asked string) error {
	e := refusal(res)
	if t.host != "" {
		harmless(e)
	}
	switch {
	case e.Code == api.CodeNotFound && e.Base != "" && e.Base != api.Base:
		e = api.Explained(e.Code, "versions-differ",
			"the supervisor at %s no longer knows %s: it is newer than this ammarctl; upgrade this one",
			t.where(), asked)
	case e.Code == api.CodeNotFound, res.StatusCode == http.StatusMethodNotAllowed && e.Code == api.CodeBadRequest:
		e = api.Explained(e.Code, "versions-differ",
			"the supervisor at %s does not know %s: it is older than this ammarctl; "+
				"upgrade it: put this version there, and then: ammarctl%s up -d", t.where(), asked, hostFlag(t.host))
	default:
		return e
	}
	return &versionError{e}
}
