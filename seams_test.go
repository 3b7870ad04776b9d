package casebook_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// ownContext are the files that may begin a context of their own, with the reason.
var ownContext = map[string]string{
	"openapi/client/example/main.go": "a program: it is where a call begins",
	"store/lite.go":                  "a group commit belongs to many callers: one that leaves must not cancel it for the others",
	"store/wal.go":                   "the log is everybody's",
	"gateway/gateway.go":             "streams of events end when the process is told to stop, whichever request began them",
}

// A reader who goes away must stop the query: ctx is the first argument from the door to the last line of SQL.
func TestContextGoesToTheLastLine(t *testing.T) {
	t.Parallel()
	check(t, contextless, map[string]string{
		"ward/a.go": "package ward\nimport \"context\"\nimport \"casebook/store\"\n" +
			"func a() { x(context.Background()) }\n" +
			"func b() { x(context.TODO()) }\n" +
			"func c(n int, ctx context.Context) {}\n" +
			"func d(ctx context.Context, tx *store.Tx) { tx.Exec(ctx, `SELECT 1`); tx.Exec(\"SELECT 1\") }\n" +
			"func e(ctx context.Context, w w) { w.Later(ctx, ``); w.r.URL.Query() }\n",
		"hall/a.go":            "package hall\nimport \"database/sql\"\nfunc a(db *sql.DB) { db.Begin() }\n",
		"cmd/x/main.go":        "package main\nimport \"context\"\nfunc main() { x(context.Background()) }\n",
		"store/lite.go":        "package store\nimport \"context\"\nfunc a() { x(context.Background()) }\n",
		"store/storetest/a.go": "package storetest\nimport \"context\"\nfunc a() { x(context.Background()) }\n",
	}, "ward/a.go:4: context.Background", "ward/a.go:5: context.TODO", "ward/a.go:6: c takes", "ward/a.go:7: Exec without", "hall/a.go:3: Begin without")
}

// sqlVerbs run SQL. Those of database/sql that take no context at all are refused by name.
var sqlVerbs = map[string]bool{"Exec": true, "Query": true, "QueryRow": true, "Row": true, "Each": true, "Later": true, "InsertAll": true,
	"ExecContext": true, "QueryContext": true, "QueryRowContext": true, "PrepareContext": true, "SendBatch": true}

var sqlVerbsWithout = map[string]bool{"Begin": true, "Prepare": true, "Ping": true}

func contextless(m *module) (complaints []string) {
	for _, f := range m.files {
		if testOnly(f.pkg) {
			continue
		}
		f.selections("context", func(sel *ast.SelectorExpr) {
			if (sel.Sel.Name == "Background" || sel.Sel.Name == "TODO") && !inPackage(f.pkg, "cmd") && ownContext[f.path] == "" {
				complaints = append(complaints, fmt.Sprintf("%s: context.%s begins anew; pass the caller's ctx on", m.at(sel), sel.Sel.Name))
			}
		})
		speaksSQL := f.imported("casebook/store") != "" || f.imported("database/sql") != "" || strings.Contains(importsOf(f), "jackc/pgx")
		ast.Inspect(f.File, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if !ctxFirst(n.Type) {
					complaints = append(complaints, fmt.Sprintf("%s: %s takes its context after something else; ctx comes first", m.at(n), n.Name.Name))
				}
			case *ast.CallExpr:
				if name, bad := withoutContext(n); speaksSQL && bad {
					complaints = append(complaints, fmt.Sprintf("%s: %s without a context", m.at(n), name))
				}
			}
			return true
		})
	}
	return complaints
}

func importsOf(f *source) string {
	var all []string
	for _, spec := range f.Imports {
		all = append(all, spec.Path.Value)
	}
	return strings.Join(all, " ")
}

// ctxFirst says whether a context comes before everything but an http.ResponseWriter.
func ctxFirst(fn *ast.FuncType) bool {
	behind := false
	for _, p := range fn.Params.List {
		switch {
		case isType(p.Type, "context", "Context") && behind:
			return false
		case !isType(p.Type, "http", "ResponseWriter"):
			behind = true
		}
	}
	return true
}

func isType(e ast.Expr, pkg, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// withoutContext says whether a call of an SQL verb is given something else first than a context.
func withoutContext(call *ast.CallExpr) (verb string, bad bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	verb = sel.Sel.Name
	if len(call.Args) == 0 {
		return verb, sqlVerbsWithout[verb]
	}
	return verb, sqlVerbs[verb] && !isContext(call.Args[0])
}

func isContext(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return strings.HasSuffix(strings.ToLower(e.Name), "ctx") || e.Name == "bound"
	case *ast.SelectorExpr:
		return isContext(e.Sel)
	case *ast.CallExpr: // context.WithoutCancel(ctx), tx.ctx(ctx), r.Context()
		sel, ok := e.Fun.(*ast.SelectorExpr)
		return ok && (sel.Sel.Name == "Context" || isContext(sel.Sel) || isContext(sel.X) || fmt.Sprint(sel.X) == "context")
	}
	return false
}

// realTime are the files that may read the clock on the wall, with the reason.
var realTime = map[string]string{
	"web/peers.go": "what is left of a context's deadline, which the runtime keeps on the wall's clock",
}

// seeded is what a program may take from math/rand: a generator with a seed gives the same each time, which is no
// chance at all.
var seeded = []string{"New", "NewPCG", "NewChaCha8", "NewZipf", "NewSource", "Rand", "PCG", "Source", "ChaCha8", "Zipf"}

// Time and chance come from casebook.World, so that a test can say what both are.
func TestTimeAndChanceAreInjected(t *testing.T) {
	t.Parallel()
	check(t, uninjected, map[string]string{
		"casebook.go": "package casebook\nimport \"time\"\nvar now = time.Now()\n",
		"ward/a.go": "package ward\nimport (\"time\"; \"math/rand/v2\"; secret \"crypto/rand\")\n" +
			"var a = time.Now()\nvar b = time.Since(a)\nvar c = rand.IntN(6)\nvar d = secret.Text()\n" +
			"var e = rand.New(rand.NewPCG(1, 2)).IntN(6)\nvar f = time.Second\n",
		"cmd/x/main.go": "package main\nimport \"time\"\nvar now = time.Now()\n",
	}, "ward/a.go:3: time.Now", "ward/a.go:4: time.Since", "ward/a.go:5: rand.IntN", "ward/a.go:6: rand.Text")
}

func uninjected(m *module) (complaints []string) {
	for _, f := range m.files {
		if f.path == "casebook.go" || realTime[f.path] != "" || inPackage(f.pkg, "cmd") || inPackage(f.pkg, "load") || testOnly(f.pkg) {
			continue
		}
		for from, free := range map[string]func(string) bool{
			"time":         func(name string) bool { return name != "Now" && name != "Since" && name != "Until" },
			"math/rand":    func(name string) bool { return slices.Contains(seeded, name) },
			"math/rand/v2": func(name string) bool { return slices.Contains(seeded, name) },
			"crypto/rand":  func(string) bool { return false },
		} {
			f.selections(from, func(sel *ast.SelectorExpr) {
				if !free(sel.Sel.Name) {
					base := path.Base(strings.TrimSuffix(from, "/v2"))
					complaints = append(complaints, fmt.Sprintf("%s: %s.%s; time and chance come from casebook.World", m.at(sel), base, sel.Sel.Name))
				}
			})
		}
	}
	return complaints
}
