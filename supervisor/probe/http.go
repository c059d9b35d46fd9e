package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	neturl "net/url"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/redact"
)

// httpCheck expects that a GET is answered with 2xx. A redirect is a failure.
func httpCheck(p configs.Probe, t target) Check {
	url := p.HTTP
	transport := &http.Transport{DisableKeepAlives: true}
	if strings.HasPrefix(url, "/") {
		scheme := "http://"
		if t.tls { // the certificate is not made out for this address
			scheme, transport.TLSClientConfig = "https://", &tls.Config{InsecureSkipVerify: true}
		}
		url = scheme + t.addr + url
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
