package casebook_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// book is the page that lists the verbs, one row of a table each: "| `patient.enrolled` | …".
const book = "docs/format/ledger.md"

var bookRow = regexp.MustCompile("(?m)^\\| `([a-z_.]+)`")

// A verb is what one package announces and another follows, so it is a promise: all are listed in one place, and what
// is listed is said somewhere.
func TestEveryVerbIsInTheBook(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(book)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range bookRow.FindAllStringSubmatch(string(text), -1) {
		listed[row[1]] = true
	}
	spoken := map[string]bool{}
	check(t, func(m *module) (complaints []string) {
		for verb, at := range verbs(m) {
			spoken[verb] = true
			if !listed[verb] {
				complaints = append(complaints, fmt.Sprintf("%s: the verb %s is not listed in %s", at, verb, book))
			}
		}
		return complaints
	}, map[string]string{
		"ward/a.go": "package ward\nimport \"casebook/ledger\"\n" +
			"const VerbMade = \"ward.bed.made\"\n" +
			"var e = ledger.Entry{What: \"ward.bed.left\"}\n" +
			"func f() { what := \"ward.bed.sold\"; code := \"ward.not_a_verb\" }\n" +
			"var g = casebook.Fail(casebook.Invalid, \"ward.full\")\n",
	}, "a.go:3: the verb ward.bed.made", "a.go:4: the verb ward.bed.left", "a.go:5: the verb ward.bed.sold")
	for _, verb := range slices.Sorted(maps.Keys(listed)) {
		if !spoken[verb] {
			t.Errorf("%s lists the verb %s, which nobody says", book, verb)
		}
	}
}

// verbs finds the verbs of the packages that write to the ledger, and where: constants and entries whose text begins
// with the package's own name, and variables called what.
func verbs(m *module) map[string]string {
	found, writes := map[string]string{}, map[string]bool{}
	for _, f := range m.files {
		writes[f.pkg] = writes[f.pkg] || f.imported("casebook/ledger") != ""
	}
	for _, f := range m.files {
		if !writes[f.pkg] {
			continue
		}
		own := f.Name.Name + "."
		take := func(e ast.Expr) {
			if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text := flatten(lit, nil, nil); strings.HasPrefix(text, own) {
					found[text] = m.at(lit)
				}
			}
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				if n.Tok == token.CONST {
					for _, spec := range n.Specs {
						for _, v := range spec.(*ast.ValueSpec).Values {
							take(v)
						}
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "What" {
					take(n.Value)
				}
			case *ast.AssignStmt:
				if name, ok := n.Lhs[0].(*ast.Ident); ok && len(n.Rhs) == 1 && name.Name == "what" {
					take(n.Rhs[0])
				}
			}
			return true
		})
	}
	return found
}
