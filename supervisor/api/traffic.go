package api

// Where the numbers about a service's requests come from.
const (
	SourceMetrics   = "metrics"    // the program reports them
	SourceAccessLog = "access log" // its log has a line for each request
	SourceSockets   = "sockets"    // the kernel tells of its connections only
)

// Sockets is what the kernel tells of the TCP connections to a service.
type Sockets struct {
	Open             int     `json:"open"`   // connections, with those that wait to be accepted
	Queued           int     `json:"queued"` // of them, those that wait
	ConnectionsTotal uint64  `json:"connections_total"`
	PerSecond        float64 `json:"connections_per_second"`
	InTotal          uint64  `json:"in_bytes_total"`  // bytes from clients
	OutTotal         uint64  `json:"out_bytes_total"` // bytes that clients have acknowledged
	InPerSecond      float64 `json:"in_bytes_per_second"`
	OutPerSecond     float64 `json:"out_bytes_per_second"`
	RTTMS            float64 `json:"rtt_ms"` // mean round-trip time; 0: not known
}

// Answers counts the answers in an access log by their status.
type Answers struct {
	Informational uint64 `json:"1xx"`
	Success       uint64 `json:"2xx"`
	Redirection   uint64 `json:"3xx"`
	ClientError   uint64 `json:"4xx"`
	ServerError   uint64 `json:"5xx"`
}
