package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// maxBody bounds a request's body.
const maxBody = 64 << 10

// Route is one line of the API.
type Route struct {
	Method string
	Path   string // in the syntax of net/http's ServeMux
	What   string // for the documentation
	serve  func(*Server, http.ResponseWriter, *http.Request) error
}

// Routes is the whole API. Answers are JSON; those marked NDJSON are one JSON
// value a line. An answer that is not 2xx is an api.Error.
func Routes() []Route {
	return []Route{
		{"GET", "/v1/info", "this instance (Info)", (*Server).info},
		{"GET", "/v1/services", "every service (array of Service)", (*Server).services},
		{"GET", "/v1/services/{name}", "one service (Service)", (*Server).service},
		{"GET", "/v1/services/{name}/history", "what was measured of it in the last hour (History): span=1m, 15m or 1h; without it, all three", (*Server).past},
		{"POST", "/v1/services/{name}/start", "start it; answers when it is ready, or says why not", operation(Engine.Start)},
		{"POST", "/v1/services/{name}/stop", "stop it; answers when it has stopped", operation(Engine.Stop)},
		{"POST", "/v1/services/{name}/restart", "restart it; answers when it is ready again, or says why not", operation(Engine.Restart)},
		{"DELETE", "/v1/services/{name}", "end a share", operation(Engine.Remove)},
		{"POST", "/v1/shares", "share a folder or file (ShareRequest); answers with its Service, ready", (*Server).share},
		{"POST", "/v1/reload", "read the configuration again and apply it (ReloadRequest); answers with a Reload", (*Server).reload},
		{"POST", "/v1/upgrade", "have the keeper start another binary as the supervisor (UpgradeRequest); answers when this one is about to end", (*Server).upgrade},
		{"GET", "/v1/snapshot", "the instance and every service (Snapshot)", (*Server).snapshot},
		{"GET", "/v1/watch", "NDJSON of Snapshot: now, on change (ten a second at most), and every second", (*Server).watch},
		{"GET", "/v1/logs", "NDJSON of LogLine, merged by time: name= (repeated; none: all), n=, since=, grep=, follow=1", (*Server).logs},
		{"POST", "/v1/down", "stop every service, then the supervisor; answers at once", (*Server).down},
	}
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	methods := map[string]string{} // by path
	for _, r := range Routes() {
		mux.Handle(r.Method+" "+r.Path, s.answer(r.serve))
		if methods[r.Path] != "" {
			methods[r.Path] += ", "
		}
		methods[r.Path] += r.Method
	}
	for path, allowed := range methods {
		mux.Handle(path, s.answer(func(_ *Server, w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Allow", allowed)
			return &refused{http.StatusMethodNotAllowed, api.CodeBadRequest, fmt.Sprintf("%s expects %s, not %s", path, allowed, r.Method)}
		}))
	}
	mux.Handle("/", s.answer(func(_ *Server, _ http.ResponseWriter, r *http.Request) error {
		return &refused{http.StatusNotFound, api.CodeNotFound, fmt.Sprintf("this API has no %q; it begins with /v1/", r.URL.Path)}
	}))
	return mux
}

// answer makes a handler of serve: it refuses what a browser sends on behalf
// of a page, and turns serve's error into an answer.
func (s *Server) answer(serve func(*Server, http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if r.Header.Get("Origin") != "" {
			writeError(w, &refused{http.StatusForbidden, api.CodeForbidden, "web pages may not speak to the supervisor"})
			return
		}
		if err := serve(s, w, r); err != nil {
			writeError(w, err)
		}
	})
}

// refused is an error with a status of its own.
type refused struct {
	status  int
	code    string
	message string
}

func (e *refused) Error() string { return e.message }

func badRequest(format string, args ...any) error {
	return &refused{http.StatusBadRequest, api.CodeBadRequest, fmt.Sprintf(format, args...)}
}

func writeError(w http.ResponseWriter, err error) {
	status, body := http.StatusInternalServerError, api.Error{Code: api.CodeFailed, Message: err.Error()}
	var mine *refused
	var theirs *api.Error
	switch {
	case errors.As(err, &mine):
		status, body.Code = mine.status, mine.code
	case errors.As(err, &theirs):
		body.Code = theirs.Code
		status = statusOf(theirs.Code)
	}
	writeJSON(w, status, body)
}

func statusOf(code string) int {
	switch code {
	case api.CodeNoSuchService, api.CodeNotFound:
		return http.StatusNotFound
	case api.CodeBadRequest:
		return http.StatusBadRequest
	case api.CodeConflict:
		return http.StatusConflict
	case api.CodeForbidden:
		return http.StatusForbidden
	}
	return http.StatusInternalServerError
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client left
}

// readJSON decodes a body strictly: one value, no unknown field.
func readJSON(r *http.Request, into any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return badRequest("cannot read the request's JSON: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("cannot read the request: expected one JSON value and nothing after it")
	}
	return nil
}
