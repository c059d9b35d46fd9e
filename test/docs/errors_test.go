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
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

var update = flag.Bool("update", false, "write docs/errors.md anew")

func TestTheTableOfErrorsIsUpToDate(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Errors\n\n<!-- Written by: go test ./test/docs -run Errors -update -->\n\n" +
		"What the program says when something does not work, what it means, and what to do. \"…\" stands for what varies. `ammarctl doctor` looks\n" +
		"for most of the reasons by itself. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such service, 4 no instance is running.\n\n" +
		"An error in the configuration begins with `FILE:LINE:COLUMN:` and the key.\n")
	for _, c := range chapters() {
		fmt.Fprintf(&b, "\n## %s\n\n| error | means | do |\n| --- | --- | --- |\n", c.title)
		for _, r := range c.rows {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.ReplaceAll(r.like, "|", `\|`), r.means, r.do)
		}
	}
	const path = root + "/docs/errors.md"
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
		t.Errorf("%s is stale; write it anew with: go test ./test/docs -run Errors -update\n-want +file:\n%s", path, d)
	}
}

// TestEveryErrorHasItsRow looks at what the rooms that speak to people say. An
// error that only appears inside another one needs no row of its own.
func TestEveryErrorHasItsRow(t *testing.T) {
	var rows []*regexp.Regexp
	for _, c := range chapters() {
		for _, r := range c.rows {
			if r.means == "" || r.do == "" {
				t.Errorf("%q is not explained", r.like)
			}
			rows = append(rows, regexp.MustCompile(`(?s)^`+strings.ReplaceAll(regexp.QuoteMeta(r.like), "…", ".*")+`$`))
		}
	}
	found := 0
	for _, room := range []string{"cmd/ammarctl", "configs", "convert", "boot", "supervisor/remote", "supervisor/instance"} {
		for text, where := range errorTexts(t, filepath.Join(root, room)) {
			found++
			if cause(text) {
				continue
			}
			fits := false
			for _, r := range rows {
				fits = fits || r.MatchString(text)
			}
			if !fits {
				t.Errorf("%s: no row of chapters() in errortable_test.go explains %q", where, text)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d errors were found", found)
	}
}

// cause tells whether a text has words of its own: "…: …" is somebody else's.
func cause(text string) bool {
	return strings.Trim(strings.ReplaceAll(text, "…", ""), " :\n,") == ""
}

var verb = regexp.MustCompile(`%[-+# 0-9.]*[a-zA-Z]`)

// errorTexts are the texts of fmt.Errorf, errors.New and the decoder's fail
// below a folder, "…" in place of what varies, with where they are.
func errorTexts(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			on, ok := fun.X.(*ast.Ident)
			if !ok {
				return true
			}
			at := 0
			switch on.Name + "." + fun.Sel.Name {
			case "fmt.Errorf", "errors.New":
			case "d.fail":
				at = 1
			default:
				return true
			}
			if at >= len(call.Args) {
				return true
			}
			if literal, ok := call.Args[at].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				found[verb.ReplaceAllString(text, "…")] = files.Position(literal.Pos()).String()
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
