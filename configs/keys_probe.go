package configs

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
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

	// For HTTP alone.
	Headers   map[string]string // sent with the request
	Status    string            // the codes that mean success: "204", "200-399", "2xx,401"; empty: 2xx
	Redirects bool              // they are followed; else one is an answer like any other
	Insecure  bool              // the certificate of a URL is not checked
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
		{Name: "probe.headers", Shown: ShowNames, With: "probe.http", Example: `{ Host = "example.org" }`,
			Exports: Exports{to("healthcheck"), to("httpHeaders"), to("Header"), lost("ammarctl probe sends none")},
			Doc:     "Headers of the request.",
			Value: custom("table of strings", func(s *Service) *map[string]string { return &probeOf(s).Headers }, nil, "",
				func(to *map[string]string, _ *Service, v any) error { return setHeaders(to, v) })},
		{Name: "probe.status", Shown: ShowAll, With: "probe.http", Example: `"200-399,401"`,
			Exports: everywhere(lost("its codes for success cannot be chosen there")),
			Doc:     `The codes that mean success, such as 204, "2xx" or "200-399,401"; by default 2xx.`,
			Value: custom("status codes", func(s *Service) *string { return &probeOf(s).Status }, "", "",
				func(to *string, _ *Service, v any) error { return setStatus(to, v) })},
		{Name: "probe.follow_redirects", With: "probe.http",
			Exports: Exports{lost("wget follows them"), lost("the kubelet follows those to the same host"),
				lost("Nomad follows them"), lost("ammarctl probe does not follow them")},
			Doc:   "Follow redirects, up to 10. Without it a redirect is an answer with its own code, 3xx.",
			Value: boolean(func(s *Service) *bool { return &probeOf(s).Redirects }, false)},
		{Name: "probe.insecure_tls", With: "probe.http",
			Exports: Exports{lost("wget checks the certificate"), lost("the kubelet never checks the certificate"),
				to("TLSSkipVerify"), lost("ammarctl probe never checks the certificate")},
			Doc:   "Accept any certificate of an https:// URL. That of the service itself, asked by a path, is always accepted.",
			Value: boolean(func(s *Service) *bool { return &probeOf(s).Insecure }, false)},
	}
	for i := range keys {
		if keys[i].Exports != (Exports{}) {
			continue
		}
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

// setHeaders reads a table of headers. Its errors never show a value.
func setHeaders(to *map[string]string, v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf(`expected a table like { Host = "example.org" }, got %s`, describeType(v))
	}
	*to = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		text, ok := table[name].(string)
		if name == "" || strings.ContainsAny(name, " \t\r\n:") || !ok || strings.ContainsAny(text, "\r\n\x00") {
			return &insideError{name, fmt.Errorf("probe.headers: expected the name of a header, and its text on one line, "+
				"for %q", name)}
		}
		(*to)[name] = text
	}
	return nil
}

func setStatus(to *string, v any) error {
	text, isText := v.(string)
	if n, isNumber := v.(int64); isNumber {
		text, isText = strconv.FormatInt(n, 10), true
	}
	if _, err := ParseStatus(text); err != nil || !isText {
		return fmt.Errorf(`expected status codes such as 204, "2xx" or "200-399,401", got %s`, show(v))
	}
	*to = text
	return nil
}

// ParseStatus reads the value of probe.status, and returns a function that
// tells whether a code is one of them.
func ParseStatus(text string) (has func(code int) bool, err error) {
	type span struct{ low, high int }
	var spans []span
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		if digit, isClass := strings.CutSuffix(strings.ToLower(part), "xx"); isClass {
			first, last = digit+"00", digit+"99"
		}
		low, err := strconv.Atoi(strings.TrimSpace(first))
		high, err2 := strconv.Atoi(strings.TrimSpace(last))
		if err != nil || err2 != nil || low < 100 || high > 599 || low > high {
			return nil, fmt.Errorf("expected a status code from 100 to 599, got %q", part)
		}
		spans = append(spans, span{low, high})
	}
	return func(code int) bool {
		return slices.ContainsFunc(spans, func(s span) bool { return s.low <= code && code <= s.high })
	}, nil
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
