package configs

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/redact"
)

// Probe tells whether a running service works, by exactly one of an HTTP
// request, a connection and a command.
type Probe struct {
	HTTP        string   // a path on the service's port, or a URL
	TCP         string   // host:port
	Exec        []string // a command
	Every       time.Duration
	Timeout     time.Duration
	Failures    int           // this many in a row make the service degraded
	StartPeriod time.Duration // failures before the first success don't count for this long
	Restart     bool          // a degraded service is restarted
}

// probeTypes lists what a probe can ask. A probe has exactly one of these keys,
// and the type is called like it.
func probeTypes() []probeType {
	return []probeType{
		{"http", "http, the path to ask for", func(p *Probe) bool { return p.HTTP != "" }},
		{"tcp", "tcp", func(p *Probe) bool { return p.TCP != "" }},
		{"exec", "exec", func(p *Probe) bool { return len(p.Exec) > 0 }},
	}
}

type probeType struct {
	name  string
	words string // in the error of a probe that has none
	set   func(*Probe) bool
}

// ProbeTypes returns the names of the types of probes. Packages
// supervisor/probe and export know each of them.
func ProbeTypes() (names []string) {
	for _, t := range probeTypes() {
		names = append(names, t.name)
	}
	return names
}

// Type returns what the probe asks, one of ProbeTypes, and "" for none.
func (p *Probe) Type() string {
	for _, t := range probeTypes() {
		if t.set(p) {
			return t.name
		}
	}
	return ""
}

func probeKeys() []Key {
	keys := []Key{
		{Name: "probe.http", Shown: ShowURL, Example: `"/healthz"`,
			Doc: "A path on the service's port, or a URL, that answers 2xx while the service works. " +
				"While it does not, the service is degraded.",
			Value: text("path or URL", func(s *Service) *string { return &probeOf(s).HTTP }, "", checkProbeURL)},
		{Name: "probe.tcp", Shown: ShowAll, Instead: "http", Example: `"127.0.0.1:6379"`,
			Doc:   "Instead of http: an address that accepts connections while the service works.",
			Value: text("address", func(s *Service) *string { return &probeOf(s).TCP }, "", checkProbeTCP)},
		{Name: "probe.exec", Shown: ShowCommand, Instead: "http", Example: `["redis-cli", "ping"]`,
			Doc:   "Instead of http: a command that ends with exit status 0 while the service works.",
			Value: command(func(s *Service) *[]string { return &probeOf(s).Exec }, false)},
		{Name: "probe.every",
			Doc:   "The time from one question to the next.",
			Value: span(func(s *Service) *time.Duration { return &probeOf(s).Every }, 5*time.Second, 10*time.Millisecond)},
		{Name: "probe.timeout",
			Doc:   "How long the answer may take.",
			Value: span(func(s *Service) *time.Duration { return &probeOf(s).Timeout }, time.Second, time.Millisecond)},
		{Name: "probe.start_period", Example: `"30s"`,
			Doc:   "For this long after the start, failures before the first success don't count.",
			Value: span(func(s *Service) *time.Duration { return &probeOf(s).StartPeriod }, 0, 0)},
		{Name: "probe.restart",
			Doc:   "Restart the service when it is degraded, as often as restart.limit allows.",
			Value: boolean(func(s *Service) *bool { return &probeOf(s).Restart }, false)},
		{Name: "probe.failures",
			Doc:   "This many failures in a row make the service degraded.",
			Value: number(func(s *Service) *int { return &probeOf(s).Failures }, 3, 1, 1000)},
	}
	for i := range keys {
		keys[i].Exports = Exports{to("healthcheck"), to("readinessProbe"), to("Checks"), to("a timer with a unit of its own")}
	}
	return keys
}

// probeOf is the probe of a service, which gets one with the defaults if it
// has none.
func probeOf(s *Service) *Probe {
	if s.Probe == nil {
		s.Probe = &Probe{}
		for _, k := range probeKeys() {
			k.Value.reset(s)
		}
	}
	return s.Probe
}

func checkProbeURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || !strings.HasPrefix(text, "/") && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return fmt.Errorf("expected a path that begins with /, or a URL such as http://127.0.0.1:8000/, got %q",
			redact.URL(text))
	}
	return nil
}

func checkProbeTCP(text string) error {
	host, port, err := net.SplitHostPort(text)
	if n, wrong := strconv.Atoi(port); err != nil || host == "" || wrong != nil || n < 1 || n > 65535 {
		return fmt.Errorf("expected an address with a port, such as 127.0.0.1:6379, got %q", text)
	}
	return nil
}

// probe checks that there is exactly one question, and that it can be asked.
func (d *decoder) probe(s *Service, flat map[string]any) {
	if s.Probe == nil {
		return
	}
	here := []string{"service", s.Name, "probe"}
	var asked, words []string
	for _, t := range probeTypes() {
		words = append(words, t.words)
		if flat["probe."+t.name] != nil {
			asked = append(asked, t.name)
		}
	}
	last := len(words) - 1
	switch {
	case len(asked) == 0:
		d.fail(here, "probe needs %s", words[0]+"; or "+strings.Join(words[1:], ", or "))
	case len(asked) > 1:
		d.fail(append(here, asked[1]), "probe: expected one of %s and %s, got %s",
			strings.Join(ProbeTypes()[:last], ", "), ProbeTypes()[last], strings.Join(asked, " and "))
	case s.Port == NoPort && strings.HasPrefix(s.Probe.HTTP, "/"):
		d.fail(here, "probe: there is no port to ask on; "+
			"expected http to be a URL, or the service to have port = NUMBER")
	}
}
