package camera

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// metrics reads all values from the hub at one moment, when they are scraped.
// Capturing a frame costs nothing extra.
type metrics struct {
	hub                                  *hub
	frames, fps, clients, age, capturing *prometheus.Desc
	sent, bytes, drops, encoding, picked *prometheus.Desc
}

// register adds the camera's metrics.
func register(reg *prometheus.Registry, h *hub) error {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return reg.Register(&metrics{
		hub:     h,
		frames:  desc(contract.MetricCameraFrames, "Pictures captured."),
		fps:     desc(contract.MetricCameraFPS, "Pictures per second over the last two seconds."),
		clients: desc(contract.MetricCameraClients, "Streams and waiting snapshots."),
		age: desc(contract.MetricCameraFrameAge,
			"Seconds since the newest picture was captured; 0 while there is none."),
		capturing: desc(contract.MetricCameraCapturing, "1 while the camera is open."),
		sent:      desc("ammar_camera_frames_sent_total", "Pictures sent on streams."),
		bytes:     desc("ammar_camera_bytes_sent_total", "Bytes sent on streams."),
		drops:     desc("ammar_camera_dropped_total", "Pictures left out, of the camera or of one stream.", "reason"),
		encoding:  desc("ammar_camera_encode_seconds_total", "Time spent on making JPEG files of pictures."),
		picked:    desc("ammar_camera_encoded_total", "Pictures of which a JPEG file was made, or taken from the camera."),
	})
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, to) }

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	s := m.hub.snapshot()
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	gauge := func(d *prometheus.Desc, v float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	counter(m.frames, float64(s.Frames))
	gauge(m.fps, s.FPS)
	gauge(m.clients, float64(s.Clients))
	gauge(m.age, s.FrameAgeSeconds)
	capturing := 0.0
	if s.Capturing {
		capturing = 1
	}
	gauge(m.capturing, capturing)
	counter(m.sent, float64(s.SentFrames))
	counter(m.bytes, float64(s.SentBytes))
	encoded, seconds := m.hub.encodings()
	counter(m.picked, float64(encoded))
	counter(m.encoding, seconds)
	for reason, n := range s.Drops.byReason() {
		counter(m.drops, float64(n), reason)
	}
}

func (d drops) byReason() map[string]uint64 {
	return map[string]uint64{"damaged": d.Damaged, "broken": d.Broken, "short": d.Short, "overtaken": d.Overtaken,
		"dark": d.Dark, "slow": d.Slow, "fps": d.FPS, "same": d.Same}
}
