package configs

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

// examples are shown in the reference, in this order.
var examples = []string{"share.toml", "robot.toml", "own-service.toml", "script.toml", "python.toml", "nginx.toml", "caddy.toml", "redis.toml", "ustreamer.toml"}

func TestTheReferenceIsUpToDate(t *testing.T) {
	const path = "../docs/configuration.md"
	want := reference(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale; write it anew with: go test ./configs -run Reference -update\n-want +file:\n%s", path, diff)
	}
}

// sections group the keys as a person looks for them.
var sections = []struct {
	title, intro string
	has          func(Key) bool
}{
	{"Every service", "", func(k Key) bool { return k.Kinds == nil && !strings.Contains(k.Name, ".") }},
	{"exec: any executable", "A table with `exec`. [The service contract](service-contract.md) says what such a program is given.",
		func(k Key) bool { return len(k.Kinds) == 1 && k.Has(KindExec) }},
	{"files: a folder", "", func(k Key) bool { return len(k.Kinds) == 1 && k.Has(KindFiles) }},
	{"camera: pictures over HTTP", "", func(k Key) bool { return len(k.Kinds) == 1 && k.Has(KindCamera) }},
	{"status: the instance in a browser", "", func(k Key) bool { return len(k.Kinds) == 1 && k.Has(KindStatus) }},
	{"The pool of files, camera and status", "", func(k Key) bool { return len(k.Kinds) == 3 }},
	{"restart", "What happens when a service ended by itself, as `restart = { … }`, as `restart.delay = …`, or as a table `[service.NAME.restart]`.",
		func(k Key) bool { return strings.HasPrefix(k.Name, "restart.") }},
	{"probe", "A request that tells whether a running service works, written in the same ways. Without it a service that is ready stays ready.",
		func(k Key) bool { return strings.HasPrefix(k.Name, "probe.") }},
	{"limits", "What a service may take of the machine, written in the same ways.",
		func(k Key) bool { return strings.HasPrefix(k.Name, "limits.") }},
	{"logs", "What is kept of a service's output, written in the same ways.",
		func(k Key) bool { return strings.HasPrefix(k.Name, "logs.") }},
}

// reference is docs/configuration.md, made from Keys and the examples.
func reference(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Written by: go test ./configs -run Reference -update -->

One TOML file says which services an instance runs. It is looked for at ` + "`-c FILE`, then `./" + FileName + "`, then\n`$XDG_CONFIG_HOME/ammarctl/" + FileName + "` (`~/.config/ammarctl/" + FileName + "`)" + `; without any, the default below is used.

- ` + "`ammarctl init`" + ` writes a file with every key in it, commented out.
- ` + "`ammarctl check`" + ` says what is wrong, all of it, each with file, line and column.

Nothing that is unknown is passed over, and a configuration with an error starts nothing:

`)
	_, err := Decode([]byte("[service.files]\nport = 80800\nwrokers = 4\n"), FileName, "")
	fmt.Fprintf(&b, "```text\n%v\n```\n\nThe default:\n\n```toml\n%s```\n", err, defaultText)
	rows := 0
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		if s.intro != "" {
			b.WriteString(s.intro + "\n\n")
		}
		b.WriteString("| key | type | default | |\n| --- | --- | --- | --- |\n")
		for _, k := range Keys() {
			if s.has(k) {
				b.WriteString(row(k))
				rows++
			}
		}
	}
	if rows != len(Keys()) {
		t.Errorf("the sections have %d rows, there are %d keys", rows, len(Keys()))
	}
	b.WriteString("\nA duration is text such as `\"500ms\"`, `\"10s\"` or `\"1m30s\"`, a size such as `\"512KiB\"` or `\"128MiB\"`.\n" +
		"In any value `${NAME}` stands for a variable of the environment in which ammarctl was started, `${NAME:-default}` for one that\n" +
		"may be empty or not set, and `$${` for a `${` of its own. `port = \"${PORT:-8080}\"` is a number too. What a command line holds\n" +
		"can be seen by every user of the machine: a secret belongs into `secrets` or `env_file`.\n\n## Examples\n")
	for _, name := range examples {
		text, err := os.ReadFile(filepath.Join("examples", name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n[%s](../configs/examples/%s)\n\n```toml\n%s```\n", name, name, text)
	}
	return b.String()
}

func row(k Key) string {
	value := "none"
	if k.Default != "" {
		value = "`" + k.Default + "`"
	}
	doc := k.Doc
	if k.Example != "" {
		doc += " For example: `" + k.Example + "`"
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s |\n", k.Name, k.Type, value, strings.ReplaceAll(doc, "|", `\|`))
}
