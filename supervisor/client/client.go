// Package client speaks to a supervisor over its control socket. Commands, the
// dashboard and the status service know a supervisor only through it.
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
	"strconv"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// ErrNoInstance says that nobody listens on the control socket. Compare with
// errors.Is; the error itself names the socket and says how to start one.
var ErrNoInstance = errors.New("no instance is running")

// ErrEnded says that the supervisor went away before it had answered; there
// may be another one in a moment. Compare with errors.Is.
var ErrEnded = errors.New("the supervisor ended the conversation")

// maxAnswer bounds an answer that is one JSON value.
const maxAnswer = 16 << 20

// Client asks one supervisor. It holds no connection between calls and is safe
// for concurrent use.
//
// Every method returns an error that is ErrNoInstance when nobody listens, an
// *api.Error when the supervisor refused, and ctx's error when ctx ended.
type Client struct {
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	socket string
	host   string // empty: this machine
	http   *http.Client
}

// New makes a client of the supervisor that listens on the unix socket at
// path socket. Nothing is opened before the first call.
func New(socket string) *Client {
	return through(&Client{dial: new(net.Dialer).DialContext, socket: socket})
}

// Over makes a client of the supervisor of another machine, called host, whose
// sockets dial reaches: its control socket is "unix" with an empty address.
func Over(host string, dial func(ctx context.Context, network, address string) (net.Conn, error)) *Client {
	return through(&Client{dial: dial, host: host})
}

func through(c *Client) *Client {
	c.http = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := c.dial(ctx, "unix", c.socket)
			if err != nil && c.host != "" {
				err = &unreachedError{err}
			}
			return conn, err
		},
		DisableKeepAlives:  true, // no idle connection outlives a call
		DisableCompression: true,
	}}
	return c
}

// Socket is the path of the control socket; empty for another machine's.
func (c *Client) Socket() string { return c.socket }

// Host is the machine of the supervisor; empty for this one.
func (c *Client) Host() string { return c.host }

// where names the control socket for a person.
func (c *Client) where() string {
	if c.host != "" {
		return c.host
	}
	return c.socket
}

// Info describes the instance.
func (c *Client) Info(ctx context.Context) (api.Info, error) {
	var v api.Info
	return v, c.call(ctx, "GET", "/v1/info", nil, &v)
}

// Services lists the services in the order of the configuration.
func (c *Client) Services(ctx context.Context) ([]api.Service, error) {
	var v []api.Service
	return v, c.call(ctx, "GET", "/v1/services", nil, &v)
}

// Service describes one service.
func (c *Client) Service(ctx context.Context, name string) (api.Service, error) {
	var v api.Service
	return v, c.call(ctx, "GET", servicePath(name), nil, &v)
}

// History is what was measured of a service over the last hour: the span 1m,
// 15m or 1h, or all of them where that is empty.
func (c *Client) History(ctx context.Context, name, span string) (api.History, error) {
	var v api.History
	return v, c.call(ctx, "GET", servicePath(name)+"/history?span="+url.QueryEscape(span), nil, &v)
}

// Settings is the configuration of a service as it is in force: every key, in
// the order of the reference. What may be secret is not in it.
func (c *Client) Settings(ctx context.Context, name string) ([]api.Setting, error) {
	var v []api.Setting
	return v, c.call(ctx, "GET", servicePath(name)+"/config", nil, &v)
}

// Snapshot is the instance at this moment.
func (c *Client) Snapshot(ctx context.Context) (api.Snapshot, error) {
	var v api.Snapshot
	return v, c.call(ctx, "GET", "/v1/snapshot", nil, &v)
}

// Start starts a service and returns when it is settled: ready, or the error
// says why not. The supervisor goes on with it when ctx ends first.
func (c *Client) Start(ctx context.Context, name string) error { return c.act(ctx, name, "start") }

// Signal sends a signal to the process of a service, or to all of its processes.
func (c *Client) Signal(ctx context.Context, name string, req api.SignalRequest) error {
	return c.call(ctx, "POST", servicePath(name)+"/signal", req, nil)
}

// Stop stops a service and returns when its processes have ended. A second Stop
// before that kills what is left.
func (c *Client) Stop(ctx context.Context, name string) error { return c.act(ctx, name, "stop") }

// Restart restarts a service and returns when the new process is ready.
func (c *Client) Restart(ctx context.Context, name string) error { return c.act(ctx, name, "restart") }

func (c *Client) act(ctx context.Context, name, verb string) error {
	return c.call(ctx, "POST", servicePath(name)+"/"+verb, nil, nil)
}

// Share makes a share and returns its service, ready, with every address.
func (c *Client) Share(ctx context.Context, req api.ShareRequest) (api.Service, error) {
	var v api.Service
	return v, c.call(ctx, "POST", "/v1/shares", req, &v)
}

// Reload has the configuration read again and applied, or only compared.
func (c *Client) Reload(ctx context.Context, req api.ReloadRequest) (api.Reload, error) {
	var v api.Reload
	return v, c.call(ctx, "POST", "/v1/reload", req, &v)
}

// Upgrade has the supervisor make way for another binary. It returns before
// that is there: compare the pid of Info.
func (c *Client) Upgrade(ctx context.Context, req api.UpgradeRequest) error {
	return c.call(ctx, "POST", "/v1/upgrade", req, nil)
}

// Unshare ends a share.
func (c *Client) Unshare(ctx context.Context, name string) error {
	return c.call(ctx, "DELETE", servicePath(name), nil, nil)
}

