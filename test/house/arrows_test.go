package house

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// arrowLimits are the folders whose inside is measured, with the number of
// arrows that may run back up. The aim is a third of the baseline.
var arrowLimits = map[string]int{
	"supervisor":     7,
	"ui":             12,
	"services/files": 8,
}

// figures count one package: its files and folders, the arrows between them,
// and the arrows that run back up.
type figures struct{ nodes, arrows, back int }

// baselines are the figures at commit ff84f85. A package that is not listed
// here has grown out of its parent since, so its arrows count as its parent's:
// moving files into a folder of their own does not hide them.
var baselines = map[string]figures{
	"services/files":           {47, 238, 29},
	"services/files/access":    {6, 8, 1},
	"services/files/announce":  {1, 0, 0},
	"services/files/localca":   {2, 1, 0},
	"supervisor":               {38, 165, 22},
	"supervisor/addresses":     {2, 2, 1},
	"supervisor/api":           {3, 1, 0},
	"supervisor/cgroup":        {2, 1, 0},
	"supervisor/client":        {5, 5, 0},
	"supervisor/control":       {13, 27, 6},
	"supervisor/descriptor":    {1, 0, 0},
	"supervisor/filewatch":     {1, 0, 0},
	"supervisor/fleet":         {4, 3, 0},
	"supervisor/history":       {1, 0, 0},
	"supervisor/instance":      {4, 2, 0},
	"supervisor/keeper":        {4, 4, 1},
	"supervisor/launch":        {4, 5, 1},
	"supervisor/launch/reexec": {1, 0, 0},
	"supervisor/logs":          {13, 25, 3},
	"supervisor/probe":         {2, 1, 0},
	"supervisor/process":       {17, 41, 3},
	"supervisor/procstat":      {1, 0, 0},
	"supervisor/remote":        {4, 5, 1},
	"supervisor/sample":        {5, 7, 1},
	"ui":                       {46, 273, 39},
	"ui/chart":                 {2, 0, 0},
	"ui/logview":               {8, 21, 2},
	"ui/picture":               {2, 0, 0},
	"ui/safe":                  {1, 0, 0},
	"ui/theme":                 {1, 0, 0},
	"ui/words":                 {6, 4, 0},
}

// TestArrowsInsideRoomsRunOneWay prints the table with -v. The environment
// variable ARROWS names a package whose upward arrows are listed below it.
func TestArrowsInsideRoomsRunOneWay(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the limits are those of the files for Linux")
	}
	table := fmt.Sprintf("%-34s %6s %7s %8s %6s\n", "folder", "files", "arrows", "back up", "limit")
	for _, folder := range slices.Sorted(maps.Keys(arrowLimits)) {
		total := map[string]figures{}
		for _, dir := range packageDirs(t, filepath.Join(root, folder)) {
			name, _ := filepath.Rel(root, dir)
			name = filepath.ToSlash(name)
			got, upward := measure(t, dir)
			owner := ownerOf(name)
			sum := total[owner]
			total[owner] = figures{sum.nodes + got.nodes, sum.arrows + got.arrows, sum.back + got.back}
			table += fmt.Sprintf("%-34s %6d %7d %8d\n", name, got.nodes, got.arrows, got.back)
			if os.Getenv("ARROWS") == name {
				table += strings.Join(upward, "")
			}
		}
		for _, owner := range slices.Sorted(maps.Keys(total)) {
			limit, measured := arrowLimits[owner]
			if !measured {
				limit = baselines[owner].back
			}
			if got := total[owner]; got.back > limit {
				t.Errorf("%s with what grew out of it has %d arrows that run back up; %d are allowed.\n"+
					"ARROWS=%[1]s go test ./test/house -run Arrows -v names them", owner, got.back, limit)
			}
		}
		got := total[folder]
		table += fmt.Sprintf("%-34s %6d %7d %8d %6d\n\n",
			folder+", with what grew out of it", got.nodes, got.arrows, got.back, arrowLimits[folder])
	}
	t.Log("\n" + table)
}

// ownerOf returns the package whose limit bounds this one: itself, or the
// nearest folder above that has a baseline.
func ownerOf(name string) string {
	for ; name != "."; name = path.Dir(name) {
		if _, known := baselines[name]; known {
			return name
		}
		if _, known := arrowLimits[name]; known {
			return name
		}
	}
	return ""
}

// packageDirs lists a folder and all below it that hold Go files.
func packageDirs(t *testing.T, folder string) (dirs []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if d.Name() == "testdata" {
			return fs.SkipDir
		}
		if len(goFiles(t, path)) > 0 {
			dirs = append(dirs, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// goFiles lists the files of a package that are built on this machine, without
// its tests.
func goFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_test.go") || filepath.Ext(e.Name()) != ".go" {
			continue
		}
		if built, err := build.Default.MatchFile(dir, e.Name()); err == nil && built {
			names = append(names, e.Name())
		}
	}
	return names
}

