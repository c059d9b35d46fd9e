package server

import (
	"encoding/json"
	"net/http"
	"time"
)

// Stats is what one server has done and does.
type Stats struct {
	Since       time.Time `json:"since"` // when New made it
	Requests    uint64    `json:"requests"`
	BytesSent   uint64    `json:"bytes_sent"`
	Connections int64     `json:"connections"`
	Streams     int64     `json:"streams"`
	Workers     int       `json:"workers"`
	Busy        int       `json:"busy"`
	Queued      int       `json:"queued"`
	Rejected    uint64    `json:"rejected"`
}

// Stats are of this server only, however many the process has.
func (s *Server) Stats() Stats {
	busy, queued := s.pool.load()
	st := Stats{Since: s.since, BytesSent: s.count.bytes.Load(), Connections: s.count.connections.Load(),
		Streams: s.count.streams.Load(), Workers: int(s.pool.size), Busy: int(busy), Queued: int(queued),
		Rejected: s.pool.rejected.Load()}
	for code := range s.count.codes {
		st.Requests += s.count.codes[code].Load()
	}
	return st
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // fails only if the client left
}
