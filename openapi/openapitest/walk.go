package openapitest

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strconv"
	"strings"
)

// operation is what the sources say of one address.
type operation struct {
	pkg, name string // the handler's
	id        string
	said      string // the handler's comment
	query     map[string]bool
	headers   map[string]bool
	body      object            // of JSON; nil for none
	raw       bool              // it reads a body that is not JSON
	answers   map[string]object // by status
	kinds     map[string]bool   // media types that are no JSON
}

// walker reads the functions that answer one route.
type walker struct {
	s       *Sources
	answer  *schemas
	request *schemas
	op      *operation
	seen    map[*ast.FuncDecl]bool
}

// walk reads a function, and those of ours that it hands the request, the answer or the query to. given are constants that
// its caller passed.
func (w *walker) walk(src *source, decl *ast.FuncDecl, given arguments) {
	if decl.Body == nil || w.seen[decl] && len(given) == 0 {
		return
	}
	w.seen[decl] = true
	f := frame{w, src, decl, given}
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			f.call(n)
		case *ast.IndexExpr:
			if name, ok := f.text(n.Index); ok && f.is(n.X, "net/url.Values") {
				w.op.query[name] = true
			}
		case *ast.SelectorExpr:
			if n.Sel.Name == "Body" && f.is(n.X, "net/http.Request") {
				w.op.raw = true
			}
		}
		return true
	})
}

// frame is one function while it is read.
type frame struct {
	*walker
	src   *source
	decl  *ast.FuncDecl
	given arguments
}

// arguments are what a function's parameters are known to be: a constant text, or the type behind an interface.
type arguments map[types.Object]argument

type argument struct {
	text  string
	known bool // text is
	is    types.Type
}

func (f *frame) call(c *ast.CallExpr) {
	if sel, ok := c.Fun.(*ast.SelectorExpr); ok && len(c.Args) > 0 {
		name, known := f.text(c.Args[0])
		switch {
		case !known:
		case (sel.Sel.Name == "Get" || sel.Sel.Name == "Has") && f.is(sel.X, "net/url.Values"):
			f.op.query[name] = true
		case sel.Sel.Name == "Get" && f.ofRequest(sel.X):
			f.op.headers[name] = true
		case sel.Sel.Name == "Set" && name == "Content-Type" && len(c.Args) == 2:
			if kind, ok := f.text(c.Args[1]); ok {
				kind, _, _ = strings.Cut(kind, ";")
				f.op.kinds[kind] = true
			}
		}
		if sel.Sel.Name == "WriteHeader" {
			if n, ok := f.number(c.Args[0]); ok && n != 304 {
				f.answered(n, nil)
			}
		}
	}
	called := f.called(c)
	if called == nil || called.Pkg() == nil {
		return
	}
	switch called.Pkg().Path() + "." + called.Name() {
	case "casebook/web.Decode":
		f.op.body = f.request.of(f.typeOf(c.Args[2]))
	case "casebook/web.Parse":
		f.op.body = f.request.of(f.typeOf(c.Args[1]))
	case "casebook/web.Body":
		if f.op.body == nil {
			f.op.body = object{}
		}
	case "casebook/web.Bytes":
		f.op.raw = true
	case "casebook/web.JSON":
		f.json(c.Args[1], c.Args[2])
	case "casebook/web.Resource":
		f.op.kinds[fhirKind] = true
		if n, ok := f.number(c.Args[1]); ok {
			f.answered(n, nil)
		}
	case "casebook/web.NewSheet", "casebook/web.CSV":
		f.op.kinds["text/csv"] = true
		f.answered(200, nil)
	case "casebook/web.Raw":
		if n, ok := f.number(c.Args[1]); ok {
			f.answered(n, object{})
		}
	default:
		f.descend(called, c)
	}
}

// json notes an answer. One whose status is not written down has many, and is noted as 200.
func (f *frame) json(status, value ast.Expr) {
	n, ok := f.number(status)
	if !ok {
		n = 200
	}
	f.answered(n, f.shape(value))
}

func (f *frame) answered(status int64, schema object) {
	key := strconv.FormatInt(status, 10)
	if before := f.op.answers[key]; len(before) > 0 && len(schema) > 0 {
		f.op.answers[key] = object{"anyOf": []object{before, schema}}
		return
	}
	if schema != nil || f.op.answers[key] == nil {
		f.op.answers[key] = schema
	}
}

