package casebook_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// The tests in the root are about the module as a text: what each package says of itself, whom it imports, which
// tables its SQL names, where it takes the time from. Each checker is a function from a module to complaints, and
// each has a control: a small module with a fault planted in it, about which the checker must complain.

// module is every Go file of the product but its tests, and every migration.
type module struct {
	fset       *token.FileSet
	files      []*source
	migrations []migration
}

// source is one Go file.
type source struct {
	path string
	pkg  string // its folder, "." for the root
	*ast.File
}

// migration is one SQL file of a package.
type migration struct{ path, pkg, text string }

// thisModule is read once for all tests.
var thisModule = sync.OnceValues(func() (*module, error) { return readModule(os.DirFS(".")) })

func readModule(root fs.FS) (*module, error) {
	m := &module{fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules"):
			return fs.SkipDir
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			return m.addGo(root, name)
		case strings.HasSuffix(name, ".sql") && path.Base(path.Dir(name)) == "migrations":
			text, err := fs.ReadFile(root, name)
			m.migrations = append(m.migrations, migration{name, path.Dir(path.Dir(name)), string(text)})
			return err
		}
		return nil
	})
	return m, err
}

func (m *module) addGo(root fs.FS, name string) error {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(m.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	m.files = append(m.files, &source{name, path.Dir(name), file})
	return err
}

// at names a place as file:line.
func (m *module) at(n ast.Node) string {
	p := m.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// testOnly says whether only tests may import a package: its name says so, as httptest's does. So is bench, a program
// that is not shipped: it measures the product against the bare engines, so it names their tables and reads the clock.
func testOnly(pkg string) bool { return strings.HasSuffix(pkg, "test") || inPackage(pkg, "bench") }

// inPackage says whether pkg is dir or stands below it.
func inPackage(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }

// imported returns the name by which a file knows an import path, or "".
func (s *source) imported(path string) string {
	for _, spec := range s.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		switch {
		case p != path:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			last := regexp.MustCompile(`/v\d+$`).ReplaceAllString(p, "")
			return last[strings.LastIndex(last, "/")+1:]
		}
	}
	return ""
}

// selections calls visit for every pkg.Name of the file, where pkg is the import path.
func (s *source) selections(path string, visit func(*ast.SelectorExpr)) {
	name := s.imported(path)
	if name == "" {
		return
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == name {
				visit(sel)
			}
		}
		return true
	})
}

// check runs a checker over this module, and over a module with faults planted in it, of which it must name each.
func check(t *testing.T, checker func(*module) []string, planted map[string]string, named ...string) {
	t.Helper()
	m, err := thisModule()
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range checker(m) {
		t.Error(complaint)
	}
	tree := fstest.MapFS{}
	for name, text := range planted {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	bad, err := readModule(tree)
	if err != nil {
		t.Fatal(err)
	}
	complaints := checker(bad)
	for _, want := range named {
		if !slices.ContainsFunc(complaints, func(c string) bool { return strings.Contains(c, want) }) {
			t.Errorf("the control: no complaint says %q; they are %q", want, complaints)
		}
	}
	if len(complaints) != len(named) {
		t.Errorf("the control: %d complaints, want %d: %q", len(complaints), len(named), complaints)
	}
}

// Every package says in its first sentence what it is, and in its second what it refuses, or who may import it.
func TestPackageEveryPackageSaysWhatItIs(t *testing.T) {
	t.Parallel()
	check(t, undocumented, map[string]string{
		"good/a.go":  "// Package good is an example. It refuses nothing.\npackage good",
		"mute/a.go":  "package mute",
		"short/a.go": "// Package short is an example.\npackage short",
		"wrong/a.go": "// Something else. And more of it.\npackage wrong",
		"cmd/x/a.go": "// Command x is a program. It does one thing.\npackage main",
	}, "mute: no", "short: one sentence", "wrong: begins")
}

var sentenceEnd = regexp.MustCompile(`[.!?)](\s|$)`)

func undocumented(m *module) (complaints []string) {
	docs, first := map[string]string{}, map[string]string{}
	for _, f := range m.files {
		first[f.pkg] = "Package " + f.Name.Name + " "
		if f.Name.Name == "main" {
			first[f.pkg] = "Command " + path.Base(f.pkg) + " "
		}
		if f.Doc != nil {
			docs[f.pkg] += f.Doc.Text()
		}
	}
	for pkg, begins := range first {
		switch doc := docs[pkg]; {
		case doc == "":
			complaints = append(complaints, pkg+": no comment says what this package is")
		case !strings.HasPrefix(doc, begins):
			complaints = append(complaints, fmt.Sprintf("%s: begins with %q, want %q", pkg, doc[:min(len(doc), 30)], begins))
		case len(sentenceEnd.FindAllString(doc, -1)) < 2:
			complaints = append(complaints, pkg+": one sentence says what it is; a second says what it refuses, or who may import it")
		}
	}
	slices.Sort(complaints)
	return complaints
}
