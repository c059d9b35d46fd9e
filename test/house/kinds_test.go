package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// registrations are the places that a new kind of service is added to, besides
// the package of its program. Nothing else names a kind: other code asks package
// kind for a property.
var registrations = []string{"internal/kind", "configs", "cmd/ammarctl/large.go", "cmd/ammarctl/tiny.go"}

// kindNames are the constants that name a kind, by the package that has them.
var kindNames = map[string][]string{
	"kind":    {"Files", "Camera", "Status", "Exec"},
	"configs": {"KindFiles", "KindCamera", "KindStatus", "KindExec"},
}

func TestNothingElseNamesAKindOfService(t *testing.T) {
	eachGoFile(t, func(path string) {
		registers := slices.ContainsFunc(registrations, func(r string) bool {
			return path == r || strings.HasPrefix(path,
				r+"/")
		})
		if registers || strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := s.X.(*ast.Ident); ok && slices.Contains(kindNames[pkg.Name], s.Sel.Name) {
				t.Errorf("%s names %s.%s; ask package kind for the property that matters", path, pkg.Name, s.Sel.Name)
			}
			return true
		})
	})
}
