package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/redact"
)

// relayType is another server's stream.
func relayType() sourceType {
	return sourceType{
		name:    "http://HOST/STREAM",
		hint:    "another server's MJPEG",
		example: "`http://host:8081/stream.mjpg`",
		docs: "another server's stream, shared out from here: that server has one client. " +
			"A lost connection is tried again each second",
		matches: prefixed("http://", "https://"),
		newOpener: func(spec string, want settings) (opener, error) {
			u, err := parseRelay(spec)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context) (source, error) {
				src, err := openRelay(ctx, u)
				if err != nil {
					return nil, err
				}
				return newRotated(src, want), nil
			}, nil
		},
	}
}

// relay shows another server's MJPEG stream. The other server has one client,
// whatever the number of viewers here. Frames are found by JPEG's own markers,
// since cameras write the headers of the parts in many ways.
type relay struct {
	about   description
	client  *http.Client
	body    io.ReadCloser
	split   *splitter
	current [1][]byte
	first   bool // current was read while opening
	lost    losses
}

// connectTimeout is how long the other server may take to begin its answer, and
// to send its first frame.
const connectTimeout = 5 * time.Second

// parseRelay checks the value of --source.
func parseRelay(spec string) (*url.URL, error) {
	u, err := url.Parse(spec)
	if err != nil {
		var inner *url.Error // its text repeats the address, with the password
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, fmt.Errorf("expected a URL such as http://camera.local:8081/stream.mjpg: %w", err)
	}
	if u.Host == "" {
		return nil, fmt.Errorf("expected a URL such as http://camera.local:8081/stream.mjpg, got %q", shownSource(spec))
	}
	return u, nil
}

// shownSource is a value of --source as people may see it.
func shownSource(spec string) string { return redact.URL(spec) }

func openRelay(ctx context.Context, u *url.URL) (_ source, err error) {
	name := shownSource(u.String())
	// The request lasts as long as the source, but it must begin in time.
	ctx, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(connectTimeout, func() {
		cancel(fmt.Errorf("no picture within %v", connectTimeout))
	})
	defer late.Stop()
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}
	r := &relay{client: &http.Client{Transport: transport},
		about: description{Device: name, Card: "relay", Format: "MJPEG"}}
	defer func() {
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			cancel(nil)
			_ = r.close()
			err = explain.Errorf("relay-failed", "cannot relay %s: %w", name, err)
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		var inner *url.Error // its text has the address with the password
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, err
	}
	r.body = cancelling{resp.Body, func() { cancel(nil) }}
	kind := resp.Header.Get("Content-Type")
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s, expected 200 OK and a stream", resp.Status)
	}
	if strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "image/") {
		return nil, fmt.Errorf("expected a stream (multipart/x-mixed-replace), it is %s", kind)
	}
	r.split = newSplitter(resp.Body)
	if r.current[0], err = r.split.next(); err != nil {
		return nil, streamEnd(err)
	}
	layout, _ := layoutJPEG(r.current[0])
	r.about.Width, r.about.Height = layout.width, layout.height
	r.first = true
	return r, nil
}

// cancelling cancels the request when its body is closed.
type cancelling struct {
	io.ReadCloser
	cancel func()
}

func (c cancelling) Close() error {
	c.cancel()
	return c.ReadCloser.Close()
}

func streamEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the stream has ended")
	}
	return err
}

func (r *relay) describe() description { return r.about }

// grab returns the newest frame that has arrived, and skips older ones.
func (r *relay) grab(ctx context.Context, _ uint64) (time.Time, error) {
	if r.first {
		r.first = false
		return time.Now(), nil
	}
	stop := context.AfterFunc(ctx, func() { _ = r.body.Close() })
	defer stop()
	data, err := r.split.next()
	if err != nil {
		if ctx.Err() != nil {
			return time.Time{}, context.Cause(ctx)
		}
		return time.Time{}, fmt.Errorf("%s: %w", r.about.Device, streamEnd(err))
	}
	for {
		newer, ok := r.split.ready()
		if !ok {
			break
		}
		data = newer
		r.lost.overtaken++
	}
	r.current[0] = data
	return time.Now(), nil
}

func (r *relay) frame() ([][]byte, error) { return r.current[:], nil }

func (r *relay) losses() losses { return r.lost }

func (r *relay) close() error {
	if r.body != nil {
		_ = r.body.Close() // unread data is not needed
	}
	r.client.CloseIdleConnections()
	return nil
}
