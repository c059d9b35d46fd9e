//go:build linux

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// way is how a person writes a program with a port of its own for the first
// time. P in the texts stands for a free port, Q for another one.
type way struct {
	table string
	// works tells that clients are answered, at the port unless at says where.
	works bool
	at    string
	// says is what the service's reason has when it does not work.
	says string
	log  string // a line that its log shows while it runs
}

// The programs know nothing of ammarctl.
const (
	pythonApp = `#!/usr/bin/env python3
import http.server, os, socket, sys
host, port = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1", int(os.environ.get("PORT", "0"))
if len(sys.argv) > 2:
    port = int(sys.argv[2])
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
print("serving", port)
Server((host, port), http.server.SimpleHTTPRequestHandler).serve_forever()
`
	nodeApp = `const port = process.env.PORT || process.argv[2];
require("http").createServer((q, a) => a.end("hello")).listen(port, "127.0.0.1");
`
	// A reloader serves in a child, as those of Flask and Django do.
	pythonReloader = `import subprocess, sys
sys.exit(subprocess.call([sys.executable, "app.py", "127.0.0.1", sys.argv[1]]))
`
	pythonDaemon = `import os, sys, time
if os.fork():
    os._exit(0)
os.setsid()
os.execvp(sys.executable, [sys.executable, "app.py", "127.0.0.1", sys.argv[1]])
`
)

func firstWays() map[string]way {
	return map[string]way{
		"daemon":          {table: `exec = "python3 daemon.py P"`, says: "start it with its option for the foreground"},
		"list-and-port":   {table: `exec = ["python3", "-m", "http.server", "P"]` + "\nport = P", works: true},
		"text-no-port":    {table: `exec = "python3 -m http.server --bind 127.0.0.1 P"`, works: true},
		"shell":           {table: `shell = "cd site && exec python3 -m http.server --bind 127.0.0.1 P"`, works: true},
		"shell-no-exec":   {table: `shell = "python3 app.py 127.0.0.1 P; echo it ended"`, works: true},
		"venv":            {table: `exec = ".venv/bin/python app.py 127.0.0.1 P"`, works: true},
		"node-and-port":   {table: `exec = "node app.js P"` + "\nport = P", works: true},
		"port-variable":   {table: `exec = ["python3", "app.py"]` + "\nport = P", works: true},
		"auto-port":       {table: `exec = "node app.js"` + "\nport = \"auto\"", works: true, at: "auto"},
		"port-in-words":   {table: `exec = "python3 -m http.server ${PORT}"` + "\nport = P", works: true},
		"relative-script": {table: `exec = "./app.py 127.0.0.1 P"`, works: true},
		"ipv6":            {table: `exec = "python3 app.py ::1 P"`, works: true, at: "[::1]:P"},
		"all-addresses":   {table: `exec = "python3 app.py 0.0.0.0 P"` + "\nport = P", works: true},
		"reloader":        {table: `exec = "python3 reloader.py P"` + "\nport = P", works: true},
		"other-folder":    {table: `exec = "../app.py 127.0.0.1 P"` + "\ndir = \"site\"", works: true},
		"buffered":        {table: `exec = "python3 app.py 127.0.0.1 P"`, works: true, log: "serving P"},
		"old-no-port":     {table: `exec = ["python3", "app.py", "127.0.0.1", "P"]` + "\nport = -1", works: true},
		"wrong-port": {table: `exec = "python3 app.py 127.0.0.1 Q"` + "\nport = P", works: true, at: "127.0.0.1:Q",
			says: "listens on Q, expected P"},
	}
}

// Each way to write a program is a service that answers, or says what is wrong.
func TestTheFirstWaysToWriteAProgramWork(t *testing.T) {
	need(t, "python3", "node")
	ways := firstWays()
	ports := porttest.Free(t, 2*len(ways))
	var toml strings.Builder
	put := map[string]*strings.Replacer{}
	i := 0
	for name, w := range ways {
		p, q := fmt.Sprint(ports[2*i]), fmt.Sprint(ports[2*i+1])
		i++
		put[name] = strings.NewReplacer("PORT", "PORT", "Python", "Python", "P", p, "Q", q)
		fmt.Fprintf(&toml, "[service.%s]\n%s\n\n", name, put[name].Replace(w.table))
	}
	r := newRig(t, toml.String())
	programsOfFirstWays(r)
	r.must(0, "check")
	if res, err := r.run("up", "-d"); err != nil || res.code > 1 { // one of them is degraded
		t.Fatalf("up: %v, %+v", err, res)
	}
	for name, w := range ways {
		t.Run(name, func(t *testing.T) {
			if !w.works {
				eventually(t, 40*time.Second, "it says: "+w.says, func() (bool, string) {
					s := r.ps()[name]
					return s.State == api.Done && strings.Contains(s.Reason, w.says), fmt.Sprintf("%+v", s)
				})
				return
			}
			at := "127.0.0.1:P"
			if w.at != "" {
				at = w.at
			}
			at = put[name].Replace(at)
			if w.at == "auto" {
				at = r.ps()[name].Addr
			}
			eventually(t, 40*time.Second, "clients are answered at "+at, func() (bool, string) { return answers(at) })
			state := api.Ready
			if w.says != "" {
				state = api.Degraded
			}
			eventually(t, 40*time.Second, "it is "+string(state)+" and shown at "+at, func() (bool, string) {
				s := r.ps()[name]
				return s.State == state && s.Addr == at && strings.Contains(s.Reason, put[name].Replace(w.says)),
					fmt.Sprintf("%+v", s)
			})
			if w.log != "" && !strings.Contains(r.must(0, "logs", name).stdout, put[name].Replace(w.log)) {
				t.Errorf("the log does not show %q while it runs", w.log)
			}
		})
	}
}

