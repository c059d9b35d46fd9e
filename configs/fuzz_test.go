package configs

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever the text: no panic, an error has a place inside the text, and what
// loads means the same when its own values are written down and loaded.
func FuzzDecode(f *testing.F) {
	f.Add(string(defaultText))
	f.Add(Commented(Found{}))
	f.Add("[service.web]\nexec = [\"a\", \"b\"]\nport = -1\nenv = { A = \"b\" }\nrestart = { policy = \"always\", " +
		"limit = 0 }\nprobe.http = \"/\"\n")
	f.Add("[service.a]\nkind=\"files\"\nport=1\nafter=[\"b\"]\n[service.b]\nkind=\"files\"\nport=2\nafter=[\"a\"]\n")
	f.Add("[[service]]\nx = 1\n\n[service.\"\".restart]\n")
	f.Add("service.files = { port = 8080, restart = { delay = \"1h0m0.5s\" } }\n")
	f.Fuzz(func(t *testing.T, text string) {
		const base = "/base/a.toml"
		c, err := Decode([]byte(text), base, "/home/me")
		if err != nil {
			var wrong Errors
			if !errors.As(err, &wrong) || len(wrong) == 0 {
				t.Fatalf("got the error %#v, want Errors", err)
			}
			lines := strings.Split(text, "\n")
			for _, e := range wrong {
				if e.File != base || e.Line < 1 || e.Line > len(lines) || e.Column < 1 || e.Column > len(lines[e.Line-1])+1 {
					t.Errorf("%v: that is not a place in the text", e)
				}
				if e.Message == "" || strings.Contains(e.Message, "\n") {
					t.Errorf("%q is no message of one line", e.Message)
				}
			}
			return
		}
		again, err := Decode([]byte(encode(c)), base, "/home/me")
		if err != nil {
			t.Fatalf("what was loaded does not load again: %v\n%s", err, encode(c))
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Errorf("-first +again:\n%s\n%s", diff, encode(c))
		}
	})
}

// encode writes a configuration in TOML, all of its keys.
func encode(c Config) string {
	var b bytes.Buffer
	for _, s := range c.Services {
		fmt.Fprintf(&b, "[%s]\n", tableName([]string{"service", s.Name}))
		values := map[string]string{
			"kind": tomlString(s.Kind), "port": strconv.Itoa(s.Port), "bind": tomlString(s.Bind), "dir": tomlString(s.Dir),
			"root":   tomlString(s.Root),
			"source": tomlString(s.Source), "width": strconv.Itoa(s.Width), "height": strconv.Itoa(s.Height),
			"fps":     strconv.Itoa(s.FPS),
			"quality": strconv.Itoa(s.Quality), "linger": tomlString(s.Linger.String()),
			"always_on": strconv.FormatBool(s.AlwaysOn),
			"workers":   strconv.Itoa(s.Workers), "queue": strconv.Itoa(s.Queue),
			"stop_timeout":   tomlString(s.StopTimeout.String()),
			"restart.policy": tomlString(string(s.Restart.Policy)), "restart.delay": tomlString(s.Restart.Delay.String()),
			"restart.max_delay": tomlString(s.Restart.MaxDelay.String()), "restart.limit": strconv.Itoa(s.Restart.Limit),
			"restart.window": tomlString(s.Restart.Window.String()),
		}
		if len(s.Exec) > 0 {
			values["exec"] = tomlList(s.Exec)
		}
		if len(s.After) > 0 {
			values["after"] = tomlList(s.After)
		}
		for key, file := range map[string]string{"tls_cert": s.TLSCert, "tls_key": s.TLSKey,
			"password_file": s.PasswordFile} {
			if file != "" {
				values[key] = tomlString(file)
			}
		}
		if len(s.Hosts) > 0 {
			values["hosts"] = tomlList(s.Hosts)
		}
		if s.Env != nil {
			var pairs []string
			for _, name := range slices.Sorted(maps.Keys(s.Env)) {
				pairs = append(pairs, tomlString(name)+" = "+tomlString(s.Env[name]))
			}
			values["env"] = "{ " + strings.Join(pairs, ", ") + " }"
		}
		if p := s.Probe; p != nil {
			values["probe.http"], values["probe.every"], values["probe.timeout"] = tomlString(p.HTTP),
				tomlString(p.Every.String()), tomlString(p.Timeout.String())
			values["probe.failures"] = strconv.Itoa(p.Failures)
		}
		for _, k := range Keys() {
			if value, ok := values[k.Name]; ok && k.Has(s.Kind) {
				fmt.Fprintf(&b, "%s = %s\n", k.Name, value)
			}
		}
	}
	return b.String()
}

func tomlList(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = tomlString(item)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// tomlString writes a basic string of TOML, which has no \x escape.
func tomlString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		if r < 0x20 || r == 0x7f || r == '"' || r == '\\' {
			fmt.Fprintf(&b, `\u%04X`, r)
			continue
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
