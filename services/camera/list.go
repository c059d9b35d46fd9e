package camera

import (
	"encoding/json"
	"net/http"
)

// Devices lists this machine's cameras and their formats. It opens each for a
// moment, but starts none. It returns an error if this build has no cameras.
func Devices() ([]Device, error) { return newDevices().survey() }

// Device is a camera as GET /devices lists it. Field names are stable.
type Device struct {
	Device  string   `json:"device"`
	Card    string   `json:"card"`
	Bus     string   `json:"bus"`
	HeldBy  string   `json:"held_by"` // another process that has it open: "cheese, pid 12"
	Error   string   `json:"error"`   // why it cannot be used, and a remedy
	Formats []Format `json:"formats"`
}

// Format is a pixel format of a camera with its sizes.
type Format struct {
	Format string   `json:"format"`
	Usable bool     `json:"usable"` // this service can serve it
	Sizes  []string `json:"sizes"`  // "640x480", or "32x32 to 1920x1080 by 8x2"
}

// serveDevices lists the machine's cameras. None is started.
func serveDevices(w http.ResponseWriter, _ *http.Request) {
	answer := struct {
		Devices []Device `json:"devices"`
		Error   string   `json:"error"` // why cameras cannot be listed
	}{Devices: []Device{}}
	all, err := Devices()
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