// Down stops every service and the supervisor. It returns nil when the
// supervisor no longer answers: its ports are free then.
func (c *Client) Down(ctx context.Context) error { return down(ctx, c, nil) }

// ForceDown is Down, but every process is killed at once.
func (c *Client) ForceDown(ctx context.Context) error {
	return down(ctx, c, api.DownRequest{Force: true})
}

func down(ctx context.Context, c *Client, body any) error {
	if err := c.call(ctx, "POST", "/v1/down", body, nil); err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		bounded, cancel := context.WithTimeout(ctx, time.Second)
		err := c.callOnce(bounded, "GET", "/v1/info", nil, nil)
		cancel()
		if errors.Is(err, ErrNoInstance) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func servicePath(name string) string { return "/v1/services/" + url.PathEscape(name) }

// call sends body as JSON, unless it is nil, and decodes the answer into out,
// unless that is nil. A question is asked once more when the conversation was
// ended: there is a new supervisor then.
func (c *Client) call(ctx context.Context, method, path string, body, out any) error {
	err := c.callOnce(ctx, method, path, body, out)
	var ended *endedError
	if method == "GET" && errors.As(err, &ended) {
		err = c.callOnce(ctx, method, path, body, out)
	}
	return err
}

func (c *Client) callOnce(ctx context.Context, method, path string, body, out any) error {
	res, err := c.do(ctx, method, path, body)
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
		return c.broken(ctx, err)
	}
	if c.host != "" && out != nil {
		harmless(out)
	}
	return nil
}

// do returns an answer that is 2xx; the caller closes its body.
func (c *Client) do(ctx context.Context, method, path string, body any) (*http.Response, error) {
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
	res, err := c.http.Do(req)
	var unreached *unreachedError
	switch {
	case errors.As(err, &unreached) && ctx.Err() == nil:
		return nil, unreached
	case err != nil && nobodyListens(err):
		return nil, &noInstanceError{where: c.where(), remote: c.host != "", cause: err}
	case err != nil:
		return nil, c.broken(ctx, err)
	case res.StatusCode/100 != 2:
		defer res.Body.Close()
		return nil, c.refused(res, method+" "+req.URL.Path)
	}
	return res, nil
}

// broken explains an answer that ended early.
func (c *Client) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &endedError{c.where(), err}
}

// unreachedError is why there is no connection to another machine, which it
// names.
type unreachedError struct{ error }

func (e *unreachedError) Unwrap() error { return e.error }

// endedError says that the supervisor went away before it had answered.
type endedError struct {
	where string
	cause error
}

func (e *endedError) Error() string {
	return fmt.Sprintf("the supervisor at %s ended the conversation: %v", e.where, e.cause)
}

func (e *endedError) Unwrap() []error { return []error{ErrEnded, e.cause} }

// refusal reads the *api.Error of an answer; an answer without one becomes
// one that carries the status.
func refusal(res *http.Response) *api.Error {
	var e api.Error
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if json.Unmarshal(text, &e) != nil || e.Message == "" {
		e = api.Error{Code: api.CodeFailed, Message: "the supervisor answered " + strconv.Quote(res.Status)}
	}
	return &e
}

// refused is refusal. If one side does not know the API of the other, it says
// which of them to upgrade.
func (c *Client) refused(res *http.Response, asked string) error {
	e := refusal(res)
	if c.host != "" {
		harmless(e)
	}
	switch {
	case e.Code == api.CodeNotFound && e.Base != "" && e.Base != api.Base:
		e = api.Explained(e.Code, "versions-differ",
			"the supervisor at %s no longer knows %s: it is newer than this ammarctl; upgrade this one",
			c.where(), asked)
	case e.Code == api.CodeNotFound, res.StatusCode == http.StatusMethodNotAllowed && e.Code == api.CodeBadRequest:
		e = api.Explained(e.Code, "versions-differ",
			"the supervisor at %s does not know %s: it is older than this ammarctl; "+
				"upgrade it: put this version there, and then: ammarctl%s up -d", c.where(), asked, hostFlag(c))
	default:
		return e
	}
	return &versionError{e}
}

// versionError is the refusal of a supervisor with another API.
type versionError struct{ refusal *api.Error }

func (e *versionError) Error() string { return e.refusal.Message }

func (e *versionError) Unwrap() error { return e.refusal }

// NamesHost tells whether the text of an error of this package names the
// machine that was asked, so that the caller need not add it.
func NamesHost(err error) bool {
	var other *versionError
	var ended *endedError
	var none *noInstanceError
	var unreached *unreachedError
	return errors.As(err, &other) || errors.As(err, &ended) || errors.As(err, &none) || errors.As(err, &unreached)
}

// hostFlag is what a command needs to speak to this instance.
func hostFlag(c *Client) string {
	if c.host == "" {
		return ""
	}
	return " -H " + c.host
}

func nobodyListens(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

type noInstanceError struct {
	where  string
	remote bool
	cause  error
}

func (e *noInstanceError) Error() string {
	if e.remote {
		return explain.Mark(e.ExplainCode(),
			fmt.Sprintf("no instance is running on %s; start one with: ammarctl -H %[1]s up -d", e.where))
	}
	return explain.Mark(e.ExplainCode(),
		fmt.Sprintf("no instance is running: nothing listens on %s; start one with: ammarctl up -d", e.where))
}

func (e *noInstanceError) ExplainCode() string { return "no-instance" }

func (e *noInstanceError) Unwrap() []error { return []error{ErrNoInstance, e.cause} }
