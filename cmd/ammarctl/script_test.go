//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ammarctl/ammarctl/internal/porttest"
)

// TestMain builds the program once, for the scripts: a supervisor executes its
// own binary again, so a test binary cannot stand for it.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "ammarctl-test")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		build := exec.Command("go", "build", "-o", filepath.Join(dir, "ammarctl"), ".")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "cannot build ammarctl: %v\n%s", err, out)
			return 1
		}
		if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		Setup:              setup,
		RequireUniqueNames: true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "subst": subst, "fetch": fetch, "eventually": eventually, "await": await,
		},
	})
}

// setup gives each script folders of its own, short ones for the sockets, and
// the ports $PORT1 to $PORT4, which are free. Whatever the script leaves
// running is taken down.
func setup(env *testscript.Env) error {
	dir, err := os.MkdirTemp("/tmp", "ac")
	if err != nil {
		return err
	}
	for name, sub := range map[string]string{"HOME": "h", "XDG_RUNTIME_DIR": "r", "XDG_STATE_HOME": "s",
		"XDG_CONFIG_HOME": "c"} {
		path := filepath.Join(dir, sub)
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		env.Setenv(name, path)
	}
	env.Setenv("LC_ALL", "C.UTF-8")
	ports, release, err := porttest.Reserve(4)
	if err != nil {
		return err
	}
	env.Defer(release)
	for n, port := range ports {
		env.Setenv(fmt.Sprintf("PORT%d", n+1), strconv.Itoa(port))
	}
	program, err := exec.LookPath("ammarctl")
	if err != nil {
		return err
	}
	env.Defer(func() {
		down := exec.Command(program, "down")
		down.Env, down.Dir = env.Vars, dir
		_ = down.Run() // mostly there is nothing left
		os.RemoveAll(dir)
	})
	return nil
}

// exits runs a program and wants this exit code: exits 3 ammarctl stop nobody.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%s: exit code %d, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// subst replaces $NAME in files by the script's variables.
func subst(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
	}
}

// fetch gets a URL and wants its body to contain a text; negated, that nobody
// answers there.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Get(args[0])
	if neg {
		if err == nil {
			res.Body.Close()
			ts.Fatalf("%s answers", args[0])
		}
		return
	}
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	ts.Check(err)
	if len(args) > 1 && !strings.Contains(string(body), args[1]) {
		ts.Fatalf("%s answers %s without %q:\n%s", args[0], res.Status, args[1], body)
	}
}

// await is fetch for somebody who is about to listen.
func await(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.Now().Add(15 * time.Second)
	for {
		res, err := http.Get(args[0])
		if err == nil {
			res.Body.Close()
			fetch(ts, neg, args)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("nobody came to answer: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// eventually runs a program until its output contains a text.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually TEXT PROGRAM [ARGUMENT...]")
	}
	deadline := time.Now().Add(15 * time.Second)
	for {
		_ = ts.Exec(args[1], args[2:]...)
		said := ts.ReadFile("stdout") + ts.ReadFile("stderr")
		if strings.Contains(said, args[0]) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s never said %q; the last time:\n%s", strings.Join(args[1:], " "), args[0], said)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
