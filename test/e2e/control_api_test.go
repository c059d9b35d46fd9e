package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
)

// The examples of docs/control-api.md are run as they are printed there,
// against an instance of the real program.
func TestTheExamplesOfTheControlAPIRun(t *testing.T) {
	need(t, "curl", "jq", "bash")
	page, err := os.ReadFile("../../docs/control-api.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 6 {
		t.Fatalf("%d examples", len(blocks))
	}
	script := "set -eu\n"
	for _, b := range blocks {
		script += b[1]
	}
	port := porttest.Free(t, 1)[0]
	r := newRig(t, fmt.Sprintf("[service.files]\nport = %d\nworkers = 7\n", port))
	r.must(0, "up", "-d")
	r.waitState("files", "ready", 30*time.Second)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir, cmd.Env = r.dir, append(r.env, "PATH="+built.Dir+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"default"`, "files is ready", "\n7\n", "no-such-service", "\n1\n", "ready",
		"go_goroutines", "goroutine profile"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the examples do not print %q:\n%s", want, out)
		}
	}
}
