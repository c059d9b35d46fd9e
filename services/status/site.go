package status

import (
	"context"
	"net/http"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// engine is the part of a client that the pages need.
type engine interface {
	watcher
	History(ctx context.Context, name, span string) (api.History, error)
	Settings(ctx context.Context, name string) ([]api.Setting, error)
	Transfers(ctx context.Context, s api.Service) ([]api.Transfer, error)
	Picture(ctx context.Context, s api.Service) ([]byte, error)
	Logs(ctx context.Context, q client.LogQuery, fn func(api.LogLine) error) error
	Start(ctx context.Context, name string) error
	Stop(ctx context.Context, name string) error
	Restart(ctx context.Context, name string) error
}

// site serves all pages.
type site struct {
	*hub
	engine engine
	own    string  // the name of the service that serves these pages
	logins *logins // of those that may start and stop services; nil: disabled
}

// router is the part of a server that mount needs.
type router interface {
	Handle(pattern string, h http.Handler)
	Stream(pattern string, h http.Handler)
}

func mount(r router, s *site) {
	r.Handle("GET /{$}", secured(s.page))
	r.Handle("GET /status.json", secured(s.json))
	r.Handle("GET /metrics", secured(s.metrics))
	r.Handle("GET /style.css", asset("text/css; charset=utf-8", styleCSS))
	r.Handle("GET /live.js", asset("text/javascript; charset=utf-8", liveJS))
	r.Handle("GET /log.js", asset("text/javascript; charset=utf-8", logJS))
	r.Stream("GET /events", secured(s.events))
	r.Handle("GET /services/{name}", secured(s.detailPage))
	r.Handle("GET /services/{name}/picture.jpg", secured(s.picture))
	r.Stream("GET /services/{name}/events", secured(s.detailEvents))
	r.Stream("GET /services/{name}/log", secured(s.follow))
	if s.logins == nil {
		return
	}
	r.Handle("GET /login", secured(s.loginPage))
	r.Handle("POST /login", secured(s.login))
	r.Handle("POST /logout", secured(s.logout))
	r.Handle("POST /services/{name}/{verb}", secured(s.operate))
}

// find returns the last known state of a service.
func (s *site) find(name string) (api.Service, bool) {
	snap, _, _ := s.state()
	for _, svc := range snap.Services {
		if svc.Name == name {
			return svc, true
		}
	}
	return api.Service{}, false
}
