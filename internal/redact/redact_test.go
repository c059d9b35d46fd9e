package redact

import (
	"strings"
	"testing"
)

func TestSecretsAreHiddenInEveryNotation(t *testing.T) {
	for _, text := range []string{
		"password=planted", `{"password":"planted two words"}`, `{\"api_key\":\"planted\"}`, "DB_PASSWORD: planted",
		"token = 'planted x'",
		"GET /x?access_token=planted&y=1", "https://me:planted@host/x", "Authorization: Bearer planted",
		`"authorization":"Basic planted="`,
		"Cookie: session=planted; b=planted", "--db-password planted", "AWS_SECRET_ACCESS_KEY=planted", "bearer planted.abc",
		"redis://:planted@h:1/0", "MYSQL_PWD=planted", `{"method":"GET","path":"/?key=planted","status":200}`,
		"path=/a/b?planted",
		"cannot GET https://host/x?sig=planted: refused",
	} {
		if got := Text(text); strings.Contains(got, "planted") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	for _, text := range []string{
		"request method=GET path=/a status=200", "the tokenizer is ready", "http://host/a@b", "me@example.org wrote",
		"really? http://host/x",
	} {
		if got := Text(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := Text("password=planted status=500"); got != "password=(hidden) status=500" {
		t.Errorf("too much is hidden: %q", got)
	}
}

func TestAURLIsShownWithoutUserPasswordAndQuery(t *testing.T) {
	for text, want := range map[string]string{
		"http://host:8081/stream.mjpg":  "http://host:8081/stream.mjpg",
		"http://u:planted@host/a?k=v":   "http://(hidden)@host/a?(hidden)",
		"http://planted@host/a":         "http://(hidden)@host/a",
		"https://host/?planted":         "https://host/?(hidden)",
		"https://host#planted":          "https://host?(hidden)",
		"/healthz":                      "/healthz",
		"/healthz?key=planted":          "/healthz?(hidden)",
		"/srv/a@b":                      "/srv/a@b",
		"file:clip@home#1.mjpeg":        "file:clip@home#1.mjpeg",
		"auto":                          "auto",
		"u:planted@host/stream":         "(hidden)",
		"http://u:plan%ted@host/stream": "(hidden)",
		"http:u:planted@host":           "(hidden)",
		"http://host/u:planted@other":   "(hidden)",
	} {
		if got := URL(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestACommandIsShownWithoutItsArguments(t *testing.T) {
	for _, c := range []struct {
		argv []string
		show bool
		want string
	}{
		{nil, false, "[]"},
		{[]string{"./a b"}, false, `["./a b"]`},
		{[]string{"mysql", "-pplanted"}, false, `["mysql"] and 1 argument`},
		{[]string{"redis-cli", "-a", "planted"}, false, `["redis-cli"] and 2 arguments`},
		{[]string{"web", "--port=80", "--token", "x"}, true, `["web" "--port=80" "--token" "(hidden)"]`},
	} {
		if got := Command(c.argv, c.show); got != c.want {
			t.Errorf("%q is shown as %s, want %s", c.argv, got, c.want)
		}
	}
}
