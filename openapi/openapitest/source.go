// Package openapitest writes the API's document: the router says which addresses there are and who may use them, the
// sources say what each takes and answers. Only tests import it; the program carries what it wrote.
package openapitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"

	"casebook/auth"
)

// Sources are the product's packages, parsed and with their types.
type Sources struct {
	set      *token.FileSet
	packages map[string]*source
	comments map[token.Pos]string // of types and fields, by the place of their names
}

type source struct {
	*types.Package
	info  *types.Info
	funcs map[types.Object]*ast.FuncDecl
}

// listed is one package as `go list` tells of it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// Read parses and type-checks the product's packages in the module at dir. What they import from others comes from the
// compiler's own files.
func Read(dir string) (*Sources, error) {
	list := exec.Command("go", "list", "-trimpath", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles", "./cmd/casebook")
	list.Dir, list.Stderr = dir, os.Stderr
	list.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is shipped, and so compiled already
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("openapitest: go list: %w", err)
	}
	s := &Sources{set: token.NewFileSet(), packages: map[string]*source{}, comments: map[token.Pos]string{}}
	exports := map[string]string{}
	others := importer.ForCompiler(s.set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for d := json.NewDecoder(strings.NewReader(string(out))); ; { // in the order of imports
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return s, nil
		} else if err != nil {
			return nil, err
		}
		exports[p.ImportPath] = p.Export
		if p.ImportPath != "casebook" && !strings.HasPrefix(p.ImportPath, "casebook/") {
			continue
		}
		if err := s.add(p, others); err != nil {
			return nil, err
		}
	}
}

// imports finds our packages among the sources and others by the compiler's files.
type imports struct {
	s      *Sources
	others types.Importer
}

func (i imports) Import(path string) (*types.Package, error) {
	if p := i.s.packages[path]; p != nil {
		return p.Package, nil
	}
	return i.others.Import(path)
}

func (s *Sources) add(p listed, others types.Importer) error {
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(s.set, filepath.Join(p.Dir, name), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	config := types.Config{Importer: imports{s, others}}
	pkg, err := config.Check(p.ImportPath, s.set, files, info)
	if err != nil {
		return err
	}
	src := &source{pkg, info, map[types.Object]*ast.FuncDecl{}}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool { s.note(src, n); return true })
	}
	s.packages[p.ImportPath] = src
	return nil
}

// note keeps functions by their objects, and the comments of types and fields.
func (s *Sources) note(src *source, n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		src.funcs[src.info.Defs[n.Name]] = n
	case *ast.GenDecl:
		for _, spec := range n.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok {
				s.comments[t.Name.Pos()] = words(t.Doc, n.Doc, t.Comment)
			}
		}
	case *ast.Field:
		for _, name := range n.Names {
			s.comments[name.Pos()] = words(n.Doc, n.Comment)
		}
	}
}

// words is the first of some comments that says anything, on one line.
func words(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if text := strings.Join(strings.Fields(g.Text()), " "); text != "" {
			return text
		}
	}
	return ""
}

// handler finds the function that answers a route, or nil for one that the sources do not name.
func (s *Sources) handler(r auth.Route) (*source, *ast.FuncDecl) {
	name := runtime.FuncForPC(reflect.ValueOf(r.Handle).Pointer()).Name() // casebook/auth.(*Service).getSession-fm
	slash := strings.LastIndexByte(name, '/')
	dot := strings.IndexByte(name[slash+1:], '.') + slash + 1
	src := s.packages[name[:dot]]
	if src == nil {
		return nil, nil
	}
	want := strings.NewReplacer("(", "", ")", "", "*", "", "-fm", "").Replace(name[dot+1:])
	for _, decl := range src.funcs {
		if full := receiver(decl) + "." + decl.Name.Name; full == want || full == "."+want {
			return src, decl
		}
	}
	return nil, nil
}

func receiver(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return ""
	}
	t := decl.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
