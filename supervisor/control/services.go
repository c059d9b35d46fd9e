package control

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func (s *Server) info(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, s.engine.Info())
	return nil
}

func (s *Server) services(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, s.list())
	return nil
}

// list is never nil, so that it is an array in JSON.
func (s *Server) list() []api.Service {
	if all := s.engine.Services(); all != nil {
		return all
	}
	return []api.Service{}
}

func (s *Server) service(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	var names []string
	for _, svc := range s.engine.Services() {
		if svc.Name == name {
			writeJSON(w, http.StatusOK, svc)
			return nil
		}
		names = append(names, svc.Name)
	}
	return api.Explained(api.CodeNoSuchService, "no-such-service", "no service is called %q; there are: %s",
		name, strings.Join(names, ", "))
}

func (s *Server) past(w http.ResponseWriter, r *http.Request) error {
	spans, err := s.engine.History(r.PathValue("name"), r.FormValue("span"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, api.History{Service: r.PathValue("name"), Spans: spans})
	return nil
}

func (s *Server) settings(w http.ResponseWriter, r *http.Request) error {
	list, err := s.engine.Settings(r.PathValue("name"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// current returns the instance as it is now.
func (s *Server) current() api.Snapshot {
	return api.Snapshot{Time: time.Now(), Info: s.engine.Info(), Services: s.list()}
}

func (s *Server) snapshot(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, s.current())
	return nil
}

// operation makes a handler of a slow operation. It continues when the client leaves,
// and ends with the server.
func operation(do func(Engine, context.Context, string) error) func(*Server, http.ResponseWriter, *http.Request) error {
	return func(s *Server, w http.ResponseWriter, r *http.Request) error {
		name := r.PathValue("name")
		return s.run(w, r, func(ctx context.Context) (any, error) {
			if err := do(s.engine, ctx, name); err != nil {
				return nil, err
			}
			return struct{}{}, nil
		})
	}
}

func (s *Server) share(w http.ResponseWriter, r *http.Request) error {
	var req api.ShareRequest
	if err := readJSON(r, &req); err != nil {
		return err
	}
	return s.run(w, r, func(ctx context.Context) (any, error) { return s.engine.Share(ctx, req) })
}

func (s *Server) runProgram(w http.ResponseWriter, r *http.Request) error {
	var req api.RunRequest
	if err := readJSON(r, &req); err != nil {
		return err
	}
	return s.run(w, r, func(ctx context.Context) (any, error) { return s.engine.Run(ctx, req) })
}

func (s *Server) reload(w http.ResponseWriter, r *http.Request) error {
	var req api.ReloadRequest
	if err := readJSON(r, &req); err != nil {
		return err
	}
	return s.run(w, r, func(ctx context.Context) (any, error) { return s.engine.Reload(ctx, req) })
}

func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) error {
	var req api.UpgradeRequest
	if err := readJSON(r, &req); err != nil {
		return err
	}
	return s.run(w, r, func(ctx context.Context) (any, error) { return struct{}{}, s.engine.Upgrade(ctx, req) })
}

// run answers with what do returns, if the client waits for it.
func (s *Server) run(w http.ResponseWriter, r *http.Request, do func(context.Context) (any, error)) error {
	type outcome struct {
		value any
		err   error
	}
	done := make(chan outcome, 1)
	s.ops.Go(func() {
		v, err := do(s.ctx)
		done <- outcome{v, err}
	})
	select {
	case <-r.Context().Done(): // the client left, unless it is us who leave
		return &api.Error{Code: api.CodeConflict, Message: "the supervisor is ending; whether this was done is not known"}
	case o := <-done:
		if o.err == nil {
			writeJSON(w, http.StatusOK, o.value)
		}
		return o.err
	}
}

func (s *Server) signal(w http.ResponseWriter, r *http.Request) error {
	var req api.SignalRequest
	if err := readJSON(r, &req); err != nil {
		return err
	}
	return s.run(w, r, func(ctx context.Context) (any, error) {
		return struct{}{}, s.engine.Signal(ctx, r.PathValue("name"), req)
	})
}

func (s *Server) scale(w http.ResponseWriter, r *http.Request) error {
	var req api.ScaleRequest
	if err := readJSON(r, &req); err != nil {
		return err
	}
	return s.run(w, r, func(ctx context.Context) (any, error) { return s.engine.Scale(ctx, r.PathValue("name"), req) })
}

func (s *Server) down(w http.ResponseWriter, r *http.Request) error {
	var req api.DownRequest
	if r.ContentLength != 0 { // a client of an older version sends none
		if err := readJSON(r, &req); err != nil {
			return err
		}
	}
	writeJSON(w, http.StatusAccepted, struct{}{})
	_ = http.NewResponseController(w).Flush()
	s.engine.Down(req.Force)
	return nil
}
