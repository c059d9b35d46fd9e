package status

import (
	"fmt"
	"net/http"
	"strings"
)

// refusal has the values of an error page: the reason, and a link to continue.
type refusal struct {
	Text, Back, Words string
}

// refuse answers with an error: a page for a browser, plain text for a program.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Error(w, text, status)
		return
	}
	v := refusal{text, "/", "all services"}
	if name := r.PathValue("name"); name != "" {
		if _, ok := s.find(name); ok {
			v.Back, v.Words = detailLink(name), name
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(fill("refusal", v)) // fails only if the client left
}

func (s *site) noService(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, http.StatusNotFound, fmt.Sprintf("There is no service %q; the first page lists those that there are.",
		r.PathValue("name")))
}
