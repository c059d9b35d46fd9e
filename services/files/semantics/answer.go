package semantics

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// Redirect sends the client to a sibling or child of the requested path and
// keeps the query. The Location is relative, so it cannot lead to another host.
func Redirect(w http.ResponseWriter, r *http.Request, status int, name string) {
	location := "./" + (&url.URL{Path: name}).EscapedPath()
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", location)
	w.WriteHeader(status)
}

// RedirectWithoutQuery is Redirect with 302 that drops the query.
func RedirectWithoutQuery(w http.ResponseWriter, name string) {
	Redirect(w, &http.Request{URL: &url.URL{}}, http.StatusFound, name)
}

// Attachment is the Content-Disposition that makes a browser save the answer
// under this name (RFC 6266, RFC 8187).
func Attachment(name string) string {
	shown := strings.ToValidUTF8(safetext.Replace(name), "_")
	return mime.FormatMediaType("attachment", map[string]string{"filename": shown})
}

// EscapedPath returns the absolute URL path of a name below the root.
func EscapedPath(name string) string { return (&url.URL{Path: path.Join("/", name)}).EscapedPath() }

// JSON writes v as the whole answer. It returns an error before anything is
// written if v cannot be encoded.
func JSON(w http.ResponseWriter, status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n')) // fails only if the client left
	return nil
}

// Empty writes a status with an explicit empty body.
func Empty(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}
