package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"syscall"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// ErrNoInstance means that the control socket has no listener. Compare with errors.Is;
// the error itself names the socket and how to start an instance.
var ErrNoInstance = errors.New("no instance is running")

// ErrEnded says that the supervisor went away before it had answered; there
// may be another one in a moment. Compare with errors.Is.
var ErrEnded = errors.New("the supervisor ended the conversation")

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

// refusal reads the *api.Error of an answer. If an answer has none, the error has
// its status.
func refusal(res *http.Response) *api.Error {
	var e api.Error
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if json.Unmarshal(text, &e) != nil || e.Message == "" {
		e = api.Error{Code: api.CodeFailed, Message: "the supervisor answered " + strconv.Quote(res.Status)}
	}
	return &e
}

// versionError is the refusal of a supervisor with another API.
type versionError struct{ refusal *api.Error }

func (e *versionError) Error() string { return e.refusal.Message }

func (e *versionError) Unwrap() error { return e.refusal }

// NamesHost tells whether the text of an error of this package already names the
// machine.
func NamesHost(err error) bool {
	var other *versionError
	var ended *endedError
	var none *noInstanceError
	var unreached *unreachedError
	return errors.As(err, &other) || errors.As(err, &ended) || errors.As(err, &none) || errors.As(err, &unreached)
}

// hostFlag returns the flag with which a command reaches an instance on host.
func hostFlag(host string) string {
	if host == "" {
		return ""
	}
	return " -H " + host
}

// nobodyListens tells whether err means that there is no listener.
func nobodyListens(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

// noInstanceError says where no instance is running.
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
