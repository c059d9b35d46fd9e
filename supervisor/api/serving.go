package api

import "time"

// Visitor is an address that uses a service, or has used it, as services that
// link server/ tell it on their control socket (GET /clients).
type Visitor struct {
	Address     string    `json:"address"` // "other": those that were not kept apart
	Connections int64     `json:"connections"`
	Requests    uint64    `json:"requests"`
	Bytes       uint64    `json:"bytes"` // sent to it
	Since       time.Time `json:"since"`
	Last        time.Time `json:"last"` // the start of its newest connection
}

// Transfer is a file on its way, as the files service tells it.
type Transfer struct {
	ID             string    `json:"id"`
	Client         string    `json:"client"`
	User           string    `json:"user"`
	Direction      string    `json:"direction"` // download or upload
	Path           string    `json:"path"`
	DoneBytes      int64     `json:"done_bytes"`
	TotalBytes     int64     `json:"total_bytes"` // -1: not known
	BytesPerSecond float64   `json:"bytes_per_second"`
	Since          time.Time `json:"since"`
}
