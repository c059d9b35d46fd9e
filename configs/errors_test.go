package configs

import (
	"errors"
	"strings"
	"testing"
)

// The text of each case begins in line 1, column 1; want is what a person
// reads, every line of it.
func TestEveryMistakeIsNamedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key": {
			"[service.files]\nport = 8080\nwrokers = 4\n",
			`a.toml:3:1: unknown key "wrokers" in [service.files]; did you mean "workers"?`,
		},
		"a command for a shell": {
			"[service.a]\nexec = \"a | b\"\nport = -1\n",
			`a.toml:2:1: exec: | needs a shell, which a command does not have; write shell = "a | b"`,
		},
		"a dot in a name": {
			"[service.my.app]\nexec = [\"x\"]\nport = -1\n",
			`a.toml:1:13: cannot use "my.app" as a service's name: expected no dot in it, as in [service.my-app]`,
		},
		"a quote that is not closed": {
			"[service.files]\nroot = \"/x\nport = 8080\n",
			`a.toml:2:11: basic strings cannot have new lines; expected the quote ` +
				`that ends the text before the end of its line [not-toml]`,
		},
		"a key twice": {
			"[service.files]\nport = 8080\nport = 8081\n",
			`a.toml:3:1: key port is already defined; expected each once: remove one of the two [not-toml]`,
		},
		"not UTF-8": {
			"[service.files]\nport = 8080\nroot = \"M\xfc\"\n",
			`a.toml:3:10: invalid UTF-8 character in basic string; ` +
				`expected a file in UTF-8: have your editor save it so [not-toml]`,
		},
		"YAML": {
			"service:\n  files:\n",
			`a.toml:1:8: expected '=' after key; this looks like YAML, and TOML is expected: ` +
				`ammarctl init shows how it is written [not-toml]`,
		},
		"JSON": {
			"{\"service\": {}}\n",
			`a.toml:1:1: invalid character at start of key: U+007B '{'; this looks like JSON, and TOML is expected: ` +
				`ammarctl init shows how it is written [not-toml]`,
		},
		"unknown key, nothing near": {
			"[service.files]\nport = 8080\nzzzzzzzz = 4\n",
			`a.toml:3:1: unknown key "zzzzzzzz" in [service.files]; a file that ammarctl init has written explains the keys`,
		},
		"unknown key inside an inline table": {
			"[service.files]\nport = 8080\nrestart = { delya = \"1s\" }\n",
			`a.toml:3:13: unknown key "delya" in [service.files.restart]; did you mean "delay"?`,
		},
		"unknown key of a sub-table": {
			"[service.files]\nport = 8080\n[service.files.restart]\nlimt = 3\n",
			`a.toml:4:1: unknown key "limt" in [service.files.restart]; did you mean "limit"?`,
		},
		"unknown dotted key": {
			"[service.files]\nport = 8080\nprobe.evry = \"1s\"\nprobe.http = \"/\"\n",
			`a.toml:3:7: unknown key "evry" in [service.files.probe]; did you mean "every"?`,
		},
		"unknown sub-table, near": {
			"[service.files]\nport = 8080\nrestrat = { limit = 3 }\n",
			`a.toml:3:1: unknown key "restrat" in [service.files]; did you mean "restart"?`,
		},
		"nested key at the top": {
			"[service.files]\nport = 8080\nmax_delay = \"3s\"\n",
			`a.toml:3:1: unknown key "max_delay" in [service.files]; did you mean "restart.max_delay"?`,
		},
		"nested key at the top, misspelt": {
			"[service.files]\nport = 8080\nmax_dealy = \"3s\"\n",
			`a.toml:3:1: unknown key "max_dealy" in [service.files]; did you mean "restart.max_delay"?`,
		},
		"unknown table": {
			"[service.files]\nport = 8080\n[sevrice.camera]\nport = 1\n",
			`a.toml:3:2: unknown key "sevrice"; expected [service.NAME] tables, or [hosts]; did you mean "service"?`,
		},
		"hosts that are no table": {
			"hosts = 3\n[service.files]\nport = 8080\n",
			`a.toml:1:1: expected a table [hosts] with lines such as pi = "ssh://pi@robot", got 3`,
		},
		"a host that is an option of ssh": {
			"[service.files]\nport = 8080\n[hosts]\npi = \"-oProxyCommand=x\"\n",
			`a.toml:4:1: pi: expected a machine such as pi, pi@robot or ssh://pi@robot:22, got "-oProxyCommand=x": a name cannot begin with a dash`,
		},
		"a host whose name is taken": {
			"[service.files]\nport = 8080\n[hosts]\nall = \"pi\"\n",
			`a.toml:4:1: cannot use "all" as a machine's name: -H all means something else`,
		},
		"key of another kind": {
			"[service.files]\nport = 8080\nfps = 30\n",
			`a.toml:3:1: a files service has no fps; it is a key of camera`,
		},
		"key of ours in an exec service": {
			"[service.web]\nexec = [\"web\"]\nport = 8080\nworkers = 4\n",
			`a.toml:4:1: an exec service has no workers; it is a key of files, camera, status`,
		},
		"exec in a service that comes with ammarctl": {
			"[service.web]\nkind = \"files\"\nexec = [\"web\"]\nport = 8080\n",
			`a.toml:3:1: a files service has no exec; it is a key of exec`,
		},
		"text for a number": {
			"[service.files]\nport = 8080\nworkers = \"4\"\n",
			`a.toml:3:1: workers: expected a number from 1 to 1048576, got "4"; write workers = 4`,
		},
		"a list for a number": {
			"[service.files]\nport = 8080\nworkers = [4]\n",
			`a.toml:3:1: workers: expected a number from 1 to 1048576, got a list`,
		},
		"a table for a number": {
			"[service.files]\nport = 8080\nworkers = { n = 4 }\n",
			`a.toml:3:1: workers: expected a number from 1 to 1048576, got a table`,
		},
		"a fraction for a number": {
			"[service.files]\nport = 8080\nworkers = 4.5\n",
			`a.toml:3:1: workers: expected a number from 1 to 1048576, got 4.5`,
		},
		"a key without its certificate": {
			"[service.camera]\nport = 8081\ntls_key = \"k\"\n",
			`a.toml:3:1: tls_key needs tls_cert too: the certificate and its key`,
		},
		"number too small": {
			"[service.camera]\nport = 8081\nquality = 0\n",
			`a.toml:3:1: quality: expected a number from 1 to 100, got 0`,
		},
		"a number for text": {
			"[service.files]\nport = 8080\nroot = 5\n",
			`a.toml:3:1: root: expected text in quotes, got 5`,
		},
		"empty text": {
			"[service.files]\nport = 8080\nbind = \"\"\n",
			`a.toml:3:1: bind: expected some text, got ""`,
		},
		"a zero byte": {
			"[service.files]\nport = 8080\nbind = \"a\\u0000b\"\n",
			`a.toml:3:1: bind: expected some text, got "a\x00b"`,
		},
		"text for a boolean": {
			"[service.camera]\nport = 8081\nalways_on = \"yes\"\n",
			`a.toml:3:1: always_on: expected true or false, got "yes"; write always_on = true`,
		},
		"text for a list": {
			"[service.web]\nexec = \"web --fast\"\nwatch = \"a b\"\n",
			`a.toml:3:1: watch: expected a list like ["a", "b"], got "a b"; write watch = ["a", "b"]`,
		},
		"a quote that is open": {
			"[service.web]\nexec = \"web 'a\"\n",
			`a.toml:2:1: exec: the quote ' is not closed in "web 'a"`,
		},
		"exec and shell": {
			"[service.web]\nexec = \"web\"\nshell = \"web | tee log\"\n",
			`a.toml:3:1: expected exec or shell, got both; remove one of the two`,
		},
		"a command of the shell": {
			"[service.web]\nexec = [\"cd\", \"my app\", \"&&\", \"./web\"]\n",
			`a.toml:2:1: exec: cd is a command of the shell, and no program; write shell = "cd 'my app' && ./web"`,
		},
		"an operator in a list": {
			"[service.web]\nexec = [\"./web\", \">\", \"log\"]\n",
			`a.toml:2:1: exec: > needs a shell, which a command does not have; write shell = "./web > log"`,
		},
		"a command of a probe for a shell": {
			"[service.web]\nexec = \"web\"\nprobe.exec = \"a && b\"\n",
			`a.toml:3:7: probe.exec: && needs a shell, which a command does not have; write probe.exec = ["sh", "-c", "a && b"]`,
		},
		"a number in a list": {
			"[service.web]\nexec = [\"web\", 5]\nport = -1\n",
			`a.toml:2:1: exec: expected text in quotes, got 5`,
		},
		"empty list": {
			"[service.web]\nexec = []\nport = -1\n",
			`a.toml:2:1: exec: expected a command like "python3 bot.py", or a list like ["python3", "bot.py"], got a list`,
		},
		"port too big": {
			"[service.files]\nport = 65536\n",
			`a.toml:2:1: port: expected a port number from 1 to 65535 or "auto", got 65536`,
		},
		"port zero": {
			"[service.files]\nport = 0\n",
			`a.toml:2:1: port: expected a port number from 1 to 65535 or "auto", got 0`,
		},
		"no port for a service that comes with ammarctl": {
			"[service.files]\nport = -1\n",
			`a.toml:2:1: port: expected a port number from 1 to 65535 or "auto", got -1`,
		},
		"port of an exec service": {
			"[service.web]\nexec = [\"web\"]\nport = -2\n",
			`a.toml:3:1: port: expected a port number from 1 to 65535 or "auto", got -2`,
		},
		"port twice": {
			"[service.a]\nkind = \"files\"\nport = 8080\n[service.b]\nkind = \"files\"\nport = 8080\n",
			`a.toml:6:1: port 8080 is that of [service.a] already; give one of them another`,
		},
		"port missing": {
			"[service.files]\nroot = \".\"\n",
			`a.toml:1:10: [service.files] needs a port, such as port = 8080, or port = "auto" for a free one`,
		},
		"exec missing": {
			"[service.web]\nport = 8080\n",
			`a.toml:1:10: [service.web] needs exec, the command to run; or kind, for a service that comes with ammarctl`,
		},
		"duration without a unit": {
			"[service.files]\nport = 8080\nstop_timeout = \"10\"\n",
			`a.toml:3:1: stop_timeout: expected a duration like "500ms" or "1m30s", got "10"; write stop_timeout = "10s"`,
		},
		"duration as a number": {
			"[service.files]\nport = 8080\nstop_timeout = 10\n",
			`a.toml:3:1: stop_timeout: expected a duration in quotes, like "500ms" or "1m30s", got 10; ` +
				`write stop_timeout = "10s"`,
		},
		"negative duration": {
			"[service.camera]\nport = 8081\nlinger = \"-1s\"\n",
			`a.toml:3:1: linger: expected a duration of 0s or more, got "-1s"`,
		},
		"duration too short": {
			"[service.files]\nport = 8080\nprobe = { http = \"/\", every = \"1ms\" }\n",
			`a.toml:3:23: probe.every: expected a duration of 10ms or more, got "1ms"`,
		},
		"delay above its maximum": {
			"[service.files]\nport = 8080\nrestart = { delay = \"1m\", max_delay = \"30s\" }\n",
			`a.toml:3:13: restart.delay: expected at most max_delay, 30s, got 1m`,
		},
		"unknown kind": {
			"[service.web]\nkind = \"filse\"\nport = 8080\n",
			`a.toml:2:1: kind: expected "files", "camera", "status" or "exec", got "filse"; did you mean "files"?`,
		},
		"kind of a wrong type": {
			"[service.files]\nkind = 5\nport = 8080\n",
			`a.toml:2:1: kind: expected text in quotes, got 5`,
		},
		"unknown restart policy": {
			"[service.files]\nport = 8080\nrestart = { policy = \"sometimes\" }\n",
			`a.toml:3:13: restart.policy: expected "always", "on-failure" or "never", got "sometimes"`,
		},
		"text for the table restart": {
			"[service.files]\nport = 8080\nrestart = \"always\"\n",
			`a.toml:3:1: restart: expected a table like { policy = "on-failure" }, got "always"; ` +
				`write restart.policy = "always"`,
		},
		"text for the table probe": {
			"[service.files]\nport = 8080\nprobe = \"/healthz\"\n",
			`a.toml:3:1: probe: expected a table like { http = "/healthz" }, got "/healthz"`,
		},
		"probe without a path": {
			"[service.files]\nport = 8080\nprobe = { every = \"5s\" }\n",
			`a.toml:3:1: probe needs http, the path to ask for; or tcp, or exec`,
		},
		"probe of a relative path": {
			"[service.files]\nport = 8080\nprobe = { http = \"healthz\" }\n",
			`a.toml:3:11: probe.http: expected a path that begins with /, or a URL such as http://127.0.0.1:8000/, got "healthz"`,
		},
		"probe of a service without a port": {
			"[service.web]\nexec = [\"web\"]\nport = -1\nprobe = { http = \"/\" }\n",
			`a.toml:4:1: probe: there is no port to ask on; expected http to be a URL, or the service to have port = NUMBER`,
		},
		"env that is no table": {
			"[service.files]\nport = 8080\nenv = \"A=b\"\n",
			`a.toml:3:1: env: expected a table like { NAME = "value" }, got text`,
		},
		"env of a number": {
			"[service.files]\nport = 8080\nenv = { A = 5 }\n",
			`a.toml:3:9: env.A: expected text in quotes, got a number`,
		},
		"env with an impossible name": {
			"[service.files]\nport = 8080\nenv = { \"A=B\" = \"c\" }\n",
			`a.toml:3:9: env: expected the name of a variable, without = and not empty, got "A=B"`,
		},
		"bind that is no address": {
			"[service.files]\nport = 8080\nbind = \"localhost:80\"\n",
			`a.toml:3:1: bind: expected an address without a port, such as "127.0.0.1" or "::", got "localhost:80"`,
		},
		"after of an unknown service": {
			"[service.files]\nport = 8080\n[service.web]\nexec = [\"web\"]\nport = -1\nafter = [\"flies\"]\n",
			`a.toml:6:1: after: no service is called "flies"; did you mean "files"?`,
		},
		"after of itself": {
			"[service.files]\nport = 8080\nafter = [\"files\"]\n",
			`a.toml:3:1: after: these wait for each other: files → files; take one of them out [dependency-cycle]`,
		},
		"after in a circle": {
			"[service.a]\nexec=[\"a\"]\nport = -1\nafter = [\"b\"]\n[service.b]\nexec=[\"b\"]\nport = -1\nafter = [\"a\"]\n",
			`a.toml:4:1: after: these wait for each other: a → b → a; take one of them out [dependency-cycle]`,
		},
		"a bad name": {
			"[service.\"my files\"]\nkind = \"files\"\nport = 8080\n",
			`a.toml:1:10: cannot use "my files" as a service's name: expected letters, digits, - and _, 32 at most`,
		},
		"a name with a dot": {
			"[service.\"a.b\"]\nkind = \"files\"\nport = 8080\nwrokers = 3\n",
			"a.toml:1:10: cannot use \"a.b\" as a service's name: expected letters, digits, - and _, 32 at most\n" +
				"a.toml:4:1: unknown key \"wrokers\" in [service.\"a.b\"]; did you mean \"workers\"?",
		},
		"a service that is no table": {
			"[service]\nfiles = 8080\n",
			`a.toml:2:1: expected a table [service.files], got 8080`,
		},
		"service that is no table": {
			"service = 8080\n",
			`a.toml:1:1: expected [service.NAME] tables, got 8080`,
		},
		"a list of tables": {
			"[[service.files]]\nport = 8080\n",
			`a.toml:1:11: expected a table [service.files], got a list`,
		},
		"nothing": {
			"# nothing\n",
			`a.toml:1:1: no service is configured; expected at least one [service.NAME] table`,
		},
		"several, in the order of the file": {
			"[service.files]\nport = 99999\nwrokers = 4\n\n[service.camera]\nquality = 101\nport = 8081\nafter = [\"nobody\"]\n",
			"a.toml:2:1: port: expected a port number from 1 to 65535 or \"auto\", got 99999\n" +
				"a.toml:3:1: unknown key \"wrokers\" in [service.files]; did you mean \"workers\"?\n" +
				"a.toml:6:1: quality: expected a number from 1 to 100, got 101\n" +
				"a.toml:8:1: after: no service is called \"nobody\"",
		},
		"several, though the port is later than what is missing": {
			"[service.web]\nport = 70000\n[service.files]\nroot = \".\"\n",
			"a.toml:1:10: [service.web] needs exec, the command to run; or kind, for a service that comes with ammarctl\n" +
				"a.toml:2:1: port: expected a port number from 1 to 65535 or \"auto\", got 70000\n" +
				"a.toml:3:10: [service.files] needs a port, such as port = 8080, or port = \"auto\" for a free one",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(c.text), "a.toml", "/home/somebody")
			var wrong Errors
			if !errors.As(err, &wrong) {
				t.Fatalf("got the error %v, want Errors", err)
			}
			if got := wrong.Error(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSyntaxErrorsHaveAPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, place string }{
		"no value":           {"[service.files]\nport =\n", "a.toml:2:"},
		"no closing bracket": {"[service.files\nport = 1\n", "a.toml:1:"},
		"no closing quote":   {"[service.files]\nport = 1\nroot = \"abc\n", "a.toml:3:"},
		"a key twice":        {"[service.files]\nport = 1\nport = 2\n", "a.toml:3:1:"},
		"a table twice":      {"[service.files]\nport = 1\n[service.files]\nroot = \"a\"\n", "a.toml:3:"},
		"bare word":          {"[service.files]\nport = eighty\n", "a.toml:2:8:"},
		"not UTF-8":          {"[service.files]\nroot = \"\xff\"\n", "a.toml:2:"},
		"a number too long":  {"[service.files]\nport = 99999999999999999999\n", "a.toml:2:8:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(c.text), "a.toml", "/home/somebody")
			var wrong Errors
			if !errors.As(err, &wrong) || len(wrong) != 1 {
				t.Fatalf("got the error %v, want one of Errors", err)
			}
			got := wrong.Error()
			if !strings.HasPrefix(got, c.place) || strings.Contains(got, "toml: ") || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one line that begins with %s", got, c.place)
			}
		})
	}
}

func TestAFileThatAnEditorHasMarkedAsUTF8IsRead(t *testing.T) {
	config, err := Decode([]byte("\ufeff[service.files]\r\nport = 8080\r\n"), "a.toml", "/home/x")
	if err != nil || len(config.Services) != 1 {
		t.Errorf("%+v, %v", config, err)
	}
}
