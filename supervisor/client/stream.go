package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Watch calls fn with the instance as it is now, and again after each change:
// at most ten times and at least once a second. It runs until ctx ends, fn
// returns an error, which Watch returns, or the supervisor goes away. A slow
// fn sees fewer snapshots; one slower than ten seconds loses the stream.
func (c *Client) Watch(ctx context.Context, fn func(api.Snapshot) error) error {
	err := stream(ctx, c, "/v1/watch", fn)
	if err == nil { // a watch has no end of its own
		return c.broken(ctx, io.ErrUnexpectedEOF)
	}
	return err
}

// LogQuery says which lines of which logs. The zero value asks for nothing:
// set N, Since or Follow.
type LogQuery struct {
	Names []string // services; none: all
	// N is the largest number of past lines, the newest ones, counted over all
	// services. 0 is none, -1 all that the log files still hold.
	N int
	// Since leaves out lines that are older; 0 leaves out none.
	Since time.Duration
	// Grep leaves out lines that do not match this regular expression (RE2).
	Grep string
	// Follow adds new lines until ctx ends.
	Follow bool
}

// Logs calls fn with each line, the services merged in the order of time. It returns
// nil after the last line, and fn's error as soon as fn returns one. A follower that
// is too slow loses the oldest lines; a line of level WARN says how many.
func (c *Client) Logs(ctx context.Context, q LogQuery, fn func(api.LogLine) error) error {
	v := url.Values{"name": q.Names, "n": {strconv.Itoa(q.N)}}
	if q.Since > 0 {
		v.Set("since", q.Since.String())
	}
	if q.Grep != "" {
		v.Set("grep", q.Grep)
	}
	if q.Follow {
		v.Set("follow", "1")
	}
	err := stream(ctx, c, "/v1/logs?"+v.Encode(), fn)
	if err == nil && q.Follow {
		return c.broken(ctx, io.ErrUnexpectedEOF)
	}
	return err
}

// stream calls fn with each JSON value of an endless answer. A nil error says
// that the answer ended between two values.
func stream[T any](ctx context.Context, c *Client, path string, fn func(T) error) error {
	// The connection is closed by the context, so that a return while the
	// answer still runs leaves nothing behind.
	ctx2, cancel := context.WithCancel(ctx)
	defer cancel()
	res, err := c.do(ctx2, "GET", path, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	bounded := &io.LimitedReader{R: res.Body}
	dec := json.NewDecoder(bounded)
	for {
		var v T
		bounded.N = maxAnswer // of each value: the supervisor of another machine may be hostile
		err := dec.Decode(&v)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return c.broken(ctx, err)
		}
		if _, log := any(v).(api.LogLine); c.host != "" && !log { // logs have their colours
			harmless(&v)
		}
		if err := fn(v); err != nil {
			return err
		}
	}
}
