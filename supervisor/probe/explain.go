package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	neturl "net/url"
	"os/exec"
	"syscall"
)

var errURL = errors.New("expected a URL")

// explained says what went wrong with a request or a connection in words for a
// person. It never repeats a URL, which may hold a password.
func explained(ctx context.Context, err error) error {
	var inner *neturl.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var network net.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return errors.New("no answer within its timeout")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused: nothing listens there")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return errors.New("the connection was reset")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the connection was closed without an answer")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return errors.New("there is no route to that address")
	case errors.As(err, &dns):
		return fmt.Errorf("no host is called %s", dns.Name)
	case errors.As(err, &certificate):
		return fmt.Errorf("its certificate is not accepted (%w); probe.insecure_tls = true accepts any",
			certificate.Err)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return errors.New("it does not speak TLS: write http:// instead of https://")
	}
	return err
}

// commandError says why a command failed.
func commandError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return errors.New("it took too long")
	case errors.Is(err, exec.ErrWaitDelay):
		return errors.New("it ended, but a process that it started keeps its output open")
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("no such program in PATH")
	case errors.Is(err, syscall.ENOENT):
		return errors.New("no such file")
	case errors.Is(err, syscall.EACCES):
		return errors.New("it is not executable")
	}
	return err
}
