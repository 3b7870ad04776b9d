package i18n_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the module's folder.
const root = ".."

var codeShape = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

func TestEveryCodeHasItsSentenceInBothLanguages(t *testing.T) {
	t.Parallel()
	used := codesIn(t, root)
	if len(used) < 50 {
		t.Fatalf("only %d codes were found in the sources: the search is blind", len(used))
	}
	en, zh := table(t, "en.txt"), table(t, "zh-CN.txt")
	for _, code := range slices.Sorted(maps.Keys(used)) {
		if en[code] == "" {
			t.Errorf("en.txt says nothing for %s (%s)", code, used[code])
		}
		if zh[code] == "" {
			t.Errorf("zh-CN.txt says nothing for %s (%s)", code, used[code])
		}
	}
	for _, code := range slices.Sorted(maps.Keys(en)) {
		if used[code] == "" {
			t.Errorf("en.txt has a sentence for %s, which nothing says", code)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(zh)) {
		if used[code] == "" {
			t.Errorf("zh-CN.txt has a sentence for %s, which nothing says", code)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\d\}`)

func TestBothLanguagesShowTheSameArguments(t *testing.T) {
	t.Parallel()
	en, zh := table(t, "en.txt"), table(t, "zh-CN.txt")
	holders := func(s string) string {
		found := placeholder.FindAllString(s, -1)
		slices.Sort(found)
		return strings.Join(slices.Compact(found), "")
	}
	for code, sentence := range en {
		if a, b := holders(sentence), holders(zh[code]); zh[code] != "" && a != b {
			t.Errorf("%s: English shows %s, Chinese %s", code, a, b)
		}
	}
}

func TestTheSearchForCodesFindsEveryWayToSayOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := `package p
import "casebook"
var errA = casebook.Fail(casebook.Invalid, "p.fail")
func refuse(n int, code string) error { return casebook.Fail(casebook.Invalid, code, n) }
func f(x string) error {
	code := "p.assigned"
	if x == "" { code = "p.reassigned" }
	_ = i18n.Text("p.sentence", "en")
	_ = refuse(1, "p.forwarded")
	_ = "p.not_a_code"
	_ = []string{"loss.of_a_table"}
	fail := func(code, place string) error { return refuse(3, code) }
	_ = fail("p.closure", "p.place")
	return refuse(2, code)
}
func (t T) code() string { return "p.returned" }
`
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(codesIn(t, dir)))
	want := []string{"loss.of_a_table", "p.assigned", "p.closure", "p.fail", "p.forwarded", "p.reassigned", "p.returned", "p.sentence"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// table reads one language's file and checks its form.
func table(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all, last := map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		code, sentence, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		if !ok || !codeShape.MatchString(code) || strings.TrimSpace(sentence) != sentence || sentence == "" {
			t.Errorf("%s: not “code = sentence”: %q", file, line)
		}
		if code <= last {
			t.Errorf("%s: %s does not come after %s", file, code, last)
		}
		all[code], last = sentence, code
	}
	return all
}

// codesIn finds the codes in the Go sources below dir, with a file that says each. A code is a literal given to
// casebook.Fail or i18n.Text(s), to a parameter or variable called code, or returned by a function called code; one that
// begins with "loss." is one wherever it stands.
func codesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	packages := map[string][]*ast.File{}
	names := map[*ast.File]string{}
	files := token.NewFileSet()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], f)
		names[f] = path
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, p := range packages {
		takes := takers(p)
		for _, f := range p {
			ast.Inspect(f, func(n ast.Node) bool {
				if kind := kindOf(n); kind != "" && f.Name.Name == "casebook" { // each kind of error has a title
					found["kind."+kind] = names[f]
				}
				if l, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(literal(l), "loss.") && codeShape.MatchString(literal(l)) {
					found[literal(l)] = names[f] // what a reader loses is told by many ways
				}
				for _, e := range codesOf(n, takes) {
					if code := literal(e); codeShape.MatchString(code) {
						found[code] = names[f]
					}
				}
				return true
			})
		}
	}
	return found
}

// takers are the functions of a package that take a code, with the place of that parameter.
func takers(p []*ast.File) map[string]int {
	takes := map[string]int{"Fail": 1, "Refuse": 0, "Text": 0, "Texts": 0}
	note := func(function string, t *ast.FuncType) {
		i := 0
		for _, field := range t.Params.List {
			for _, name := range field.Names {
				if name.Name == "code" {
					takes[function] = i
				}
				i++
			}
		}
	}
	for _, f := range p {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				note(n.Name.Name, n.Type)
			case *ast.AssignStmt:
				if fn, ok := n.Rhs[0].(*ast.FuncLit); ok {
					note(name(n.Lhs[0]), fn.Type)
				}
			}
			return true
		})
	}
	return takes
}

// codesOf are the expressions in n that stand where a code stands.
func codesOf(n ast.Node, takes map[string]int) (found []ast.Expr) {
	switch n := n.(type) {
	case *ast.CallExpr:
		if i, ok := takes[name(n.Fun)]; ok && i < len(n.Args) {
			found = append(found, n.Args[i])
		}
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if strings.EqualFold(name(to), "code") && i < len(n.Rhs) {
				found = append(found, n.Rhs[i])
			}
		}
	case *ast.ValueSpec:
		for i, to := range n.Names {
			if to.Name == "code" && i < len(n.Values) {
				found = append(found, n.Values[i])
			}
		}
	case *ast.KeyValueExpr:
		if strings.EqualFold(name(n.Key), "code") {
			found = append(found, n.Value)
		}
	case *ast.FuncDecl:
		if strings.EqualFold(n.Name.Name, "code") && n.Body != nil {
			ast.Inspect(n.Body, func(in ast.Node) bool {
				if r, ok := in.(*ast.ReturnStmt); ok {
					found = append(found, r.Results...)
				}
				return true
			})
		}
	}
	return found
}

// kindOf is the value of a constant of casebook's type Kind.
func kindOf(n ast.Node) string {
	if v, ok := n.(*ast.ValueSpec); ok && v.Type != nil && name(v.Type) == "Kind" && len(v.Values) == 1 {
		return literal(v.Values[0])
	}
	return ""
}

func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		s, _ := strconv.Unquote(l.Value)
		return s
	}
	return ""
}