// descend reads a function of ours that gets something of the request or the answer.
func (f *frame) descend(called *types.Func, c *ast.CallExpr) {
	src := f.s.packages[called.Pkg().Path()]
	if src == nil || called.Pkg().Path() == "casebook/web" || called.Pkg().Path() == "casebook/auth" && f.src.Path() != "casebook/auth" {
		return
	}
	decl := src.funcs[called]
	parameters := called.Signature().Params()
	given, concerned := arguments{}, false
	for i := range min(parameters.Len(), len(c.Args)) {
		p := parameters.At(i)
		switch p.Type().String() {
		case "*net/http.Request", "net/http.ResponseWriter", "net/url.Values":
			concerned = true
		case "string":
			if text, ok := f.text(c.Args[i]); ok {
				given[p] = argument{text: text, known: true}
			}
		case "any":
			given[p] = argument{is: f.typeOf(c.Args[i])}
		}
	}
	if decl != nil && concerned {
		f.walk(src, decl, given)
	}
}

// shape is the schema of a value as it is written: of a map by its members, of anything else by its type.
func (f *frame) shape(value ast.Expr) object {
	t := f.src.info.TypeOf(value)
	m, isMap := t.Underlying().(*types.Map)
	if !isMap || !types.IsInterface(m.Elem()) {
		return f.answer.of(t)
	}
	properties, required := object{}, []string{}
	switch v := value.(type) {
	case *ast.CompositeLit:
		f.literal(v, properties, &required)
	case *ast.Ident:
		f.assigned(f.src.info.Uses[v], properties, &required)
	}
	if len(properties) == 0 {
		return object{"type": "object"}
	}
	return object{"type": "object", "properties": properties, "required": required}
}

func (f *frame) literal(v *ast.CompositeLit, properties object, required *[]string) {
	for _, e := range v.Elts {
		pair := e.(*ast.KeyValueExpr)
		if name, ok := f.text(pair.Key); ok {
			properties[name] = f.shape(pair.Value)
			*required = append(*required, name)
		}
	}
}

// assigned looks for what a variable was made of, and for members that it was given later, which may be missing.
func (f *frame) assigned(variable types.Object, properties object, required *[]string) {
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != len(a.Rhs) {
			return true
		}
		for i, left := range a.Lhs {
			switch left := left.(type) {
			case *ast.Ident:
				if v, ok := a.Rhs[i].(*ast.CompositeLit); ok && (f.src.info.Defs[left] == variable || f.src.info.Uses[left] == variable) {
					f.literal(v, properties, required)
				}
			case *ast.IndexExpr:
				id, ok := left.X.(*ast.Ident)
				if name, known := f.text(left.Index); ok && known && f.src.info.Uses[id] == variable {
					properties[name] = f.shape(a.Rhs[i])
				}
			}
		}
		return true
	})
}

// called is the function that a call calls, when it is known.
func (f *frame) called(c *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch fun := c.Fun.(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	default:
		return nil
	}
	called, _ := f.src.info.Uses[id].(*types.Func)
	return called
}

// is reports whether e is of a named type, or points to one.
func (f *frame) is(e ast.Expr, name string) bool {
	t := f.src.info.TypeOf(e)
	return t != nil && strings.TrimPrefix(t.String(), "*") == name
}

// ofRequest reports whether e is the header of a request.
func (f *frame) ofRequest(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Header" && f.is(sel.X, "net/http.Request")
}

// text is the constant text of e, its own or its caller's.
func (f *frame) text(e ast.Expr) (string, bool) {
	if v := f.src.info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v), true
	}
	if id, ok := e.(*ast.Ident); ok {
		given := f.given[f.src.info.Uses[id]]
		return given.text, given.known
	}
	return "", false
}

// typeOf is the type of e, or of what the caller passed as it.
func (f *frame) typeOf(e ast.Expr) types.Type {
	if id, ok := e.(*ast.Ident); ok {
		if given := f.given[f.src.info.Uses[id]]; given.is != nil {
			return given.is
		}
	}
	return f.src.info.TypeOf(e)
}

func (f *frame) number(e ast.Expr) (int64, bool) {
	v := f.src.info.Types[e].Value
	if v == nil || v.Kind() != constant.Int {
		return 0, false
	}
	return constant.Int64Val(v)
}
