package probe

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
)

// errNotHTTP says that something answered, and not as RFC 9112 demands.
var errNotHTTP = errors.New("the answer is not HTTP")

// exchange is an http.RoundTripper that sends each request on a connection of
// its own, over HTTP/1.1. A server that speaks first, as a mail server does,
// is heard after the request: http.Transport gives up on it, depending on
// which of both comes first, with an error that says nothing.
type exchange struct {
	tls tls.Config // without ServerName
}

func (e *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	conn, err := e.dial(ctx, req.URL)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	only := req.Clone(ctx)
	only.Close = true // Connection: close
	written := only.Write(conn)
	resp, err := read(bufio.NewReader(conn), only)
	if err != nil {
		stop()
		conn.Close()
		if errors.Is(err, errNotHTTP) {
			return nil, err
		}
		return nil, cmp.Or(written, err)
	}
	resp.Request = req
	resp.Body = &body{resp.Body, conn, stop}
	return resp, nil
}

// dial connects to the host of an http or https URL.
func (e *exchange) dial(ctx context.Context, u *url.URL) (net.Conn, error) {
	secure := u.Scheme == "https"
	port := "80"
	if secure {
		port = "443"
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port)))
	if err != nil || !secure {
		return conn, err
	}
	config := e.tls.Clone()
	config.ServerName = u.Hostname()
	client := tls.Client(conn, config)
	if err := client.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return client, nil
}

// read returns the answer to a request, without the interim ones (RFC 9110,
// section 15.2).
func read(from *bufio.Reader, req *http.Request) (*http.Response, error) {
	for {
		resp, err := http.ReadResponse(from, req)
		var network net.Error
		switch {
		case err == nil && resp.StatusCode/100 == 1 && resp.StatusCode != http.StatusSwitchingProtocols:
			continue
		case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network):
			return resp, err
		}
		return nil, errNotHTTP
	}
}

// body ends the connection when it is closed: the rest of an answer, which may
// be a stream without end, does not matter.
type body struct {
	io.Reader
	conn net.Conn
	stop func() bool
}

func (b *body) Close() error {
	b.stop()
	return b.conn.Close()
}
