package export

import (
	"cmp"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/kind"
)

// question is one type of probe as the engines ask it.
type question struct {
	// resolve finds where p asks.
	resolve func(j *job, p *configs.Probe)
	// compose is the command that Docker runs inside the container.
	compose func(j *job) []string
	// kubernetes is the action of the kubelet with its name.
	kubernetes func(p *probe) (name string, action object)
	// nomad is a check of the port with this label. With nomadConsul it is run
	// as a command, which only Consul does.
	nomad       func(j *job, label string) object
	nomadConsul bool
	// systemd is a command for a timer. It is nil, or returns nil, where a timer
	// cannot ask.
	systemd func(u *unit) []string
}

// questions has each type of configs.ProbeTypes.
func questions() map[string]question {
	return map[string]question{
		"http": {resolve: resolveHTTP, compose: composeHTTP, kubernetes: kubernetesHTTP, nomad: nomadHTTP,
			systemd: systemdHTTP},
		"tcp": {resolve: resolveTCP, compose: composeTCP, kubernetes: kubernetesTCP, nomad: nomadTCP},
		"exec": {
			resolve: func(*job, *configs.Probe) {},
			compose: func(j *job) []string { return append([]string{"CMD"}, eachDollars(j.probe.exec)...) },
			kubernetes: func(p *probe) (string, object) {
				return "exec", object{"command": p.exec}
			},
			nomadConsul: true,
			nomad: func(j *job, _ string) object {
				argv := j.probe.exec
				return object{"Type": "script", "Command": argv[0], "Args": argv[1:], "TaskName": j.label}
			},
			systemd: func(u *unit) []string { return u.Probe.Exec },
		},
	}
}

func resolveHTTP(j *job, p *configs.Probe) {
	to := j.probe
	to.headers, to.insecure = p.Headers, p.Insecure
	if strings.HasPrefix(p.HTTP, "/") {
		to.scheme, to.port, to.path = "http", j.Port, p.HTTP
		if j.TLSCert != "" { // the certificate is not made out for the address of the request
			to.scheme, to.insecure = "https", true
		}
		if p.HTTP == healthz && j.builtin() {
			to.scheme, to.port = "http", j.metrics.port
		}
		return
	}
	u, err := url.Parse(p.HTTP)
	if err != nil {
		return // the configuration has been checked
	}
	to.scheme, to.host, to.port, to.path = u.Scheme, itself(u.Hostname()), portOf(u), cmp.Or(u.RequestURI(), "/")
}

// address is where a command inside the container asks.
func (p *probe) address() string {
	return net.JoinHostPort(cmp.Or(p.host, "127.0.0.1"), strconv.Itoa(p.port))
}

func composeHTTP(j *job) []string {
	p := j.probe
	at := p.scheme + "://" + p.address() + p.path
	if j.builtin() { // ammarctl brings its own client
		if len(p.headers) > 0 {
			j.note("probe.headers: ammarctl probe sends none")
		}
		return []string{"CMD", program, "probe", "--timeout=" + p.within.String(), dollars(at)}
	}
	j.note("probe: it is asked by wget, which its image has to have")
	command := []string{"CMD", "wget", "-q", "-O", "/dev/null"}
	for _, name := range slices.Sorted(maps.Keys(p.headers)) {
		command = append(command, "--header", dollars(name+": "+p.headers[name]))
	}
	return append(command, dollars(at))
}

func kubernetesHTTP(p *probe) (string, object) {
	action := object{"host": p.host, "port": p.port, "path": p.path, "scheme": strings.ToUpper(p.scheme)}
	var headers []object
	for _, name := range slices.Sorted(maps.Keys(p.headers)) {
		headers = append(headers, object{"name": name, "value": p.headers[name]})
	}
	if len(headers) > 0 {
		action["httpHeaders"] = headers
	}
	return "httpGet", action
}

func nomadHTTP(j *job, label string) object {
	p := j.probe
	check := object{"Type": "http", "PortLabel": label, "Path": p.path, "Protocol": p.scheme,
		"TLSSkipVerify": orNil(p.insecure, true)}
	headers := map[string][]string{}
	for name, value := range p.headers {
		headers[name] = []string{value}
	}
	if len(headers) > 0 {
		check["Header"] = headers
	}
	return check
}

func systemdHTTP(u *unit) []string {
	p := u.Probe
	if !strings.HasPrefix(p.HTTP, "/") {
		return []string{u.options.Program, "probe", "--timeout", p.Timeout.String(), p.HTTP}
	}
	if p.HTTP == healthz && kind.Of(u.Kind).Builtin || u.Port <= 0 {
		return nil
	}
	scheme := "http"
	if u.TLSCert != "" {
		scheme = "https"
	}
	host := u.Bind
	if at, err := netip.ParseAddr(host); err == nil && at.IsUnspecified() {
		host = "127.0.0.1"
	}
	return []string{u.options.Program, "probe", "--timeout", p.Timeout.String(),
		scheme + "://" + net.JoinHostPort(host, strconv.Itoa(u.Port)) + p.HTTP}
}

func resolveTCP(j *job, p *configs.Probe) {
	host, port, _ := net.SplitHostPort(p.TCP)
	j.probe.scheme, j.probe.host = "tcp", itself(host)
	j.probe.port, _ = strconv.Atoi(port)
}

func composeTCP(j *job) []string {
	p := j.probe
	if j.builtin() {
		return []string{"CMD", program, "probe", "--timeout=" + p.within.String(), dollars("tcp://" + p.address())}
	}
	j.note("probe: it is asked by nc, which its image has to have")
	host, port, _ := net.SplitHostPort(p.address())
	return []string{"CMD", "nc", "-z", host, port}
}

func kubernetesTCP(p *probe) (string, object) {
	return "tcpSocket", object{"host": p.host, "port": p.port}
}

func nomadTCP(_ *job, label string) object { return object{"Type": "tcp", "PortLabel": label} }
