package server

import (
	"fmt"
	"net/http"
	"runtime/pprof"
	"strconv"
	"time"
)

// longestProfile bounds the length of a CPU profile, in seconds.
const longestProfile = 60

// profiles adds the runtime's profiles to the control socket, and to nothing
// else: GET /pprof/heap, goroutine, allocs, block, mutex, threadcreate, and
// /pprof/profile?seconds=5 of the processor.
func profiles(mux *http.ServeMux) {
	mux.HandleFunc("GET /pprof/profile", profileProcessor)
	mux.HandleFunc("GET /pprof/{name}", func(w http.ResponseWriter, r *http.Request) {
		p := pprof.Lookup(r.PathValue("name"))
		if p == nil {
			http.Error(w, fmt.Sprintf("there is no profile %q", r.PathValue("name")), http.StatusNotFound)
			return
		}
		debug, _ := strconv.Atoi(r.FormValue("debug")) // 0 unless it is a number
		w.Header().Set("Content-Type", "application/octet-stream")
		_ = p.WriteTo(w, debug) // the client left
	})
}

func profileProcessor(w http.ResponseWriter, r *http.Request) {
	seconds, err := strconv.Atoi(r.FormValue("seconds"))
	if err != nil || seconds < 1 {
		seconds = 5
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := pprof.StartCPUProfile(w); err != nil {
		http.Error(w, "somebody else is taking a profile: "+err.Error(), http.StatusConflict)
		return
	}
	defer pprof.StopCPUProfile()
	timer := time.NewTimer(time.Duration(min(seconds, longestProfile)) * time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
