package camera

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// register adds the camera's metrics. They are read from the hub when asked
// for, so that a picture costs nothing more.
func register(reg *prometheus.Registry, h *hub) error {
	gauge := func(name, help string, value func(state) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
			func() float64 { return value(h.snapshot()) })
	}
	for _, c := range []prometheus.Collector{
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: contract.MetricCameraFrames,
			Help: "Pictures captured."}, func() float64 { return float64(h.snapshot().Frames) }),
		gauge(contract.MetricCameraFPS, "Pictures per second over the last two seconds.",
			func(s state) float64 { return s.FPS }),
		gauge(contract.MetricCameraClients, "Streams and waiting snapshots.",
			func(s state) float64 { return float64(s.Clients) }),
		gauge(contract.MetricCameraFrameAge, "Seconds since the newest picture was captured; 0 while there is none.",
			func(s state) float64 { return s.FrameAgeSeconds }),
		gauge(contract.MetricCameraCapturing, "1 while the camera is open.", func(s state) float64 {
			if s.Capturing {
				return 1
			}
			return 0
		}),
	} {
		if err := reg.Register(c); err != nil {
			return err
		}
	}
	return nil
}
