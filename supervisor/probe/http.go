package probe

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/redact"
)

// maxRedirects is how many redirects a probe follows.
const maxRedirects = 10

var errRedirects = fmt.Errorf("it redirects more than %d times", maxRedirects)

// httpCheck expects that a GET is answered with one of the codes of the
// configuration, 2xx where it names none.
func httpCheck(p configs.Probe, t target) Check {
	url := p.HTTP
	transport := &exchange{}
	transport.tls.InsecureSkipVerify = p.Insecure
	if strings.HasPrefix(url, "/") {
		scheme := "http://"
		if t.tls { // the certificate is not made out for this address
			scheme, transport.tls.InsecureSkipVerify = "https://", true
		}
		url = scheme + t.addr + url
	}
	client := &http.Client{Transport: transport}
	client.CheckRedirect = func(_ *http.Request, via []*http.Request) error {
		switch {
		case !p.Redirects:
			return http.ErrUseLastResponse
		case len(via) > maxRedirects:
			return errRedirects
		}
		return nil
	}
	expected := p.Status
	if expected == "" {
		expected = "2xx"
	}
	succeeds, err := configs.ParseStatus(expected)
	if err != nil {
		return func(context.Context) error { return err }
	}
	return func(ctx context.Context) error {
		code, err := get(ctx, client, url, p.Headers)
		shown := redact.URL(url)
		switch {
		case err != nil:
			return fmt.Errorf("GET %s: %w", shown, explained(ctx, err))
		case !succeeds(code):
			return fmt.Errorf("GET %s answered %d %s, expected %s", shown, code, http.StatusText(code), expected)
		}
		return nil
	}
}

func get(ctx context.Context, client *http.Client, url string, headers map[string]string) (code int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, errURL
	}
	for name, value := range headers {
		if strings.EqualFold(name, "Host") {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
