package openapitest

import (
	"go/constant"
	"go/types"
	"reflect"
	"slices"
	"strings"
)

// object is a part of the document.
type object = map[string]any

// schemas are the types that answers and requests are made of, as JSON Schema (draft 2020-12).
type schemas struct {
	s    *Sources
	made object
	// request makes schemas of what comes in: nothing is required, since what is missing is the domain's to refuse.
	request bool
}

// whole are types whose JSON is not what their fields say.
var whole = map[string]object{
	"time.Time": {"type": "string", "format": "date-time"},
	"github.com/go-json-experiment/json/jsontext.Value": {},
}

// of is the schema of a type.
func (m *schemas) of(t types.Type) object {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		return m.named(t)
	case *types.Pointer:
		return m.of(t.Elem())
	case *types.Basic:
		return basic(t)
	case *types.Slice:
		if b, ok := t.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Byte {
			return object{"type": "string", "contentEncoding": "base64"}
		}
		return object{"type": "array", "items": m.element(t.Elem())}
	case *types.Array:
		return object{"type": "array", "items": m.element(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case *types.Map:
		return object{"type": "object", "additionalProperties": m.element(t.Elem())}
	case *types.Struct:
		return m.structure(t)
	}
	return object{} // an interface: anything
}

// element is the schema of what stands in a list or a map: a pointer there may be null.
func (m *schemas) element(t types.Type) object {
	if _, pointer := types.Unalias(t).(*types.Pointer); pointer && !m.request {
		return object{"anyOf": []object{m.of(t), {"type": "null"}}}
	}
	return m.of(t)
}

func basic(t *types.Basic) object {
	switch {
	case t.Info()&types.IsString != 0:
		return object{"type": "string"}
	case t.Info()&types.IsBoolean != 0:
		return object{"type": "boolean"}
	case t.Kind() == types.Int64 || t.Kind() == types.Uint64:
		return object{"type": "integer", "format": "int64"}
	case t.Info()&types.IsInteger != 0:
		return object{"type": "integer"}
	case t.Info()&types.IsFloat != 0:
		return object{"type": "number"}
	}
	return object{}
}

// named refers to a component where the type is declared in a package; types of functions stand where they are used.
func (m *schemas) named(t *types.Named) object {
	o := t.Obj()
	if o.Pkg() == nil {
		return object{}
	}
	full := o.Pkg().Path() + "." + o.Name()
	switch {
	case whole[full] != nil:
		return whole[full]
	case has(t, "MarshalJSON", "MarshalJSONTo"):
		return object{}
	case has(t, "MarshalText", "AppendText"):
		return object{"type": "string"}
	}
	local := o.Parent() != o.Pkg().Scope() || t.TypeArgs().Len() > 0
	if _, is := t.Underlying().(*types.Struct); !is {
		schema := m.of(t.Underlying())
		if values := enumerated(t); len(values) > 0 {
			schema["enum"] = values
		}
		return schema
	}
	if local {
		return m.of(t.Underlying())
	}
	name := o.Pkg().Name() + "." + o.Name()
	if m.request {
		name += "Input"
	}
	if m.made[name] == nil {
		m.made[name] = object{} // it may hold itself
		schema := m.of(t.Underlying())
		if said := m.s.comments[o.Pos()]; said != "" {
			schema["description"] = said
		}
		m.made[name] = schema
	}
	return object{"$ref": "#/components/schemas/" + name}
}

// has reports whether a value of t, or one that t points to, has one of these methods.
func has(t types.Type, names ...string) bool {
	set := types.NewMethodSet(types.NewPointer(t))
	for i := range set.Len() {
		if slices.Contains(names, set.At(i).Obj().Name()) {
			return true
		}
	}
	return false
}

// enumerated are the constants of a type of strings, where its package declares at least two that are not empty.
func enumerated(t *types.Named) (values []string) {
	if b, ok := t.Underlying().(*types.Basic); !ok || b.Info()&types.IsString == 0 {
		return nil
	}
	scope := t.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		if c, ok := scope.Lookup(name).(*types.Const); ok && types.Identical(c.Type(), t) {
			values = append(values, constant.StringVal(c.Val()))
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) < 2 || len(values) == 2 && values[0] == "" {
		return nil
	}
	return values
}

// structure is an object with the members that the encoder would write.
func (m *schemas) structure(t *types.Struct) object {
	properties, required := object{}, []string{}
	open := m.members(t, properties, &required, false)
	schema := object{"type": "object", "properties": properties}
	if open {
		schema["additionalProperties"] = true
	}
	slices.Sort(required)
	if required = slices.Compact(required); len(required) > 0 && !m.request {
		schema["required"] = required
	}
	return schema
}

// members adds the members of t. open says that there may be others.
func (m *schemas) members(t *types.Struct, properties object, required *[]string, optional bool) (open bool) {
	for i := range t.NumFields() {
		f, tag := t.Field(i), reflect.StructTag(t.Tag(i)).Get("json")
		name, options, _ := strings.Cut(tag, ",")
		pointer := false
		under := types.Unalias(f.Type())
		if p, ok := under.(*types.Pointer); ok {
			pointer, under = true, p.Elem()
		}
		spread := f.Embedded() && name == "" || slices.Contains(strings.Split(options, ","), "embed")
		switch inner, is := under.Underlying().(*types.Struct); {
		case tag == "-" || !f.Exported() && !f.Embedded():
			continue
		case spread && is:
			open = m.members(inner, properties, required, optional || pointer) || open
			continue
		case spread:
			open = true // a map that takes what has no name of its own
			continue
		}
		if name == "" {
			name = f.Name()
		}
		absent := strings.Contains(options, "omitzero") || strings.Contains(options, "omitempty")
		property := m.of(f.Type())
		if strings.Contains(options, "string") {
			property = object{"type": "string"}
		}
		if pointer && !absent && !m.request {
			property = object{"anyOf": []object{property, {"type": "null"}}}
		}
		properties[name] = described(property, m.s.comments[f.Pos()])
		if !absent && !optional {
			*required = append(*required, name)
		}
	}
	return open
}

// described is a schema with a sentence beside it; the schema itself may be shared.
func described(schema object, text string) object {
	if text == "" {
		return schema
	}
	out := object{"description": text}
	for name, v := range schema {
		out[name] = v
	}
	return out
}
