package camera

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// muxRegistrar is a server as routes sees it.
type muxRegistrar struct{ *http.ServeMux }

func (m muxRegistrar) Stream(pattern string, h http.Handler) { m.Handle(pattern, h) }

// newTestHub is a hub that does not run yet.
func newTestHub(t *testing.T, open opener, linger time.Duration, always bool) *hub {
	t.Helper()
	return newHub("test", open, settings{quality: 80}, linger, always, slog.New(slog.DiscardHandler), func(string) {})
}

// start runs h until the test ends.
func start(t *testing.T, h *hub) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); h.run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

// serve serves h on a real port of the loopback.
func serve(t *testing.T, h *hub) *httptest.Server {
	t.Helper()
	return serveAs(t, h, (*httptest.Server).Start)
}

// serveAs serves h with a protocol of begin's choice.
func serveAs(t *testing.T, h *hub, begin func(*httptest.Server)) *httptest.Server {
	t.Helper()
	start(t, h)
	mux := http.NewServeMux()
	routes(muxRegistrar{mux}, h)
	// As the server does, streams are told when it ends.
	ctx, cancel := context.WithCancel(context.Background())
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		merged, stop := context.WithCancel(r.Context())
		defer stop()
		defer context.AfterFunc(ctx, stop)()
		mux.ServeHTTP(w, r.WithContext(merged))
	}))
	begin(srv)
	t.Cleanup(func() {
		cancel()
		srv.CloseClientConnections()
		srv.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return srv
}

func openTestPattern(want settings) opener {
	want.quality = 80
	return func(context.Context) (source, error) { return openPattern(want, ""), nil }
}

// readBarcode reads the frame's number from a decoded frame.
func readBarcode(img image.Image) uint64 {
	cell := barcodeCell(img.Bounds().Dx())
	number := uint64(0)
	for i := range barcodeBits {
		y := color.GrayModel.Convert(img.At(i*cell+cell/2, cell/2)).(color.Gray).Y
		number <<= 1
		if y > 127 {
			number |= 1
		}
	}
	return number
}

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%d bytes do not decode: %v", len(data), err)
	}
	return img
}

// part is one frame of a stream.
type part struct {
	sequence uint64
	captured time.Time
	fault    bool
	data     []byte
}

func openStream(t *testing.T, url string, client *http.Client) (*http.Response, *multipart.Reader) {
	t.Helper()
	resp, err := client.Get(url + "/stream.mjpg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/x-mixed-replace" {
		t.Fatalf("expected multipart/x-mixed-replace, got %q (%v)", resp.Header.Get("Content-Type"), err)
	}
	return resp, multipart.NewReader(resp.Body, params["boundary"])
}

func nextPart(t *testing.T, r *multipart.Reader) part {
	t.Helper()
	raw, err := r.NextRawPart()
	if err != nil {
		t.Fatalf("the stream ended: %v", err)
	}
	length, err := strconv.Atoi(raw.Header.Get("Content-Length"))
	if err != nil {
		t.Fatalf("Content-Length: %v", err)
	}
	var data bytes.Buffer
	if _, err := data.ReadFrom(raw); err != nil {
		t.Fatal(err)
	}
	if data.Len() != length {
		t.Fatalf("Content-Length %d, but %d bytes", length, data.Len())
	}
	sequence, err := strconv.ParseUint(raw.Header.Get("X-Sequence"), 10, 64)
	if err != nil {
		t.Fatalf("X-Sequence: %v", err)
	}
	captured, err := time.Parse(time.RFC3339Nano, raw.Header.Get("X-Capture-Time"))
	if err != nil {
		t.Fatalf("X-Capture-Time: %v", err)
	}
	return part{sequence, captured, raw.Header.Get("X-Placeholder") != "", data.Bytes()}
}
