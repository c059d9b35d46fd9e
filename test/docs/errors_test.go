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
	"slices"
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

// speaking are the rooms whose every error a person may meet.
var speaking = []string{"cmd/ammarctl", "configs", "convert", "boot", "supervisor", "services", "server"}

// unspoken are texts that one function says to another of its file, which says
// something else.
var unspoken = []string{"not a folder", "no such program", "a camera may be there"}

// TestEveryErrorHasItsOwnRow looks at what the rooms that speak to people say:
// a row that fits many texts explains none of them.
func TestEveryErrorHasItsOwnRow(t *testing.T) {
	rows := map[string]bool{}
	for _, c := range chapters() {
		for _, r := range c.rows {
			if r.means == "" || r.do == "" || cause(r.like) {
				t.Errorf("%q is not explained", r.like)
			}
			if rows[r.like] {
				t.Errorf("%q has two rows", r.like)
			}
			rows[r.like] = true
		}
	}
	found := 0
	for _, room := range speaking {
		for text, where := range errorTexts(t, filepath.Join(root, room)) {
			found++
			if !cause(text) && !rows[text] && !slices.Contains(unspoken, text) {
				t.Errorf("%s: no row of chapters() in errortable_test.go explains %q", where, text)
			}
		}
	}
	if found < 400 {
		t.Errorf("only %d errors were found", found)
	}
}

// What nobody says any more is not explained either: the words of a row are in
// some text of the program.
func TestEveryRowExplainsWhatIsSaid(t *testing.T) {
	said := literals(t) + "unknown flag:" // which the library of flags says
	for _, c := range chapters() {
		for _, r := range c.rows {
			for words := range strings.SplitSeq(r.like, "…") {
				if words = strings.TrimSpace(words); len(words) > 5 && !strings.Contains(said, words) {
					t.Errorf("nothing says %q of the row %q", words, r.like)
				}
			}
		}
	}
}

// cause tells whether a text has words of its own: "…: …" is somebody else's.
func cause(text string) bool {
	return strings.Trim(strings.ReplaceAll(text, "…", ""), " :\n,") == ""
}

var verb = regexp.MustCompile(`%[-+# 0-9.]*(\[[0-9]\])?[a-zA-Z]`)

// template is the first line of a text, "…" in place of what varies.
func template(text string) string {
	text = verb.ReplaceAllString(text, "…")
	if line, _, more := strings.Cut(text, "\n"); more {
		return line + "…"
	}
	return text
}

// written is what an expression says: a literal, or several put together, with
// "…" for what is not written there.
func written(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := written(e.X)
		right, also := written(e.Y)
		if !ok {
			left = "…"
		}
		if !also {
			right = "…"
		}
		return left + right, ok || also
	}
	return "", false
}

// literals are all texts of the program, in one.
func literals(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	inspect(t, root, func(n ast.Node, _ *token.FileSet) {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text, ok := written(n); ok {
				all.WriteString(template(text) + "\n")
			}
		case *ast.BinaryExpr:
			if text, ok := written(n); ok {
				all.WriteString(template(text) + "\n")
			}
		}
	})
	return all.String()
}

// inspect shows all that is written in Go below a folder, outside tests.
func inspect(t *testing.T, dir string, show func(ast.Node, *token.FileSet)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				show(n, files)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// message is the text of an error of the control API: api.Error{Message: ...},
// written there or by fmt.Sprintf.
func message(e *ast.KeyValueExpr) (string, bool) {
	if key, ok := e.Key.(*ast.Ident); !ok || key.Name != "Message" {
		return "", false
	}
	if call, ok := e.Value.(*ast.CallExpr); ok && len(call.Args) > 0 {
		return written(call.Args[0])
	}
	return written(e.Value)
}

// errorTexts are the texts of fmt.Errorf, errors.New, the decoder's fail and the
// control API's errors below a folder, with where they are.
func errorTexts(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	inspect(t, dir, func(n ast.Node, files *token.FileSet) {
		if e, ok := n.(*ast.KeyValueExpr); ok {
			if text, ok := message(e); ok {
				found[template(text)] = files.Position(e.Pos()).String()
			}
			return
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return
		}
		on, ok := fun.X.(*ast.Ident)
		if !ok {
			return
		}
		at := 0
		switch on.Name + "." + fun.Sel.Name {
		case "fmt.Errorf", "errors.New":
		case "d.fail":
			at = 1
		default:
			return
		}
		if at >= len(call.Args) {
			return
		}
		if text, ok := written(call.Args[at]); ok {
			found[template(text)] = files.Position(call.Args[at].Pos()).String()
		}
	})
	return found
}
