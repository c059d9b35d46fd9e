package camera

import (
	"encoding/json"
	"net/http"
)

// found is a camera as GET /devices lists it. Field names are stable.
type found struct {
	Device  string        `json:"device"`
	Card    string        `json:"card"`
	Bus     string        `json:"bus"`
	Error   string        `json:"error"` // why it cannot be used, and what would help
	Formats []foundFormat `json:"formats"`
}

// foundFormat is a pixel format with the sizes that the camera has for it.
type foundFormat struct {
	Format string   `json:"format"`
	Usable bool     `json:"usable"` // it can be served
	Sizes  []string `json:"sizes"`  // "640x480", or "32x32 to 1920x1080 by 8x2"
}

// serveDevices lists the machine's cameras. None is started.
func serveDevices(w http.ResponseWriter, _ *http.Request) {
	answer := struct {
		Devices []found `json:"devices"`
		Error   string  `json:"error"` // why cameras cannot be looked for
	}{Devices: []found{}}
	all, err := newDevices().survey()
	if err != nil {
		answer.Error = err.Error()
	}
	answer.Devices = append(answer.Devices, all...)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(answer) // the only error is a client that has gone
}
