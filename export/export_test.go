package export_test

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/export"
)

// read is a configuration of this text; env_file has to be there.
func read(t *testing.T, text string) []configs.Service {
	t.Helper()
	config, err := configs.Decode([]byte(text), "/srv/ammar.toml", "/home/anna")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return config.Services
}

func write(t *testing.T, engine, text string) export.Result {
	t.Helper()
	r, err := export.Write(engine, read(t, text), export.Options{Name: "robot", Image: "ammarctl:1"})
	if err != nil {
		t.Fatalf("%s: %v", engine, err)
	}
	return r
}

// all is everything that was written, and said.
func all(r export.Result) string {
	var b strings.Builder
	for _, f := range r.Files {
		b.WriteString(f.Name + "\n" + f.Text)
	}
	for _, n := range r.Notes {
		b.WriteString(strings.Join(n.Services, ",") + n.Text + "\n")
	}
	return b.String()
}

// others are values other than the default, for keys whose type does not tell
// one and whose example is none.
func others() map[string]string {
	return map[string]string{
		"bind": `"0.0.0.0"`, "root": `"/srv/public"`, "stop_signal": `"INT"`, "restart.policy": `"always"`,
		"source":            `"/dev/video3"`,
		"restart.max_delay": `"40s"`, "logs.age": `"3h"`, "logs.size": `"3MiB"`, "logs.total": `"32MiB"`, "rotate": "180",
		"users":              `["anna:$2a$10$abcdefghijklmnopqrstuuO7B7sxL5Fz5uW3oT1j3l3nCkHh7Ew1u /=rwd"]`,
		"probe.start_period": `"30s"`, "missed": `"run"`,
	}
}

// changed is a value of the key that is not its default.
func changed(key configs.Key) string {
	if value, ok := others()[key.Name]; ok {
		return value
	}
	n, err := strconv.Atoi(key.Default)
	switch {
	case key.Type == "boolean":
		return strconv.FormatBool(key.Default != "true")
	case key.Type == "number" && err == nil:
		return strconv.Itoa(n + 1)
	case key.Type == "duration":
		return `"7s"`
	case key.Type == "size":
		return `"3MiB"`
	}
	return cmp.Or(key.Example, key.Default)
}

// companions lists other keys that a key needs to be accepted, or to matter.
func companions() map[string]string {
	return map[string]string{
		"timelapse_every": `timelapse = "days"`, "timelapse_limit": `timelapse = "days"`,
		"probe.every": `probe.http = "/healthz"`, "probe.timeout": `probe.http = "/healthz"`,
		"timezone": `schedule = "30 4 * * *"`, "missed": `schedule = "30 4 * * *"`,
		"probe.restart": `probe.http = "/healthz"`,
		"probe.headers": `probe.http = "/healthz"`, "probe.status": `probe.http = "/healthz"`,
		"probe.follow_redirects": `probe.http = "/healthz"`,
		"probe.insecure_tls":     `probe.http = "https://127.0.0.1:8080/healthz"`,
		"probe.failures":         `probe.http = "/healthz"`, "start_timeout": `probe.http = "/healthz"`,
		"probe.start_period": "probe.http = \"/healthz\"\nstart_timeout = \"10s\"",
	}
}

// unseen are keys of which a job with an image of its own need not speak.
func unseen() []string { return []string{"kind", "env_file", "only"} }

// TestEveryKeyIsExpressedOrSaid changes one key after the other, and looks
// whether what is written or said changes with it.
func TestEveryKeyIsExpressedOrSaid(t *testing.T) {
	for _, key := range configs.Keys() {
		if slices.Contains(unseen(), key.Name) || key.Name == "tls_key" { // tls_cert needs it
			continue
		}
		kind := configs.KindExec
		if !key.Has(kind) {
			kind = key.Kinds[0]
		}
		base := "[service.x]\nkind = \"" + kind + "\"\n"
		if kind == configs.KindExec && key.Name != "exec" && key.Name != "shell" {
			base += "exec = [\"./x\"]\n"
		}
		if key.Name != "port" {
			base += "port = 8080\n"
		}
		base += companions()[key.Name] + "\n"
		without := base
		switch key.Name {
		case "exec", "shell":
			without += "exec = [\"./y\"]\n"
		case "port":
			without += "port = 9090\n"
		}
		value := changed(key)
		with := base + key.Name + " = " + value + "\n"
		if key.Name == "tls_cert" {
			with += "tls_key = \"key.pem\"\n"
		}
		if list := "[service.files]\nport = 7000\n"; key.Name == "after" || key.Name == "requires" {
			with, without = with+list, without+list
		}
		if late := "[service.files]\nport = 7000\nafter = [\"x\"]\n"; key.Name == "oneshot" { // it matters to others
			with, without = with+late, without+late
		}
		for _, engine := range export.Engines() {
			before, after := write(t, engine, without), write(t, engine, with)
			if all(before) == all(after) {
				t.Errorf("%s: %s = %s is neither expressed nor said", engine, key.Name, value)
			}
			for field := range strings.SplitSeq(key.Exports.For(engine).To, ", ") {
				written := strings.Contains(all(before)+all(after), field) || strings.Contains(all(after), key.Name+": ")
				if !strings.Contains(field, " ") && !written {
					t.Errorf("%s: %s is not written to %s", engine, key.Name, field)
				}
			}
			why := key.Exports.For(engine).Lost
			if noted := strings.Contains(all(after), key.Name+": "); why != "" && !noted {
				t.Errorf("%s: nothing says that %s is lost", engine, key.Name)
			}
		}
	}
}

