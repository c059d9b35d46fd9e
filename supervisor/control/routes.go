package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// maxBody bounds a request's body.
const maxBody = 64 << 10

// Access is what a route does to the instance. All routes have the same permission:
// the instance's user, over its socket.
type Access string

// The kinds of access.
const (
	Reads   Access = "reads"
	Changes Access = "changes"
)

// Route is one line of the API. docs/control-api.md is made of these lines.
type Route struct {
	Method string
	Path   string // in the syntax of net/http's ServeMux
	What   string
	Access Access
	Query  []string // its parameters, each "name: what it is"
	Takes  any      // a value of the body's type; nil: no body
	Gives  any      // a value of the answer's type; nil: an empty object
	Many   bool     // the answer is NDJSON: one value of Gives a line
	Errors []string // the codes of api.Error in addition to those that every route has
	serve  func(*Server, http.ResponseWriter, *http.Request) error
}

// EveryRoute are the codes with which any route may answer.
func EveryRoute() []string {
	return []string{api.CodeBadRequest, api.CodeForbidden, api.CodeNotFound}
}

// Routes is the whole API. Answers are JSON. An answer that is not 2xx is an
// api.Error.
func Routes() []Route {
	named := []string{api.CodeNoSuchService}
	moves := []string{api.CodeNoSuchService, api.CodeConflict, api.CodeFailed}
	tries := []string{api.CodeConflict, api.CodeFailed}
	return []Route{
		{Method: "GET", Path: "/v1/info", What: "This instance.", Access: Reads, Gives: api.Info{}, serve: (*Server).info},
		{Method: "GET", Path: "/v1/services", What: "Every service, in the order of the configuration, shares last.", Access: Reads, Gives: []api.Service{}, serve: (*Server).services},
		{Method: "GET", Path: "/v1/services/{name}", What: "One service.", Access: Reads, Gives: api.Service{}, Errors: named, serve: (*Server).service},
		{Method: "GET", Path: "/v1/services/{name}/history", What: "What was measured of it in the last hour.", Access: Reads, Gives: api.History{}, Errors: named,
			Query: []string{"span: 1m, 15m or 1h; without it, all three"}, serve: (*Server).past},
		{Method: "GET", Path: "/v1/services/{name}/config", What: "Its configuration as it is in force, without what may be secret.", Access: Reads, Gives: []api.Setting{}, Errors: named, serve: (*Server).settings},
		{Method: "POST", Path: "/v1/services/{name}/start", What: "Start it; answers when it is ready, or says why not.", Access: Changes, Errors: moves, serve: operation(Engine.Start)},
		{Method: "POST", Path: "/v1/services/{name}/stop", What: "Stop it; answers when it has stopped. Asked again before that, it kills what is left of it.", Access: Changes, Errors: moves, serve: operation(Engine.Stop)},
		{Method: "POST", Path: "/v1/services/{name}/restart", What: "Restart it; answers when it is ready again, or says why not.", Access: Changes, Errors: moves, serve: operation(Engine.Restart)},
		{Method: "POST", Path: "/v1/services/{name}/reload", Access: Changes,
			What:   "Run its reload command; answers when that has ended.",
			Errors: moves, serve: operation(Engine.ReloadProgram)},
		{Method: "POST", Path: "/v1/services/{name}/signal", Access: Changes,
			What:  "Send a signal to its process, or to every process of it; answers when it is sent.",
			Takes: api.SignalRequest{}, Errors: []string{api.CodeNoSuchService, api.CodeConflict}, serve: (*Server).signal},
		{Method: "POST", Path: "/v1/services/{name}/scale", Access: Changes,
			What:  "Change the number of its replicas until the next reload.",
			Takes: api.ScaleRequest{}, Gives: api.Reload{}, Errors: moves, serve: (*Server).scale},
		{Method: "DELETE", Path: "/v1/services/{name}", What: "End a share.", Access: Changes, Errors: moves, serve: operation(Engine.Remove)},
		{Method: "POST", Path: "/v1/shares", What: "Share a folder or a file; answers when it is ready.", Access: Changes, Takes: api.ShareRequest{}, Gives: api.Service{}, Errors: tries, serve: (*Server).share},
		{Method: "POST", Path: "/v1/services",
			What:   "Run a program that is in no configuration; answers when it is ready, or says why not.",
			Access: Changes, Takes: api.RunRequest{}, Gives: api.Service{}, Errors: tries, serve: (*Server).runProgram},
		{Method: "POST", Path: "/v1/reload", What: "Read the configuration again and apply it, or say what it would change.", Access: Changes, Takes: api.ReloadRequest{}, Gives: api.Reload{}, Errors: tries, serve: (*Server).reload},
		{Method: "POST", Path: "/v1/upgrade", What: "Have the keeper start another binary as the supervisor; answers when this one is about to end.", Access: Changes, Takes: api.UpgradeRequest{}, Errors: tries, serve: (*Server).upgrade},
		{Method: "GET", Path: "/v1/snapshot", What: "The instance and every service, at one moment.", Access: Reads, Gives: api.Snapshot{}, serve: (*Server).snapshot},
		{Method: "GET", Path: "/v1/watch", What: "The same again and again: now, on change (ten a second at most), and every second.", Access: Reads, Gives: api.Snapshot{}, Many: true, serve: (*Server).watch},
		{Method: "GET", Path: "/v1/logs", What: "Lines of logs, merged in the order of time.", Access: Reads, Gives: api.LogLine{}, Many: true, Errors: named,
			Query: []string{"name: a service, repeatable; without it, all", "n: how many lines of the past at most, 100 unless told; -1 is all that there are",
				"since: a duration such as 90s; leaves out older lines", "grep: a regular expression (RE2); leaves out lines that do not match", "follow: 1 goes on with the lines to come"},
			serve: (*Server).logs},
		{Method: "GET", Path: "/v1/metrics", What: "The supervisor's own runtime: memory, goroutines, descriptors, in Prometheus' text format.", Access: Reads, Gives: Text{}, serve: (*Server).metrics},
		{Method: "GET", Path: "/v1/pprof/{profile}", What: "A profile of the supervisor itself, for `go tool pprof`: heap, allocs, goroutine, threadcreate, block, mutex or profile (of the processor).", Access: Reads, Gives: Text{},
			Query: []string{"seconds: how long to look, for profile; 5 unless told, 60 at most", "debug: 1 for text instead of protocol buffers, not for profile"}, Errors: []string{api.CodeConflict}, serve: (*Server).profile},
		{Method: "POST", Path: "/v1/down", What: "Stop every service, then the supervisor; answers at once. The body may be left out.", Access: Changes, Takes: api.DownRequest{}, serve: (*Server).down},
	}
}

