package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	maxMethods = 40
	maxColumns = 120
)

// longLines counts the lines over 120 columns that a folder may still have. A
// tab is one column, as for most linters. Counts only shrink.
var longLines = map[string]int{
	"bench":           5,
	"boot":            1,
	"configs":         9,
	"convert":         2,
	"doctor":          1,
	"internal":        20,
	"services/camera": 1,
	"services/files":  6,
	"services/status": 2,
	"supervisor":      50,
	"test/docs":       7,
	"test/e2e":        16,
	"test/faults":     2,
	"ui":              1,
}

func TestNoTypeHasMoreThanFortyMethods(t *testing.T) {
	methods := map[string]map[string]bool{}
	eachGoFile(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			name := filepath.ToSlash(filepath.Dir(path)) + "." + receiver(f.Recv.List[0].Type)
			if methods[name] == nil {
				methods[name] = map[string]bool{}
			}
			methods[name][f.Name.Name] = true // the same one for another system counts once
		}
	})
	for name, of := range methods {
		if len(of) > maxMethods {
			t.Errorf("%s has %d methods; %d are allowed: take it apart", name, len(of), maxMethods)
		}
	}
}

// receiver returns the name of the type that a method belongs to.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func TestLinesFitIn120Columns(t *testing.T) {
	found, where := map[string]int{}, map[string]string{}
	eachGoFile(t, func(path string) {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		folder := lineFolder(path)
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			if utf8.RuneCountInString(strings.TrimRight(line, "\n")) > maxColumns {
				found[folder]++
				where[folder] = path
			}
		}
	})
	for folder, n := range found {
		if n > longLines[folder] {
			t.Errorf("%s has %d lines over %d columns, as in %s; %d are allowed. List them with:\n"+
				"grep -rnE --include='*.go' '^.{121}' %[1]s",
				folder, n, maxColumns, where[folder], longLines[folder])
		}
	}
	for folder, limit := range longLines {
		if found[folder] < limit {
			t.Logf("%s has %d lines over %d columns now: lower its entry in longLines from %d",
				folder, found[folder], maxColumns, limit)
		}
	}
}

// lineFolder returns the folder of longLines to which a file counts: its first
// one, or two below services and test.
func lineFolder(path string) string {
	parts := strings.Split(filepath.ToSlash(path), "/")
	if len(parts) > 2 && (parts[0] == "services" || parts[0] == "test") {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// eachGoFile visits the project's Go files by their paths from the root.
func eachGoFile(t *testing.T, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".go" {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			visit(rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
