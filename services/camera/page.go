package camera

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strconv"
)

//go:embed page.html
var pageHTML []byte

//go:embed page.css
var pageCSS []byte

//go:embed page.js
var pageJS []byte

// page is the only page of the service: it shows the stream and /state. Style and
// script are inline; the Content-Security-Policy allows only their hashes.
type page struct {
	body   []byte
	policy string
}

func newPage() *page {
	body := bytes.Replace(pageHTML, []byte("/*css*/"), pageCSS, 1)
	body = bytes.Replace(body, []byte("/*js*/"), pageJS, 1)
	hash := func(b []byte) string {
		sum := sha256.Sum256(b)
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return &page{body: body, policy: "default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src " +
		hash(pageCSS) +
		"; script-src " + hash(pageJS) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"}
}

func (p *page) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(p.body)))
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	_, _ = w.Write(p.body) // an error means that the client has gone
}
