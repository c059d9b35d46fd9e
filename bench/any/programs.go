//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// program is one that is supervised.
type program struct {
	name  string
	needs []string // executables by name or path, modules of Python as python3:NAME
	// argv writes what the program reads below dir and returns its command line.
	argv func(dir string, port int) ([]string, error)
	// request is what a client sends; "" is a GET of HTTP/1.1.
	request string
	keeps   bool // it keeps connections for the next request
}

// missing returns the first need that is not installed, or "".
func (p program) missing() string {
	for _, need := range p.needs {
		if module, is := strings.CutPrefix(need, "python3:"); is {
			if exec.Command(python, "-c", "import "+module).Run() != nil {
				return module
			}
			continue
		}
		if _, err := exec.LookPath(need); err != nil {
			return need
		}
	}
	return ""
}

// python is Debian's, which has the modules of Debian's packages.
const python = "/usr/bin/python3"

// words is a program without files.
func words(argv ...string) func(string, int) ([]string, error) {
	return func(dir string, port int) ([]string, error) {
		out := make([]string, len(argv))
		for i, a := range argv {
			switch a {
			case "PORT":
				a = strconv.Itoa(port)
			case "ADDR":
				a = fmt.Sprintf("127.0.0.1:%d", port)
			case "URL":
				a = fmt.Sprintf("tcp://127.0.0.1:%d", port)
			case "DIR":
				a = dir
			}
			out[i] = a
		}
		return out, nil
	}
}

// file is a program that reads one: text is formatted with folder and port.
func file(name, text string, argv ...string) func(string, int) ([]string, error) {
	return func(dir string, port int) ([]string, error) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, fmt.Appendf(nil, text, dir, port), 0o644); err != nil {
			return nil, err
		}
		out, err := words(argv...)(dir, port)
		for i, a := range out {
			if a == "FILE" {
				out[i] = path
			}
		}
		return out, err
	}
}

func programs() []program {
	return []program{
		{name: "python3 -m http.server", needs: []string{python},
			argv: words(python, "-m", "http.server", "--bind", "127.0.0.1", "-d", "DIR", "PORT")},
		{name: "uvicorn", keeps: true, needs: []string{python, "python3:uvicorn"},
			argv: file("app.py", asgi, python, "-m", "uvicorn", "--app-dir", "DIR", "--port", "PORT", "app:app")},
		{name: "gunicorn", needs: []string{"gunicorn"},
			argv: file("app.py", wsgi, "gunicorn", "--chdir", "DIR", "-w", "2", "-b", "ADDR", "app:app")},
		{name: "node http", keeps: true, needs: []string{"node"}, argv: file("s.js",
			"// %s\nrequire('http').createServer((q, r) => r.end('ok')).listen(%d, '127.0.0.1')\n", "node", "FILE")},
		{name: "php -S", needs: []string{"php"},
			argv: file("index.php", "ok<?php /* %s %d */ ?>", "php", "-S", "ADDR", "-t", "DIR")},
		{name: "ruby webrick", keeps: true, needs: []string{"ruby"},
			argv: words("ruby", "-run", "-e", "httpd", "DIR", "-p", "PORT", "-b", "127.0.0.1")},
		{name: "puma", keeps: true, needs: []string{"puma"}, argv: file("config.ru",
			"# %s %d\nrun ->(env) { [200, {'content-type' => 'text/plain'}, ['ok']] }\n", "puma", "-b", "URL", "FILE")},
		{name: "busybox httpd", needs: []string{"busybox"},
			argv: words("busybox", "httpd", "-f", "-p", "ADDR", "-h", "DIR")},
		{name: "nginx", keeps: true, needs: []string{"nginx"},
			argv: file("nginx.conf", nginxConf, "nginx", "-p", "DIR", "-c", "FILE")},
		{name: "caddy", keeps: true, needs: []string{"caddy"}, argv: file("Caddyfile",
			"# %s\n{\n\tadmin off\n}\nhttp://127.0.0.1:%d {\n\trespond ok\n}\n",
			"caddy", "run", "--adapter", "caddyfile", "--config", "FILE")},
		{name: "redis", needs: []string{"redis-server"}, request: "PING\r\n",
			argv: words("redis-server", "--port", "PORT", "--save", "", "--dir", "DIR")},
		{name: "Go net/http", keeps: true, needs: []string{"go"},
			argv: built("s.go", goProgram, "go", "build", "-o", "s", "s.go")},
		{name: "Java com.sun.net.httpserver", keeps: true, needs: []string{"javac", "java"}, argv: compiled},
		{name: "lighttpd", keeps: true, needs: []string{"lighttpd"}, argv: file("lighttpd.conf",
			"server.document-root = %q\nserver.bind = \"127.0.0.1\"\nserver.port = %d\n", "lighttpd", "-D", "-f", "FILE")},
	}
}

const asgi = `# %s %d
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            m = await receive()
            await send({"type": m["type"] + ".complete"})
            if m["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
`

const wsgi = `# %s %d
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
`

const nginxConf = `daemon off;
worker_processes 2;
pid %[1]s/pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path %[1]s;
    proxy_temp_path %[1]s;
    fastcgi_temp_path %[1]s;
    uwsgi_temp_path %[1]s;
    scgi_temp_path %[1]s;
    server { listen 127.0.0.1:%[2]d; return 200 ok; }
}
`

const goProgram = `// %s
package main

import "net/http"

func main() {
	panic(http.ListenAndServe("127.0.0.1:%d", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("ok"))
	})))
}
`

const javaProgram = `// %s
import com.sun.net.httpserver.*;
import java.net.*;
public class S {
    public static void main(String[] a) throws Exception {
        HttpServer s = HttpServer.create(new InetSocketAddress("127.0.0.1", %d), 50);
        s.createContext("/", x -> {
            x.sendResponseHeaders(200, 2);
            x.getResponseBody().write("ok".getBytes());
            x.close();
        });
        s.start();
    }
}
`

// built is a program that is compiled first; its binary is DIR/s.
func built(name, text string, compiler ...string) func(string, int) ([]string, error) {
	return func(dir string, port int) ([]string, error) {
		if _, err := file(name, text)(dir, port); err != nil {
			return nil, err
		}
		build := exec.Command(compiler[0], compiler[1:]...)
		build.Dir = dir
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("cannot build %s: %w: %s", name, err, out)
		}
		return []string{filepath.Join(dir, "s")}, nil
	}
}

func compiled(dir string, port int) ([]string, error) {
	if _, err := built("S.java", javaProgram, "javac", "S.java")(dir, port); err != nil {
		return nil, err
	}
	return []string{"java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", dir, "S"}, nil
}