// answers tells whether a request is answered, and how not.
func answers(at string) (bool, string) {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + at + "/")
	if err != nil {
		return false, err.Error()
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK, fmt.Sprint(resp.Status, err)
}

// programsOfFirstWays writes the programs into the folder of the configuration.
func programsOfFirstWays(r *rig) {
	r.t.Helper()
	r.write("work/site/index.html", "hello")
	r.write("work/app.js", nodeApp)
	r.write("work/reloader.py", pythonReloader)
	r.write("work/daemon.py", pythonDaemon)
	if err := os.Chmod(r.write("work/app.py", pythonApp), 0o755); err != nil {
		r.t.Fatal(err)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		r.t.Fatal(err)
	}
	r.mkdir("work/.venv/bin")
	if err := os.Symlink(python, filepath.Join(r.dir, "work/.venv/bin/python")); err != nil {
		r.t.Fatal(err)
	}
}

// Each of these cannot work. check says so, with the line to write.
func TestTheFirstWaysThatCannotWorkAreAnsweredWithTheLineToWrite(t *testing.T) {
	r := newRig(t, "")
	programsOfFirstWays(r)
	for name, text := range map[string]string{
		"crlf.sh": "#!/bin/sh\r\necho\r\n", "no-interpreter": "#!/usr/bin/python9\n", "plain.py": "print()\n",
	} {
		if err := os.Chmod(r.write("work/"+name, text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.write("work/not-executable.py", pythonApp)
	for table, line := range map[string]string{
		`exec = "cd site && python3 -m http.server"`:       `write shell = "cd site && python3 -m http.server"`,
		`exec = ["cd", "site", "&&", "./serve"]`:           `write shell = "cd site && ./serve"`,
		`exec = "python3 app.py > log"`:                    `write shell = "python3 app.py > log"`,
		`exec = ["python3 app.py"]`:                        `the program "python3" and each argument have quotes of their own`,
		`command = "python3 app.py"`:                       `write exec = "python3 app.py"`,
		`exec = "app.py"`:                                  `write ./app.py`,
		`exec = "./crlf.sh"`:                               `sed -i 's/\r$//' ./crlf.sh`,
		`exec = "./no-interpreter"`:                        `its interpreter /usr/bin/python9`,
		`exec = "./not-executable.py"`:                     `chmod +x`,
		`exec = "./site"`:                                  `it is a directory; name the program in it`,
		`exec = "./absent"`:                                `no such file, seen from`,
		`exec = "./app.py"` + "\nport = \"8080\"":          `write port = 8080`,
		`exec = "./app.py"` + "\nhost = \"0.0.0.0\"":       `write bind = "0.0.0.0"`,
		`exec = "./app.py"` + "\nports = [\"8080:80\"]":    `write port = 8080`,
		`exec = "./app.py"` + "\nrestart = \"always\"":     `write restart.policy = "always"`,
		`exec = "./app.py"` + "\nworking_dir = \"site\"":   `write dir = "site"`,
		`exec = "./app.py"` + "\nenvironment = [\"A=b\"]":  `write env = { A = "…" }`,
		`exec = "./app.py"` + "\nstop_timeout = 5":         `write stop_timeout = "5s"`,
		`exec = "./app.py"` + "\nprobe = { http = \"/\" }": `or the service to have port = NUMBER`,
	} {
		r.write("work/ammar.toml", "[service.web]\n"+table+"\n")
		if res := r.must(1, "check"); !strings.Contains(res.stderr, line) || !strings.Contains(res.stderr, "ammar.toml:") {
			t.Errorf("%s\n  got  %s\n  want %s", table, res.stderr, line)
		}
	}
}

// A port that another program has is named with that program.
func TestAPortThatAnotherProgramHasIsSaid(t *testing.T) {
	need(t, "python3")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	given := "[service.given]\nexec = \"python3 app.py\"\nport = " + port + "\n"
	r := newRig(t, given+"[service.own]\nexec = \"python3 app.py 127.0.0.1 "+port+"\"\n")
	programsOfFirstWays(r)
	if res, err := r.run("up", "-d"); err != nil || res.code != 1 {
		t.Fatalf("up: %v, %+v", err, res)
	}
	eventually(t, 40*time.Second, "the port's owner is named", func() (bool, string) {
		all := r.ps()
		text := fmt.Sprintf("%+v %+v", all["given"], all["own"])
		own := strings.Join(append(r.lines("own"), all["own"].Reason), "\n")
		return strings.Contains(all["given"].Reason, "port "+port+" is in use") &&
			strings.Contains(own, "port "+port+" is in use"), text + own
	})
}

// lines is the log of a service.
func (r *rig) lines(name string) []string {
	res, err := r.run("logs", "-n", "-1", name)
	if err != nil {
		return nil
	}
	return strings.Split(res.stdout, "\n")
}
