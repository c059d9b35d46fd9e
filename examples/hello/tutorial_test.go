package main

import (
	"os"
	"strings"
	"testing"
)

// blocks are the texts in the tutorial that are fenced as lang.
func blocks(t *testing.T, lang string) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/writing-a-service.md")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, part := range strings.Split(string(text), "\n```"+lang+"\n")[1:] {
		block, _, closed := strings.Cut(part, "\n```")
		if !closed {
			t.Fatalf("a block of %s is not closed", lang)
		}
		found = append(found, block)
	}
	return found
}

func TestTheTutorialsCodeIsTheExamples(t *testing.T) {
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), "\npackage main\n")
	want := "package main\n" + code
	if got := strings.Join(blocks(t, "go"), "\n\n") + "\n"; got != want {
		a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("line %d: the tutorial has\n%s\nthe example\n%s", i+1, a[i], b[i])
			}
		}
		t.Fatalf("the tutorial has %d lines, the example %d", len(a), len(b))
	}
}

// That the configuration is right is for the test of all examples in configs.
func TestTheTutorialsConfigurationIsTheExamples(t *testing.T) {
	want, err := os.ReadFile("ammar.toml")
	if err != nil {
		t.Fatal(err)
	}
	if got := blocks(t, "toml"); len(got) != 1 || got[0]+"\n" != string(want) {
		t.Errorf("the tutorial has\n%s\nthe example\n%s", got, want)
	}
}
