//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Programs as they are installed, none of which knows of takeover.
func TestNoClientOfACommonProgramIsRefusedWhenItCrashes(t *testing.T) {
	t.Parallel()
	type made struct {
		argv    []string
		request string
	}
	file := func(t *testing.T, name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, make := range map[string]func(t *testing.T, path string, port int) made{
		"python3": func(t *testing.T, path string, port int) made {
			return made{[]string{path, "-m", "http.server", "--bind", "127.0.0.1", "-d", t.TempDir(), strconv.Itoa(port)}, get}
		},
		"nginx": func(t *testing.T, path string, port int) made {
			dir := t.TempDir()
			conf := file(t, "nginx.conf", fmt.Sprintf(`daemon off; worker_processes 2; pid %s/pid; error_log stderr;
events {} http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s;
uwsgi_temp_path %[1]s; scgi_temp_path %[1]s; server { listen 127.0.0.1:%d; return 200 ok; } }`, dir, port))
			return made{[]string{path, "-p", dir, "-c", conf}, get}
		},
		"busybox": func(t *testing.T, path string, port int) made {
			return made{[]string{path, "httpd", "-f", "-p", "127.0.0.1:" + strconv.Itoa(port), "-h", t.TempDir()}, get}
		},
		"redis-server": func(t *testing.T, path string, port int) made {
			return made{[]string{path, "--port", strconv.Itoa(port), "--save", "", "--dir", t.TempDir()}, "PING\r\n"}
		},
		"node": func(t *testing.T, path string, port int) made {
			js := file(t, "s.js", fmt.Sprintf("require('http').createServer((q,r)=>r.end('ok')).listen(%d,'127.0.0.1')", port))
			return made{[]string{path, js}, get}
		},
		"java": func(t *testing.T, path string, port int) made {
			java := file(t, "S.java", fmt.Sprintf(`import com.sun.net.httpserver.*; import java.net.*;
public class S { public static void main(String[] a) throws Exception {
HttpServer s = HttpServer.create(new InetSocketAddress("127.0.0.1", %d), 50);
s.createContext("/", x -> { x.sendResponseHeaders(200, 2); x.getResponseBody().write("ok".getBytes()); x.close(); });
s.start(); } }`, port))
			return made{[]string{path, "-Xshare:auto", "-XX:TieredStopAtLevel=1", java}, get}
		},
		"lighttpd": func(t *testing.T, path string, port int) made {
			conf := file(t, "l.conf", fmt.Sprintf("server.document-root=%q\nserver.bind=%q\nserver.port=%d\n",
				t.TempDir(), "127.0.0.1", port))
			return made{[]string{path, "-D", "-f", conf}, get}
		},
		"caddy": func(t *testing.T, path string, port int) made {
			conf := file(t, "Caddyfile", fmt.Sprintf("{\nadmin off\n}\nhttp://127.0.0.1:%d {\nrespond ok\n}\n", port))
			return made{[]string{path, "run", "--adapter", "caddyfile", "--config", conf}, get}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := program(t, name)
			port, addr := free(t)
			p := make(t, path, port)
			crashes(t, newRig(t), 3, port, addr, p.request, p.argv...)
		})
	}
}
