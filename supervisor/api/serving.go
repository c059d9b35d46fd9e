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
	Link           string    `json:"link"`      // the ID of the link that is used; empty: none
	Direction      string    `json:"direction"` // download or upload
	Path           string    `json:"path"`
	DoneBytes      int64     `json:"done_bytes"`
	TotalBytes     int64     `json:"total_bytes"` // -1: not known
	BytesPerSecond float64   `json:"bytes_per_second"`
	Since          time.Time `json:"since"`
	UserAgent      string    `json:"user_agent"`
}

// TransferLimits are the bandwidths of a files service in bytes per second; 0
// is none. They last as long as its process; those of the configuration are
// what it begins with.
type TransferLimits struct {
	Share   int64            `json:"share_bytes_per_second"`  // all clients together
	Client  int64            `json:"client_bytes_per_second"` // each client
	Clients map[string]int64 `json:"clients"`                 // those with a limit of their own, by Transfer.Client
}

// Link opens one file or folder of a files service to anyone with its token. Only its
// maker learns the token.
type Link struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`   // below the shared folder; "." is all of it
	Folder    bool      `json:"folder"` // everything below Name
	By        string    `json:"by"`     // the user who made it
	Made      time.Time `json:"made"`
	Expires   time.Time `json:"expires,omitzero"` // zero: never
	Downloads int       `json:"downloads"`        // how many may be begun; 0: any number
	Begun     int       `json:"begun"`            // downloads so far
}
