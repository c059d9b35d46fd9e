package target

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Target{
		"pi":                                {Host: "pi"},
		"ada@pi":                            {User: "ada", Host: "pi"},
		"ssh://ada@pi:2222":                 {User: "ada", Host: "pi", Port: 2222},
		"ssh://pi/":                         {Host: "pi"},
		"pi/opt/ammarctl":                   {Host: "pi", Program: "/opt/ammarctl"},
		"ssh://ada@[fe80::1]:22/x/ammarctl": {User: "ada", Host: "fe80::1", Port: 22, Program: "/x/ammarctl"},
		"[::1]":                             {Host: "::1"},
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%q is written as %q, which is %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{
		"", "ssh://", "-oProxyCommand=x", "ssh://-oProxyCommand=x", "-x@pi", "http://pi", "ssh://ada:secret@pi", "pi:0",
		"pi:70000", "pi:x",
		"pi?x", "pi#x", "a b", "pi\n", "ssh://pi/a b", "pi\x00",
	} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		} else if strings.Contains(err.Error(), "secret") && !strings.Contains(err.Error(), "password does not belong") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
