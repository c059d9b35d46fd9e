package configs

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ammarctl/ammarctl/internal/kind"
)

var update = flag.Bool("update", false, "write docs/configuration.md")

// examples are shown in the reference, in this order.
var examples = []string{"share.toml", "robot.toml", "own-service.toml", "script.toml", "python.toml", "nginx.toml",
	"caddy.toml", "redis.toml", "ustreamer.toml"}

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
	if diff := gocmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale; write it with: go test ./configs -run Reference -update\n-want +file:\n%s", path, diff)
	}
}

// section is a group of keys, as a person looks for them.
type section struct {
	title, intro string
	has          func(Key) bool
}

// sections has one section for all services, one for each kind, one for the
// pool of built-in services, and one for each inline table.
func sections() []section {
	intros := map[string]string{kind.Exec: "A table with `exec`. [The service contract](service-contract.md) says " +
		"what such a program is given."}
	titles := map[string]string{kind.Exec: "exec: any executable", kind.Files: "files: a folder",
		kind.Camera: "camera: pictures over HTTP", kind.Status: "status: the instance in a browser"}
	ours := builtin()
	list := []section{{"Every service", "", func(k Key) bool {
		return k.Table() == "" && len(k.Kinds) != 1 && !slices.Equal(k.Kinds, ours)
	}}}
	for _, name := range append([]string{kind.Exec}, ours...) {
		list = append(list, section{cmp.Or(titles[name], name), intros[name], func(k Key) bool {
			return len(k.Kinds) == 1 &&
				k.Has(name)
		}})
	}
	list = append(list, section{"The pool of " + strings.Join(ours[:len(ours)-1], ", ") + " and " + ours[len(ours)-1], "",
		func(k Key) bool { return slices.Equal(k.Kinds, ours) }})
	for _, t := range tables() {
		if t.title != "" {
			list = append(list, section{t.title, t.doc, func(k Key) bool { return k.Table() == t.name }})
		}
	}
	return list
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
	for _, s := range sections() {
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
	b.WriteString("\nA duration is text such as `\"500ms\"`, `\"10s\"` or `\"1m30s\"`, a size such as `\"512KiB\"` or " +
		"`\"128MiB\"`.\n" +
		"In any value `${NAME}` stands for a variable of the environment in which ammarctl was started, " +
		"`${NAME:-default}` for one that\n" +
		"may be empty or not set, and `$${` for a `${` of its own. `port = \"${PORT:-8080}\"` is a number too. What a " +
		"command line holds\n" +
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
	typ := k.Type
	if k.Unit != "" {
		typ += ", " + k.Unit
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s |\n", k.Name, typ, value, strings.ReplaceAll(doc, "|", `\|`))
}
