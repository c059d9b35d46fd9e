// Package house pins the shape of the project: who may import whom, how long
// a file may be, and that nothing happens before main.
package house

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ammarctl/ammarctl/"

// rooms lists, for each room, the other rooms that it may import. A room is a
// folder with everything below it; the longest name that fits counts.
var rooms = map[string][]string{
	"internal":          {},
	"server":            {"internal"},
	"configs":           {"internal"},
	"supervisor/api":    {"internal"},
	"supervisor/client": {"supervisor/api", "internal"},
	"supervisor/fleet":  {"supervisor/api", "supervisor/client", "internal"},
	"supervisor":        {"supervisor/api", "configs", "internal"},
	"services/files":    {"server", "internal"},
	"services/camera":   {"server", "internal"},
	"services/status":   {"server", "internal", "supervisor/client", "supervisor/api"},
	"ui":                {"supervisor/client", "supervisor/api", "internal"},
	"cmd/ammar-files":   {"server", "services/files"},
	"cmd/ammar-camera":  {"server", "services/camera"},
	"cmd/ammar-status":  {"server", "services/status"},
	"cmd/ammarctl": {"ui", "boot", "doctor", "convert", "export", "configs", "server", "internal", "docs",
		"supervisor", "supervisor/api", "supervisor/client", "supervisor/fleet",
		"services/files", "services/camera", "services/status"},
	"boot":     {"internal"},
	"export":   {"configs", "internal"},
	"release":  {},
	"convert":  {"internal"},
	"docs":     {},
	"doctor":   {"boot", "configs", "supervisor", "supervisor/api", "internal"},
	"examples": {"server"},
	"bench":    {"server", "test"},
	"test":     {"server", "internal", "docs", "supervisor/api", "supervisor/client"},
}

func roomOf(path string) string {
	best := ""
	for room := range rooms {
		if (path == room || strings.HasPrefix(path, room+"/")) && len(room) > len(best) {
			best = room
		}
	}
	if program, ok := strings.CutPrefix(path, "services/"); ok && best == "" { // of a kind with nothing special
		name, _, _ := strings.Cut(program, "/")
		return "services/" + name
	}
	return best
}

func TestImportsRunOneWay(t *testing.T) {
	for path, imports := range packages(t) {
		room := roomOf(path)
		if room == "" {
			t.Errorf("%s belongs to no room; add it to the table with what it may import", path)
			continue
		}
		for _, imported := range imports {
			if bubbletea(imported) && room != "ui" && room != "cmd/ammarctl" {
				t.Errorf("%s imports %s; the terminal belongs to ui", path, imported)
			}
			to, ours := strings.CutPrefix(imported, module)
			if !ours || roomOf(to) == room {
				continue
			}
			if !allowed(room, roomOf(to)) {
				t.Errorf("%s (room %s) imports %s (room %s)", path, room, to, roomOf(to))
			}
		}
	}
}

// text/template looks up methods by name. With it in the program, the linker keeps
// every exported method of every type: 2.6 MB.
func TestNoPackageFillsInPagesByReflectionOverMethods(t *testing.T) {
	for path, imports := range packages(t) {
		for _, imported := range imports {
			if (imported == "html/template" || imported == "text/template") && roomOf(path) != "bench" {
				t.Errorf("%s imports %s; use internal/htmltemplate", path, imported)
			}
		}
	}
}

func bubbletea(path string) bool {
	return strings.HasPrefix(path, "charm.land/bubbletea") || strings.HasPrefix(path, "charm.land/bubbles")
}

func allowed(room, to string) bool {
	for _, r := range rooms[room] {
		if r == to {
			return true
		}
	}
	program := strings.HasPrefix(room, "services/") && rooms[room] == nil && (to == "server" || to == "internal")
	return program || room == "cmd/ammarctl" && strings.HasPrefix(to, "services/")
}

// packages lists the project's packages with what they import outside tests.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot list the packages: %v", err)
	}
	found := map[string][]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(p.ImportPath, module)] = p.Imports
	}
	return found
}

const (
	root     = "../.."
	maxLines = 500
	maxMain  = 25
)

// reexec is the one package that does something before main; see
// docs/decisions/010.
const reexec = "supervisor/launch/reexec"

func TestReexecWaitsForNoOtherPackages(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere it has more imports")
	}
	cmd := exec.Command("go", "list", "-deps", "./"+reexec)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot list what it imports: %v", err)
	}
	may := []string{"bytes", "cmp", "encoding", "encoding/base64", "encoding/json", "errors", "fmt", "io", "io/fs",
		"iter", "math", "math/bits", "os", "path", "reflect", "runtime", "slices", "strconv", "strings", "sync",
		"sync/atomic", "syscall", "time", "unicode", "unicode/utf16", "unicode/utf8", "unsafe",
		module + "internal/contract", module + "internal/dotenv", module + "internal/explain", module + "internal/program",
		module + "supervisor/procstat", module + "supervisor/launch", module + "supervisor/takeover/filter", module + reexec}
	for _, path := range strings.Fields(string(out)) {
		if !strings.HasPrefix(path, "internal/") && !slices.Contains(may, path) {
			t.Errorf("reexec imports %s: "+
				"that package, and each that sorts before it, is initialised between a crash and the next process", path)
		}
	}
}

// computedBeforeMain names what a declaration of variables calls to compile a
// pattern or a page: that takes longer than all else that it might call.
func computedBeforeMain(decl ast.Decl) (call string) {
	vars, ok := decl.(*ast.GenDecl)
	if !ok || vars.Tok != token.VAR {
		return ""
	}
	ast.Inspect(vars, func(n ast.Node) bool {
		if _, later := n.(*ast.FuncLit); later {
			return false
		}
		if s, is := n.(*ast.SelectorExpr); is {
			pkg, is := s.X.(*ast.Ident)
			if is && slices.Contains([]string{"regexp.MustCompile", "template.Must"}, pkg.Name+"."+s.Sel.Name) {
				call = pkg.Name + "." + s.Sel.Name
			}
		}
		return true
	})
	return call
}

func TestFilesAreOfOneThoughtAndNothingHappensBeforeMain(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		limit := maxLines
		if filepath.Base(path) == "main.go" && strings.Contains(path, "/cmd/") {
			limit = maxMain
		}
		if lines := fset.File(file.Pos()).LineCount(); lines > limit {
			t.Errorf("%s has %d lines; %d are allowed", path, lines, limit)
		}
		for _, decl := range file.Decls {
			if call := computedBeforeMain(decl); call != "" && !strings.HasSuffix(path, "_test.go") {
				t.Errorf("%s calls %s for a variable of the package: every process waits for it before main; "+
					"use sync.OnceValue", path, call)
			}
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Recv == nil && f.Name.Name == "init" && filepath.Dir(path) != filepath.Join(root, reexec) {
				t.Errorf("%s has an init function", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
