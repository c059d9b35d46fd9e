package control

import (
	"fmt"
	"net/http"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// How long a profile of the processor looks, in seconds.
const (
	usualProfile   = 5
	longestProfile = 60
)

// metrics tells of the supervisor's own process.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	return nil
}

// profile writes one of the runtime's profiles.
func (s *Server) profile(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("profile")
	if name == "profile" {
		return s.processor(w, r)
	}
	p := pprof.Lookup(name)
	if p == nil {
		return refuse(http.StatusNotFound, api.CodeNotFound,
			"there is no profile %q; expected heap, allocs, goroutine, threadcreate, block, mutex or profile", name)
	}
	debug, err := number(r.FormValue("debug"), 0, 2)
	if err != nil {
		return badRequest("debug: %v", err)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if debug > 0 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	_ = p.WriteTo(w, debug) // the client left
	return nil
}

// processor looks at what the processor does for a while.
func (s *Server) processor(w http.ResponseWriter, r *http.Request) error {
	seconds, err := number(r.FormValue("seconds"), usualProfile, longestProfile)
	if err != nil {
		return badRequest("seconds: %v", err)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := pprof.StartCPUProfile(w); err != nil {
		return &api.Error{Code: api.CodeConflict, Message: "somebody else is taking a profile: " + err.Error()}
	}
	defer pprof.StopCPUProfile()
	pause(r, time.Duration(seconds)*time.Second, nil)
	return nil
}

func number(text string, usual, most int) (int, error) {
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("expected a number from 0 to %d, got %q", most, text)
	}
	return n, nil
}
