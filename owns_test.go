package casebook_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	createTable = regexp.MustCompile(`(?i)CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([a-z_][a-z0-9_]*)\s*\(`)
	// namesTable finds the tables of a statement. Keywords of SQL are written in capitals, which no sentence is.
	namesTable = regexp.MustCompile(`\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\s+([a-z_][a-z0-9_]*)`)
)

// owners maps every table to the package whose migrations create it.
func (m *module) owners() map[string]string {
	owners := map[string]string{}
	for _, mig := range m.migrations {
		for _, table := range createTable.FindAllStringSubmatch(mig.text, -1) {
			owners[table[1]] = mig.pkg
		}
	}
	return owners
}

// unknown stands in a text for a part that is known only when the product runs.
const unknown = "⟨…⟩"

// statement is a text in the source: a literal, or literals and constants joined by +.
type statement struct {
	file *source
	node ast.Node
	text string
}

// texts collects the texts of all files. A table given to store.NewInsert becomes the insert that it stands for.
func (m *module) texts() (all []statement) {
	constants := m.constants()
	for _, f := range m.files {
		if testOnly(f.pkg) {
			continue
		}
		var visit func(ast.Node) bool
		visit = func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec, *ast.Field:
				return false
			case *ast.CallExpr:
				if insert, ok := newInsert(n, constants[f.pkg]); ok {
					all = append(all, statement{f, n, insert})
					return false
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					all = append(all, statement{f, n, flatten(n, nil, visit)})
				}
			case *ast.BinaryExpr:
				if n.Op == token.ADD {
					all = append(all, statement{f, n, flatten(n, constants[f.pkg], visit)})
					return false
				}
			}
			return true
		}
		ast.Inspect(f.File, visit)
	}
	return all
}

// constants are the texts that packages give names to, by package and name.
func (m *module) constants() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, f := range m.files {
		if all[f.pkg] == nil {
			all[f.pkg] = map[string]string{}
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, v := range spec.Values {
				if text := flatten(v, all[f.pkg], nil); i < len(spec.Names) && text != unknown {
					all[f.pkg][spec.Names[i].Name] = text
				}
			}
			return true
		})
	}
	return all
}

// flatten joins an expression of texts; what is no text is unknown, and rest is given a look at it.
func flatten(e ast.Expr, constants map[string]string, rest func(ast.Node) bool) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	case *ast.ParenExpr:
		return flatten(e.X, constants, rest)
	case *ast.BinaryExpr:
		return flatten(e.X, constants, rest) + flatten(e.Y, constants, rest)
	case *ast.Ident:
		if text, ok := constants[e.Name]; ok {
			return text
		}
	}
	if rest != nil {
		ast.Inspect(e, rest)
	}
	return unknown
}

// newInsert writes out store.NewInsert(table, columns, conflict, key).
func newInsert(call *ast.CallExpr, constants map[string]string) (string, bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "NewInsert" || len(call.Args) != 4 {
		return "", false
	}
	arg := func(i int) string { return flatten(call.Args[i], constants, nil) }
	return fmt.Sprintf("INSERT INTO %s(%s) %s", arg(0), arg(1), arg(2)), true
}

// A table belongs to the package that makes it: only its SQL names it. Others call the package, or follow the ledger.
func TestOwnsOnlyItsTables(t *testing.T) {
	t.Parallel()
	check(t, poaching, map[string]string{
		"ward/migrations/1_ward.sql": "CREATE TABLE ward (study_id TEXT PRIMARY KEY);\nCREATE TABLE ward_bed (study_id TEXT PRIMARY KEY);",
		"ward/a.go":                  "package ward\nconst q = `SELECT 1 FROM ward`",
		"diet/a.go": "package diet\nimport \"casebook/store\"\nconst columns = `a, b`\n" +
			"var q = `SELECT ` + columns + ` FROM ward`\n" +
			"var r = `SELECT x FROM soup JOIN ward_bed ON true`\n" +
			"var i = store.NewInsert(\"ward\", \"study_id text\", \"\", \"\")\n" +
			"var s = \"a patient from ward 7\"\n",
	}, "diet/a.go:4: names the table ward", "diet/a.go:5: names the table ward_bed", "diet/a.go:6: names the table ward")
}

func poaching(m *module) (complaints []string) {
	owners := m.owners()
	for _, s := range m.texts() {
		for _, name := range namesTable.FindAllStringSubmatch(s.text, -1) {
			if owner, ok := owners[name[1]]; ok && owner != s.file.pkg {
				complaints = append(complaints, fmt.Sprintf("%s: names the table %s, which belongs to package %s", m.at(s.node), name[1], strings.TrimSpace(owner)))
			}
		}
	}
	return complaints
}
