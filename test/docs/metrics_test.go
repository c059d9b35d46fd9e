package docs

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/metrics.md from the code")

// metricRooms are where metrics are made, and who shows them.
var metricRooms = []struct{ folder, title, intro string }{
	{"server", "Every service that links server/", "Of files, camera, status, and [services of your own](writing-a-service.md). They are served on the private socket that `AMMAR_CONTROL` names\n(`control` in `ammarctl ps --json`), beside those of the Go runtime (`go_…`, `process_…`)."},
	{"services/files", "files", ""},
	{"services/camera", "camera", ""},
	{"services/status", "status", "What the status service shows on its own port at `/metrics`, for Prometheus: of every service of the instance, by the label `service`. Metrics of the\nservices themselves are among them, under the same names. `ammar_service_state` is 1 for the state in which a service is, by the label `state`."},
}

func TestTheMetricsAreListed(t *testing.T) {
	names := constants(t)
	var b strings.Builder
	b.WriteString("# Metrics\n\n<!-- Written by: go test ./test/docs -run Metrics -update -->\n\nIn Prometheus' text format. Names are kept: metrics are added, none is renamed.\n")
	for _, room := range metricRooms {
		found := metrics(t, filepath.Join(root, room.folder), names)
		if len(found) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n", room.title)
		if room.intro != "" {
			b.WriteString(room.intro + "\n\n")
		}
		b.WriteString("| metric | type | |\n| --- | --- | --- |\n")
		for _, m := range found {
			if m.help == "" {
				t.Errorf("%s of %s is not explained", m.name, room.folder)
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.name, m.kind, m.help)
		}
	}
	const path = root + "/docs/metrics.md"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(b.String(), string(got)); d != "" {
		t.Errorf("%s is stale; write it again with: go test ./test/docs -run Metrics -update\n-want +file:\n%s", path, d)
	}
}

type metric struct{ name, kind, help string }

// constants are the names of package contract.
func constants(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	file, err := parser.ParseFile(token.NewFileSet(), root+"/internal/contract/contract.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, name := range spec.Names {
				if i < len(spec.Values) {
					found[name.Name] = text(spec.Values[i], nil)
				}
			}
		}
		return true
	})
	return found
}

// text is that of a literal, or of a constant of package contract.
func text(e ast.Expr, names map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.SelectorExpr:
		if on, ok := e.X.(*ast.Ident); ok && on.Name == "contract" {
			return names[e.Sel.Name]
		}
	}
	return ""
}

// metrics are those that a folder makes: wherever a list or a call has a name
// first and then a sentence.
func metrics(t *testing.T, dir string, names map[string]string) []metric {
	t.Helper()
	found := map[string]metric{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			var list []ast.Expr
			kind := "gauge"
			switch n := n.(type) {
			case *ast.CallExpr:
				list = n.Args
				if fun, ok := n.Fun.(*ast.SelectorExpr); ok && fun.Sel.Name == "metric" {
					kind = "histogram"
				}
			case *ast.CompositeLit:
				list = n.Elts
			}
			if len(list) < 2 {
				return true
			}
			m := metric{name: text(list[0], names), kind: kind}
			if !strings.HasPrefix(m.name, "ammar_") {
				return true
			}
			for _, e := range list[1:] {
				if s := text(e, names); strings.Contains(s, " ") && m.help == "" {
					m.help = s
				}
			}
			if strings.HasSuffix(m.name, "_total") {
				m.kind = "counter"
			}
			if m.help != "" || found[m.name].help == "" {
				found[m.name] = m
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []metric
	for _, m := range found {
		if m.help != "" {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b metric) int { return strings.Compare(a.name, b.name) })
	return all
}
