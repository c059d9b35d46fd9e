package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ammarctl/ammarctl/docs"
)

const root = "../.."

// TestEachCodeHasOneStoryAndEachStoryIsTold compares the codes that the
// program gives to its errors with the sections of docs/errors.md.
func TestEachCodeHasOneStoryAndEachStoryIsTold(t *testing.T) {
	used := usedCodes(t)
	told := map[string]bool{}
	for _, s := range docs.Stories() {
		if told[s.Code] {
			t.Errorf("%s has two stories in docs/errors.md", s.Code)
		}
		told[s.Code] = true
		if used[s.Code] == "" {
			t.Errorf("docs/errors.md explains %s, which no error has", s.Code)
		}
	}
	for code, where := range used {
		if !told[code] {
			t.Errorf("%s: docs/errors.md has no story of %s", where, code)
		}
	}
	if len(told) < 40 || len(told) > 75 {
		t.Errorf("there are %d stories; expected about 60: an error that explains itself needs none", len(told))
	}
}

// TestAStorySaysWhatHowToSeeAndHowToFix keeps the stories short and of one
// form, so that a reader finds the same thing at the same place.
func TestAStorySaysWhatHowToSeeAndHowToFix(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+){0,3}$`)
	for _, s := range docs.Stories() {
		if !form.MatchString(s.Code) || len(s.Code) > 24 {
			t.Errorf("%q: expected a code of lower-case words with dashes, 24 letters at most", s.Code)
		}
		if n := utf8.RuneCountInString(s.Summary); n == 0 || n > 75 || !strings.HasSuffix(s.Summary, ".") {
			t.Errorf("%s: expected a summary of one sentence, 75 letters at most, got %d: %q", s.Code, n, s.Summary)
		}
		for _, part := range []string{"- See the cause: ", "- Fix: "} {
			if strings.Count("\n"+s.Text, "\n"+part) != 1 {
				t.Errorf("%s: expected one item %q", s.Code, part)
			}
		}
		if words := len(strings.Fields(s.Text)); words < 20 || words > 120 {
			t.Errorf("%s: expected 20 to 120 words, got %d", s.Code, words)
		}
	}
}

// codeArgument tells which argument of a function is the code of a story.
func codeArgument(name string) (at int, ok bool) {
	switch name {
	case "explain.Errorf", "explain.With", "explain.Mark", "failedCommand":
		return 0, true
	case "api.Explained", "d.explain", "a.killHung":
		return 1, true
	}
	return 0, false
}

// usedCodes are the codes of the program's errors, with where they stand: the
// arguments of those functions, and what a method ExplainCode returns.
func usedCodes(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	inspect(t, root, func(n ast.Node, files *token.FileSet) {
		where := func(n ast.Node) string { return files.Position(n.Pos()).String() }
		if w := where(n); strings.Contains(w, "internal/explain/") || strings.Contains(w, "supervisor/api/") {
			return
		}
		switch n := n.(type) {
		case *ast.CallExpr:
			at, ok := codeArgument(callee(n))
			if !ok || at >= len(n.Args) {
				return
			}
			if code, ok := literal(n.Args[at]); ok {
				found[code] = where(n)
			} else if !passedOn(n.Args[at]) {
				t.Errorf("%s: expected the code as a literal, so that a search finds it", where(n))
			}
		case *ast.FuncDecl:
			if n.Name.Name != "ExplainCode" || n.Body == nil {
				return
			}
			for _, s := range n.Body.List {
				if r, ok := s.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
					if code, ok := literal(r.Results[0]); ok && code != "" {
						found[code] = where(n)
					}
				}
			}
		}
	})
	return found
}

// passedOn tells whether a code comes from somewhere else: from the error's own
// method, or from the parameter code of a function that adds where it is.
func passedOn(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CallExpr:
		return strings.HasSuffix(callee(e), ".ExplainCode")
	case *ast.Ident:
		return e.Name == "code"
	}
	return false
}

// callee is the name of a called function, as package.Name or receiver.Name.
func callee(call *ast.CallExpr) string {
	if fun, ok := call.Fun.(*ast.Ident); ok {
		return fun.Name
	}
	if fun, ok := call.Fun.(*ast.SelectorExpr); ok {
		if on, ok := fun.X.(*ast.Ident); ok {
			return on.Name + "." + fun.Sel.Name
		}
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	if e, ok := e.(*ast.BasicLit); ok && e.Kind == token.STRING {
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	}
	return "", false
}

// selfless are errors whose text alone tells a person nothing. Every error
// without a story has to explain itself: what was expected, what came, where.
func selfless() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(invalid|bad|wrong|illegal|unknown|failed|error|not found|denied|no)( \w+)?$|^(invalid|error|failed)\b`)
}

// TestErrorsExplainThemselves looks at the texts of all errors.
func TestErrorsExplainThemselves(t *testing.T) {
	found := 0
	inspect(t, root, func(n ast.Node, files *token.FileSet) {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 || !slices.Contains([]string{"fmt.Errorf", "errors.New"}, callee(call)) {
			return
		}
		text, ok := literal(call.Args[0])
		if !ok {
			return
		}
		found++
		if own := strings.TrimSpace(ownWords(text)); selfless().MatchString(own) {
			t.Errorf("%s: %q says neither what was expected, nor what came, nor what to do",
				files.Position(n.Pos()), text)
		}
	})
	if found < 300 {
		t.Errorf("only %d errors were found", found)
	}
}

// ownWords is a text without the places of its arguments.
func ownWords(text string) string {
	return strings.Trim(regexp.MustCompile(`%[-+# 0-9.]*(\[[0-9]\])?[a-zA-Z]`).ReplaceAllString(text, ""), " :;,")
}

// inspect shows all that is written in Go below a folder, outside tests.
func inspect(t *testing.T, dir string, show func(ast.Node, *token.FileSet)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path == filepath.Join(root, "test") {
			return fs.SkipDir
		}
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