// Text is the answer of a route that is no JSON.
type Text struct{}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	methods := map[string]string{} // by path
	for _, r := range Routes() {
		mux.Handle(r.Method+" "+r.Path, s.answer(func(s *Server, w http.ResponseWriter, req *http.Request) error {
			if err := r.knows(req); err != nil {
				return err
			}
			return r.serve(s, w, req)
		}))
		if methods[r.Path] != "" {
			methods[r.Path] += ", "
		}
		methods[r.Path] += r.Method
	}
	for path, allowed := range methods {
		mux.Handle(path, s.answer(func(_ *Server, w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Allow", allowed)
			return refuse(http.StatusMethodNotAllowed, api.CodeBadRequest, "%s expects %s, not %s", path, allowed, r.Method)
		}))
	}
	mux.Handle("/", s.answer(func(_ *Server, _ http.ResponseWriter, r *http.Request) error {
		e := refuse(http.StatusNotFound, api.CodeNotFound,
			"this API has no %q; it begins with "+api.Base+", and docs/control-api.md lists its paths", r.URL.Path)
		e.body.Base = api.Base
		return e
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
			writeError(w, refuse(http.StatusForbidden, api.CodeForbidden, "web pages may not speak to the supervisor"))
			return
		}
		if err := serve(s, w, r); err != nil {
			writeError(w, err)
		}
	})
}

// refused is an error with a status of its own.
type refused struct {
	status int
	body   api.Error
}

func (e *refused) Error() string { return e.body.Message }

func refuse(status int, code, format string, args ...any) *refused {
	return &refused{status, api.Error{Code: code, Message: fmt.Sprintf(format, args...)}}
}

func badRequest(format string, args ...any) error {
	return refuse(http.StatusBadRequest, api.CodeBadRequest, format, args...)
}

func writeError(w http.ResponseWriter, err error) {
	status, body := http.StatusInternalServerError, api.Error{Code: api.CodeFailed, Message: err.Error(), Explain: explain.Code(err)}
	var mine *refused
	var theirs *api.Error
	switch {
	case errors.As(err, &mine):
		status, body = mine.status, mine.body
		body.Message = err.Error()
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
