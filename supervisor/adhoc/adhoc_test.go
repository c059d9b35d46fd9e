package adhoc

import (
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/internal/names"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestAServiceIsCalledLikeWhatItRuns(t *testing.T) {
	for line, want := range map[string]string{
		"redis-server --port 1":               "redis-server",
		"./hello":                             "hello",
		"python3 bot.py --x":                  "bot",
		"/usr/bin/python3.11 -u src/my bot":   "my",
		"python3 -m http.server 9000":         "http-server",
		"node server.mjs":                     "server",
		"java -jar /opt/app-1.2.jar":          "app-1-2",
		"env A=1 python3 x.py":                "x",
		"npx serve":                           "serve",
		"sh":                                  "sh",
		"./Übung.sh":                          "Ubung",
		"./" + strings.Repeat("long-name", 5): "long-namelong-namelong-n",
		"--":                                  "program",
	} {
		got := Name(api.RunRequest{Exec: strings.Fields(line)})
		if got != want || !names.Valid(got) {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
	if got := Name(api.RunRequest{Shell: "cd web && ./serve | tee log"}); got != "web" {
		t.Errorf("a line for a shell: got %q", got)
	}
}

func TestARequestIsChecked(t *testing.T) {
	good := api.RunRequest{Exec: []string{"a"}, Dir: "/", Port: -1}
	if cfg, err := Config(good); err != nil || !cfg.Transient || cfg.Name != "a" || cfg.Port != -1 {
		t.Errorf("got %+v, %v", cfg, err)
	}
	for what, change := range map[string]func(*api.RunRequest){
		"no command":    func(r *api.RunRequest) { r.Exec = nil },
		"both":          func(r *api.RunRequest) { r.Shell = "a" },
		"empty program": func(r *api.RunRequest) { r.Exec = []string{""} },
		"a zero byte":   func(r *api.RunRequest) { r.Exec = []string{"a", "\x00"} },
		"a folder":      func(r *api.RunRequest) { r.Dir = "x" },
		"a name":        func(r *api.RunRequest) { r.Name = "a/b" },
		"a port":        func(r *api.RunRequest) { r.Port = 70000 },
	} {
		req := good
		change(&req)
		if _, err := Config(req); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
}