// measure counts the inside of one package. Its nodes are its files, and each
// folder below it. An arrow runs from file A to file B when A names a function,
// method, type, constant or variable that B declares, and to a folder when A
// imports a package in it. The text lists the arrows that run back up.
func measure(t *testing.T, dir string) (figures, []string) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range goFiles(t, dir) {
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	// Other packages are empty here, so their names do not resolve. What the
	// package itself declares does, and nothing else is counted.
	conf := types.Config{Importer: emptyPackages{}, Error: func(error) {}, FakeImportC: true}
	pkg, _ := conf.Check(dir, fset, files, &info)

	g := graph{}
	here, _ := filepath.Rel(root, dir)
	for _, file := range files {
		from := filepath.Base(fset.Position(file.Pos()).Filename)
		g.node(from)
		for _, imported := range file.Imports {
			below, ok := strings.CutPrefix(strings.Trim(imported.Path.Value, `"`), module+filepath.ToSlash(here)+"/")
			if ok {
				folder, _, _ := strings.Cut(below, "/")
				g.arrow(from, folder+"/", "import")
			}
		}
	}
	for ident, object := range info.Uses {
		if object.Pkg() != pkg || !counted(object) {
			continue
		}
		from := filepath.Base(fset.Position(ident.Pos()).Filename)
		g.arrow(from, filepath.Base(fset.Position(object.Pos()).Filename), object.Name())
	}
	arrows, upward := 0, g.upward()
	for _, to := range g {
		arrows += len(to)
	}
	return figures{len(g), arrows, len(upward)}, upward
}

// counted tells whether a use of an object is an arrow: fields and what
// functions declare inside themselves are not.
func counted(object types.Object) bool {
	switch o := object.(type) {
	case *types.Func:
		return true
	case *types.TypeName, *types.Const, *types.Var:
		return o.Parent() == object.Pkg().Scope()
	}
	return false
}

type emptyPackages struct{}

func (emptyPackages) Import(importPath string) (*types.Package, error) {
	pkg := types.NewPackage(importPath, path.Base(importPath))
	pkg.MarkComplete()
	return pkg, nil
}

// graph holds the arrows: from, to, and the names for which it was drawn.
type graph map[string]map[string][]string

func (g graph) node(name string) {
	if g[name] == nil {
		g[name] = map[string][]string{}
	}
}

func (g graph) arrow(from, to, name string) {
	if from == to {
		return
	}
	g.node(from)
	g.node(to)
	if !slices.Contains(g[from][to], name) {
		g[from][to] = append(g[from][to], name)
	}
}

// upward lists the arrows that run back up when the nodes stand in the order
// in which few do.
func (g graph) upward() (list []string) {
	for _, circle := range g.circles() {
		order := g.order(circle)
		for i, from := range order {
			for _, to := range order[:i] {
				if names := g[from][to]; names != nil {
					slices.Sort(names)
					list = append(list, fmt.Sprintf("    %s -> %s: %s\n", from, to, strings.Join(names, ", ")))
				}
			}
		}
	}
	return list
}

// circles returns the strongly connected components (Tarjan): arrows between
// two of them never have to run up.
func (g graph) circles() (found [][]string) {
	index, low, onStack := map[string]int{}, map[string]int{}, map[string]bool{}
	var stack []string
	var visit func(string)
	visit = func(v string) {
		index[v] = len(index) + 1
		low[v] = index[v]
		stack, onStack[v] = append(stack, v), true
		for _, w := range slices.Sorted(maps.Keys(g[v])) {
			if index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if onStack[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] != index[v] {
			return
		}
		at := slices.Index(stack, v)
		circle := slices.Sorted(slices.Values(stack[at:]))
		for _, w := range circle {
			onStack[w] = false
		}
		stack, found = stack[:at], append(found, circle)
	}
	for _, v := range slices.Sorted(maps.Keys(g)) {
		if index[v] == 0 {
			visit(v)
		}
	}
	return found
}

// order arranges a circle from the top floor down so that few arrows run up:
// the greedy method of Eades, Lin and Smyth, then each node is moved to where
// it costs least until no move helps. The answer is the same on every run; the
// true minimum may be a little lower.
func (g graph) order(circle []string) []string {
	order := g.greedy(circle)
	for improved := true; improved; {
		improved = false
		for _, v := range slices.Sorted(slices.Values(order)) {
			at := slices.Index(order, v)
			rest := slices.Delete(slices.Clone(order), at, at+1)
			// cost is that of v at each position, counted from the top.
			cost, costs := 0, make([]int, len(rest)+1)
			for _, w := range rest {
				cost += present(g[w][v])
			}
			for i, w := range rest {
				costs[i] = cost
				cost += present(g[v][w]) - present(g[w][v])
			}
			costs[len(rest)] = cost
			best := slices.Index(costs, slices.Min(costs))
			if costs[best] < costs[at] {
				order, improved = slices.Insert(rest, best, v), true
			}
		}
	}
	return order
}

func present(names []string) int {
	if names == nil {
		return 0
	}
	return 1
}

func (g graph) greedy(circle []string) []string {
	left := slices.Clone(circle)
	degrees := func(v string) (out, in int) {
		for _, w := range left {
			out += present(g[v][w])
			in += present(g[w][v])
		}
		return out, in
	}
	var top, bottom []string
	for len(left) > 0 {
		if i := slices.IndexFunc(left, func(v string) bool { out, _ := degrees(v); return out == 0 }); i >= 0 {
			bottom = append(bottom, left[i])
			left = slices.Delete(left, i, i+1)
			continue
		}
		next := slices.MaxFunc(left, func(a, b string) int {
			outA, inA := degrees(a)
			outB, inB := degrees(b)
			return cmp.Compare(outA-inA, outB-inB)
		})
		top = append(top, next)
		left = slices.DeleteFunc(left, func(v string) bool { return v == next })
	}
	slices.Reverse(bottom)
	return append(top, bottom...)
}
