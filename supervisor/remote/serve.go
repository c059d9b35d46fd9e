package remote

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/hashicorp/yamux"
)

// protocol is the version of what both sides speak below the control API. It
// rises when a side of before would not understand.
const protocol = 1

// greeting begins what the far side says; before it there may be what a login
// script printed.
const greeting = "ammarctl-dial"

func session() *yamux.Config {
	c := yamux.DefaultConfig()
	c.LogOutput = io.Discard
	return c
}

// Serve is the far side: it joins each stream that comes over conn to the
// socket that it names, the empty unix one being the control socket at
// control. It returns when conn or ctx ends, and all streams have.
func Serve(ctx context.Context, conn io.ReadWriteCloser, control, version string) error {
	if _, err := fmt.Fprintf(conn, "%s %d %s\n", greeting, protocol, version); err != nil {
		return fmt.Errorf("cannot greet the other side: %w", err)
	}
	s, err := yamux.Server(conn, session())
	if err != nil {
		return err
	}
	defer s.Close()
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	var streams sync.WaitGroup
	defer streams.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		stream, err := s.AcceptStream()
		if err != nil {
			return nil // the client has left
		}
		streams.Go(func() { answer(ctx, stream, control) })
	}
}

func answer(ctx context.Context, stream net.Conn, control string) {
	defer stream.Close()
	r := bufio.NewReader(stream)
	line, err := readLine(r)
	if err != nil {
		return
	}
	network, address, _ := strings.Cut(line, " ")
	if network == "unix" && address == "" {
		address = control
	}
	if network != "unix" && network != "tcp" {
		fmt.Fprintf(stream, "%s expected unix or tcp, got %q\n", refused, network)
		return
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	switch {
	case err != nil && nobody(err):
		fmt.Fprintf(stream, "%s %s\n", absent, oneLine(err))
		return
	case err != nil:
		fmt.Fprintf(stream, "%s %s\n", refused, oneLine(err))
		return
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := fmt.Fprintln(stream, joined); err != nil {
		_ = conn.Close()
		return
	}
	join(conn, struct {
		io.Reader
		io.Writer
		io.Closer
	}{r, stream, stream})
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", " ") }
