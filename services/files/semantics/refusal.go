// Package semantics has the parts of HTTP (RFC 9110) that need no file:
// refusals, ranges, preconditions, content codings and redirects.
package semantics

import (
	"net/http"
	"strings"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// Refusal is an error that carries the whole answer to the client.
type Refusal struct {
	Status int
	Text   string // for people: one or two sentences
	Header http.Header
}

// Error implements error.
func (e *Refusal) Error() string { return e.Text }

// Refuse returns a *Refusal without extra headers.
func Refuse(status int, text string) error { return &Refusal{Status: status, Text: text} }

// NotFound is the 404 for the path of a request.
func NotFound(requestPath string) error {
	return Refuse(http.StatusNotFound, "There is no "+safetext.Replace(requestPath)+" here.")
}

// NotAllowed is a 405 with the methods that are allowed.
func NotAllowed(allow, text string) error {
	return &Refusal{Status: http.StatusMethodNotAllowed, Text: text, Header: http.Header{"Allow": {allow}}}
}

// Send writes the answer. Headers that described the file are removed first.
func (e *Refusal) Send(w http.ResponseWriter) {
	head := w.Header()
	if e.Status >= 400 {
		for _, name := range fileHeaders() {
			head.Del(name)
		}
		if e.Status != http.StatusRequestedRangeNotSatisfiable {
			head.Del("Content-Range")
		}
	}
	for name, values := range e.Header {
		head[name] = values
	}
	if e.Status == http.StatusNotModified || e.Status == http.StatusNoContent {
		w.WriteHeader(e.Status)
		return
	}
	http.Error(w, e.Text, e.Status)
}

func fileHeaders() []string {
	return []string{"ETag", "Last-Modified", "Accept-Ranges", "Content-Encoding", "Content-Disposition",
		"Content-Security-Policy"}
}

// Sentence formats an error as a whole sentence.
func Sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// NoParent is the refusal for a name whose folder does not exist.
func NoParent(name string) error {
	return Refuse(http.StatusConflict, "There is no folder for "+safetext.Replace(name)+"; make it first.")
}
