// Webcam is a camera with controls that needs no device: it passes on the
// pictures of another camera service, whose address is its only argument, and
// answers for the controls of a common webcam itself. It shows what a
// dashboard shows of such a camera on machines that have none.
//
// It is a service as any: it serves on descriptor 3 and reports its metrics on
// the socket that AMMAR_CONTROL names.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func main() {
	if err := serve(os.Args[1:], os.Getenv("AMMAR_CONTROL")); err != nil {
		fmt.Fprintln(os.Stderr, "webcam:", err)
		os.Exit(1)
	}
}

// listener is where sd_listen_fds(3) puts the first one.
const listener = 3

// serve ends with the process.
func serve(args []string, control string) error {
	if len(args) != 1 {
		return fmt.Errorf("expected the address of a camera, such as http://127.0.0.1:8081, got %q", args)
	}
	from, err := url.Parse(args[0])
	if err != nil {
		return fmt.Errorf("cannot read the address of the camera: %w", err)
	}
	public, err := net.FileListener(os.NewFile(listener, "listener"))
	if err != nil {
		return fmt.Errorf("cannot use the listener, start it with ammarctl: %w", err)
	}
	private, err := net.Listen("unix", control)
	if err != nil {
		return fmt.Errorf("cannot listen on AMMAR_CONTROL: %w", err)
	}
	ended := make(chan error, 2)
	go func() { ended <- http.Serve(private, http.HandlerFunc(metrics)) }()
	go func() { ended <- http.Serve(public, handler(from)) }()
	return <-ended
}

func handler(from *url.URL) http.Handler {
	p := panel{list: controls()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /controls", p.tell)
	mux.HandleFunc("POST /controls", p.set)
	mux.Handle("/", httputil.NewSingleHostReverseProxy(from))
	return mux
}

// metrics are those by which a supervisor knows a camera.
func metrics(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/metrics" {
		fmt.Fprint(w, "# TYPE ammar_http_connections gauge\nammar_http_connections 1\n"+
			"# TYPE ammar_camera_fps gauge\nammar_camera_fps 15\n"+
			"# TYPE ammar_camera_clients gauge\nammar_camera_clients 1\n"+
			"# TYPE ammar_camera_capturing gauge\nammar_camera_capturing 1\n")
	}
}

// panel holds the controls.
type panel struct {
	mu   sync.Mutex
	list []api.Control
}

func (p *panel) tell(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(api.Controls{Device: "/dev/video0", Controls: p.list})
}

func (p *panel) set(w http.ResponseWriter, r *http.Request) {
	var wanted map[string]int
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	for i := range p.list {
		if v, ok := wanted[p.list[i].ID]; ok {
			p.list[i].Value = v
		}
	}
	p.mu.Unlock()
	p.tell(w, r)
}

// controls are a common webcam's, with one of each kind.
func controls() []api.Control {
	return []api.Control{
		{ID: "brightness", Name: "Brightness", Type: "int", Min: -64, Max: 64, Step: 4, Value: 12},
		{ID: "contrast", Name: "Contrast", Type: "int", Max: 64, Step: 1, Value: 32, Default: 32},
		{ID: "saturation", Name: "Saturation", Type: "int", Max: 128, Step: 1, Value: 64, Default: 64},
		{ID: "white_balance_automatic", Name: "White Balance, Automatic", Type: "bool", Max: 1, Step: 1, Value: 1,
			Default: 1},
		{ID: "white_balance_temperature", Name: "White Balance Temperature", Type: "int", Min: 2800, Max: 6500, Step: 10,
			Value: 4600, Default: 4600, Inactive: true},
		{ID: "power_line_frequency", Name: "Power Line Frequency", Type: "menu", Max: 2, Step: 1, Value: 1, Default: 1,
			Menu: []api.MenuItem{{Value: 0, Name: "Disabled"}, {Value: 1, Name: "50 Hz"}, {Value: 2, Name: "60 Hz"}}},
		{ID: "auto_exposure", Name: "Auto Exposure", Type: "menu", Max: 3, Step: 1, Value: 1, Default: 3,
			Menu: []api.MenuItem{{Value: 1, Name: "Manual Mode"}, {Value: 3, Name: "Aperture Priority Mode"}}},
		{ID: "exposure_time_absolute", Name: "Exposure Time, Absolute", Type: "int", Min: 1, Max: 5000, Step: 1, Value: 312,
			Default: 157},
	}
}