// robot is a configuration with something of everything.
const robot = `
[service.files]
port = 8080
bind = "0.0.0.0"
upload = true
users = ["anna:$2a$10$abcdefghijklmnopqrstuuO7B7sxL5Fz5uW3oT1j3l3nCkHh7Ew1u /=rwd"]
quota = "10GiB"
tls_cert = "cert.pem"
tls_key = "key.pem"
[service.camera]
port = 8081
source = "/dev/video0"
timelapse = "days"
[service.status]
port = 8082
[service.My_Brain]
exec = ["./brain", "--say", "$HOME $(date) $${node.unique.id}"]
port = 9000
env = { GREETING = "it costs $5", DB_PASSWORD = "hunter2", API_TOKEN = "tiger", DB = "postgres://anna:leopard@db/x" }
secrets = { KEY_OF_DOOR = "door.key" }
metrics = "http://127.0.0.1:9100/metrics"
after = ["files"]
requires = ["migrate"]
replicas = 3
limits = { memory = "96MiB", cpu = 0.5, threads = 2, open_files = 512, processes = 50 }
probe = { http = "/well", every = "500ms", timeout = "250ms", failures = 4, restart = true }
[service.migrate]
exec = ["migrate"]
port = -1
oneshot = true
[service.night]
exec = ["backup"]
port = -1
schedule = "30 4 * * *"
probe = { exec = ["true"] }
[service.cache]
exec = ["redis-server"]
port = -1
probe = { tcp = "127.0.0.1:6379" }
[service.heart]
exec = ["heart"]
port = -1
probe = { exec = ["heart", "--beats"] }
`

func TestSecretsAreNotWritten(t *testing.T) {
	for _, engine := range export.Engines() {
		text := all(write(t, engine, robot))
		for _, secret := range []string{"hunter2", "tiger", "leopard", "$2a$10", "anna:"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %q is written", engine, secret)
			}
		}
		for _, name := range []string{"DB_PASSWORD", "API_TOKEN", "KEY_OF_DOOR", "AMMAR_FILES_USERS", "tls_key"} {
			if !strings.Contains(text, name) {
				t.Errorf("%s: nothing is said of %s", engine, name)
			}
		}
		if !strings.Contains(text, "it costs $") {
			t.Errorf("%s: what is no secret is not written", engine)
		}
	}
}

func TestTheSameConfigurationMakesTheSameBytes(t *testing.T) {
	for _, engine := range export.Engines() {
		first := all(write(t, engine, robot))
		for range 10 {
			if all(write(t, engine, robot)) != first {
				t.Fatalf("%s: it differs from time to time", engine)
			}
		}
	}
}

func TestNotesStandInWhatIsWritten(t *testing.T) {
	for _, engine := range export.Engines() {
		r := write(t, engine, robot)
		text := ""
		for _, f := range r.Files {
			text += f.Text
		}
		if len(r.Notes) == 0 {
			t.Errorf("%s: nothing was said", engine)
		}
		for _, n := range r.Notes {
			line, _, _ := strings.Cut(n.Text, "\n")
			if engine == export.Nomad {
				line = strings.NewReplacer(`"`, `\"`, "<", `\u003c`, "&", `\u0026`).Replace(line)
			}
			if !strings.Contains(text, line) {
				t.Errorf("%s: %q is said, but not written", engine, line)
			}
		}
	}
}

func TestServicesCanBeChosen(t *testing.T) {
	services := read(t, robot)
	r, err := export.Write(export.Nomad, services, export.Options{Name: "robot", Image: "a", Only: []string{"night"}})
	if err != nil || len(r.Files) != 1 || r.Files[0].Name != "robot-night.nomad.json" {
		t.Errorf("%+v, %v", r.Files, err)
	}
	var unknown *export.NoSuchServiceError
	_, err = export.Write(export.Nomad, services, export.Options{Only: []string{"moon"}})
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "My_Brain") {
		t.Errorf("of an unknown one: %v", err)
	}
	if _, err = export.Write("mesos", services, export.Options{}); err == nil || !strings.Contains(err.Error(),
		"expected one of compose") {
		t.Errorf("of an unknown engine: %v", err)
	}
	if _, err = export.Write(export.Compose, nil, export.Options{}); err == nil {
		t.Error("nothing was exported")
	}
}

func TestLabelsAreThoseOfDNS(t *testing.T) {
	for name, want := range map[string]string{"files": "files", "My_Brain": "my-brain", "9lives": "s-9lives", "a-": "a",
		"A__": "a", "7-": "s-7"} {
		if got := export.Label(name); got != want {
			t.Errorf("%s is called %s, want %s", name, got, want)
		}
	}
	text := all(write(t, export.Kubernetes, "[service.a-b]\nexec = [\"x\"]\nport = 1\n[service.a_b]\nexec = "+
		"[\"x\"]\nport = 2\n"))
	if !strings.Contains(text, "name: a-b-2\n") {
		t.Errorf("two names became one:\n%s", text)
	}
}
