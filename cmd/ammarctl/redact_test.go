package main

import (
	"strings"
	"testing"
)

func TestSecretsAreHiddenInEveryNotation(t *testing.T) {
	for _, text := range []string{
		"password=planted", `{"password":"planted two words"}`, `{\"api_key\":\"planted\"}`, "DB_PASSWORD: planted", "token = 'planted x'",
		"GET /x?access_token=planted&y=1", "https://me:planted@host/x", "Authorization: Bearer planted", `"authorization":"Basic planted="`,
		"Cookie: session=planted; b=planted", "--db-password planted", "AWS_SECRET_ACCESS_KEY=planted", "bearer planted.abc", "redis://:planted@h:1/0",
	} {
		if got := redact(text); strings.Contains(got, "planted") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	for _, text := range []string{"request method=GET path=/a status=200", "the tokenizer is ready", "http://host/a@b", "me@example.org wrote"} {
		if got := redact(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := redact("password=planted status=500"); got != "password=(hidden) status=500" {
		t.Errorf("too much is hidden: %q", got)
	}
}
