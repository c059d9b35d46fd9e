package configs

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/redact"
)

// identityKeys say what a service is and where it listens.
func identityKeys() []Key {
	return []Key{
		{Name: "name", internal: true, Shown: ShowAll, Exports: everywhere(to("the name of its job")),
			Value: custom("string", func(s *Service) *string { return &s.Name }, "", "", nil)},
		{Name: "replica_of", internal: true, Shown: ShowAll, Exports: everywhere(to("the number of replicas")),
			Value: custom("string", func(s *Service) *string { return &s.ReplicaOf }, "", "", nil)},
		{Name: "transient", internal: true, Exports: everywhere(to("nothing: it is not in the configuration")),
			Value: boolean(func(s *Service) *bool { return &s.Transient }, false)},
		{Name: "kind", Shown: ShowAll, Example: `"files"`, Exports: everywhere(to("the command line")),
			Doc: `What it is: ` + quotedKinds() + ` for any executable. The table's name says it for ` + builtinTables() +
				`; a table with exec is "exec".`,
			Value: text("string", func(s *Service) *string { return &s.Kind }, "", nil)},
		{Name: "exec", Kinds: []string{kind.Exec}, Shown: ShowCommand, Example: `["./hello", "--greeting", "hi"]`,
			Exports: Exports{to("entrypoint, command"), to("command, args"), to("entrypoint, args"), to("ExecStart")},
			Doc: "The program and its arguments, as a list, or as text that is split into words as a shell does. " +
				"A name without a slash is looked for in PATH, a relative path from dir. " +
				"`${PORT}` in it is the service's port.",
			Value: command(func(s *Service) *[]string { return &s.Exec }, true)},
		{Name: "shell", Kinds: []string{kind.Exec}, Instead: "exec", Shown: ShowCommand,
			Example: `"cd web && exec ./serve | tee log"`,
			Exports: Exports{to("entrypoint, command"), to("command, args"), to("entrypoint, args"), to("ExecStart")},
			Doc: "Instead of exec: a line that `sh -c` runs. Its variables are those of the service's environment, " +
				"put in by the shell.",
			Value: shellLine{text("line", func(s *Service) *string { return &s.Shell }, "", nil).(field[string])}},
		{Name: "port", Example: "8080", Flag: "port",
			Exports: Exports{to("ports"), to("ports, Service"), to("ReservedPorts"), to("ListenStream")},
			Doc: "The port to listen on. `\"auto\"` takes a free one and keeps it while the instance lives. " +
				"An exec service finds it in `PORT`, and needs none: the ports that it opens by itself are shown too.",
			Value: field[int]{typ: "port", at: func(s *Service) *int { return &s.Port }, safe: true, always: true,
				parse: func(_ *int, s *Service, v any) error { return setPort(s, v) }, write: portText}},
		{Name: "bind", Shown: ShowAll, Flag: "bind",
			Exports: Exports{to("host_ip"), to("Service"), to("HostNetwork"), to("ListenStream")},
			Doc:     `The address to listen on. "0.0.0.0" or "::" opens the service to the network.`,
			Value:   text("address", func(s *Service) *string { return &s.Bind }, "127.0.0.1", checkBind)},
	}
}

// quotedKinds is `"files", "camera", "status", or "exec"`, for a sentence.
func quotedKinds() string {
	var names []string
	for _, name := range kind.Names() {
		names = append(names, strconv.Quote(name))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + ", or " + names[last]
}

func builtinTables() string {
	var names []string
	for _, name := range builtin() {
		names = append(names, "[service."+name+"]")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// NoPort is the Port of a service that is not told where to listen, and FreePort
// of one whose port the supervisor chooses.
const (
	NoPort   = -1
	FreePort = 0
)

func setPort(s *Service, v any) error {
	n, ok := v.(int64)
	switch opensOwn := !kind.Of(s.Kind).Builtin; {
	case ok && n == NoPort && opensOwn, ok && n >= 1 && n <= 65535:
		s.Port = int(n)
		return nil
	case v == "auto":
		s.Port = FreePort
		return nil
	}
	err := fmt.Errorf(`expected a port number from 1 to 65535 or "auto", got %s`, show(v))
	return meant(err, portMeant(v))
}

// portMeant is the port in a text such as "8080", ":8080", "0.0.0.0:8080" or
// "8080:80", as it is written here; empty when there is none.
func portMeant(v any) string {
	text, _ := v.(string)
	host, port, found := strings.Cut(text, ":")
	if !found {
		host, port = "", text
	}
	if n, err := strconv.Atoi(host); err == nil { // of a container engine: the first one is this machine's
		return strconv.Itoa(n)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return ""
	}
	return port
}

func portText(port int) string {
	switch port {
	case NoPort:
		return "none"
	case FreePort:
		return `"auto"`
	}
	return strconv.Itoa(port)
}

// checkBind accepts what net.Listen accepts before the port.
func checkBind(text string) error {
	if _, err := netip.ParseAddr(text); err != nil && !hostName().MatchString(text) {
		return fmt.Errorf(`expected an address without a port, such as "127.0.0.1" or "::", got %q`, text)
	}
	return nil
}

// hostName is a name as in RFC 1123 section 2.1, with at least one letter, so
// that a mistyped IPv4 address is not one.
var hostName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9.-]*[A-Za-z][A-Za-z0-9.-]*$`)
})

func checkMetrics(text string) error {
	u, err := url.Parse(text)
	if err != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.Host == "" {
		return fmt.Errorf("expected a URL like http://127.0.0.1:9090/metrics, got %q", redact.URL(text))
	}
	return nil
}
