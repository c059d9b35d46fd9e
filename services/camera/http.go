package camera

import (
	"encoding/json"
	"net/http"
)

// registrar is the part of a server that routes need.
type registrar interface {
	Handle(pattern string, h http.Handler)
	Stream(pattern string, h http.Handler)
}

// routes registers all paths of the service.
func routes(to registrar, h *hub) {
	to.Handle("GET /{$}", newPage())
	to.Handle("GET /cam.jpg", snapshotHandler{h})
	controls := controlsHandler{hub: h, open: h.panel}
	to.Handle("GET /controls", controls)
	to.Handle("POST /controls", controls)
	to.Stream("GET /clip.mjpeg", clipHandler{h})
	to.Handle("GET /devices", http.HandlerFunc(serveDevices))
	to.Handle("GET /state", http.HandlerFunc(h.serveState))
	to.Stream("GET /stream.mjpg", streamHandler{h})
}

func (h *hub) serveState(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(h.snapshot()) // fails only if the client left
}
