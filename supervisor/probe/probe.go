// Package probe asks a running service whether it works.
package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	neturl "net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/redact"
)

// Check asks once. Its error says what was asked and what came.
type Check func(ctx context.Context) error

// Runner runs a command that is no service to its end.
type Runner interface {
	Output(cmd *exec.Cmd) ([]byte, error)
}

// New makes the check that p describes: an HTTP request that expects 2xx, a
// connection, or a command that expects exit status 0. addr is where the
// service listens, with HTTPS where tlsOn says so; env are the variables of a
// command, dir is its folder.
func New(p configs.Probe, addr string, tlsOn bool, run Runner, dir string, env []string) Check {
	switch {
	case len(p.Exec) > 0:
		return func(ctx context.Context) error { return command(ctx, p.Exec, run, dir, env) }
	case p.TCP != "":
		return func(ctx context.Context) error { return connect(ctx, p.TCP) }
	}
	url := p.HTTP
	transport := &http.Transport{DisableKeepAlives: true}
	if strings.HasPrefix(url, "/") {
		scheme := "http://"
		if tlsOn { // whose certificate is not made out for the address that is asked
			scheme, transport.TLSClientConfig = "https://", &tls.Config{InsecureSkipVerify: true}
		}
		url = scheme + addr + url
	}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context) error { return get(ctx, client, url) }
}

func get(ctx context.Context, client *http.Client, url string) error {
	shown := redact.URL(url)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("cannot GET %s: expected a URL", shown)
	}
	resp, err := client.Do(req)
	if err != nil {
		var inner *neturl.Error // its text repeats the URL, with user and query
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return fmt.Errorf("GET %s: %w", shown, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("GET %s answered %s, expected 2xx", shown, resp.Status)
	}
	return nil
}

func connect(ctx context.Context, addr string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// outputKept of a command's last line is shown when it fails, in bytes.
const outputKept = 200

func command(ctx context.Context, argv []string, run Runner, dir string, env []string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, env, 100*time.Millisecond
	out, err := run.Output(cmd)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = errors.New("it took too long")
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	said := lines[len(lines)-1]
	if said == "" {
		return fmt.Errorf("%s: %w", argv[0], err)
	}
	return fmt.Errorf("%s: %w: %s", argv[0], err, said[:min(len(said), outputKept)])
}
