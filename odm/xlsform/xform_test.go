package xlsform_test

import (
	"encoding/xml"
	"io"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"casebook/odm"
)

// bind is what an XForm says of a question or group, in the words of an XLSForm.
type bind struct {
	Type, Relevant, Constraint, Calculation, Count string
	Required, ReadOnly                             bool
}

// xform reads the binds of the XForm that another program made of an XLSForm, by path below the form, and the groups
// and repeats of its body.
func xform(t *testing.T, name string) (binds map[string]bind, groups map[string]string) {
	t.Helper()
	f, err := os.Open(corpus(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	binds, groups = map[string]bind{}, map[string]string{}
	for dec := xml.NewDecoder(f); ; {
		tok, err := dec.Token()
		if err == io.EOF {
			return binds, groups
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		a := map[string]string{}
		for _, attr := range e.Attr {
			a[attr.Name.Local] = attr.Value
		}
		switch e.Name.Local {
		case "bind":
			binds[below(a["nodeset"])] = bind{Type: a["type"], Relevant: named(a["relevant"]), Constraint: named(a["constraint"]),
				Calculation: named(a["calculate"]), Required: a["required"] == "true()", ReadOnly: a["readonly"] == "true()"}
		case "group":
			if groups[below(a["ref"])] == "" {
				groups[below(a["ref"])] = "group"
			}
		case "repeat":
			groups[below(a["nodeset"])] = "repeat"
		}
	}
}

// below returns a path without the form's own step.
func below(path string) string {
	steps := strings.SplitN(strings.Trim(path, "/ "), "/", 2)
	return steps[len(steps)-1]
}

var longPath = regexp.MustCompile(` ?/[A-Za-z_][\w-]*(?:/[\w-]+)*/([\w-]+) ?`)

// named writes the paths of an expression as an XLSForm does, and normal blanks.
func named(code string) string {
	return strings.Join(strings.Fields(longPath.ReplaceAllString(code, "${$1}")), " ")
}

// said is what the definition says in the same words.
func said(v *odm.Version) (binds map[string]bind, groups map[string]string) {
	x := v.Index()
	binds, groups = map[string]bind{}, map[string]string{}
	paths := map[string]string{}
	shown := func(oid string) string {
		if c := x.Condition(oid); c != nil {
			return strings.Join(strings.Fields(c.Expressions[0].Code), " ")
		}
		return ""
	}
	for _, ref := range v.Forms[0].Groups {
		g := x.Group(ref.OID)
		path := g.Name
		if strings.HasSuffix(ref.OID, ".root") {
			path = ""
		} else if within := paths[ref.Within]; within != "" {
			path = within + "/" + g.Name
		}
		paths[ref.OID] = path
		if path != "" {
			groups[path] = map[bool]string{true: "repeat", false: "group"}[g.Repeating]
			if s := shown(ref.Hidden); s != "" {
				binds[path] = bind{Relevant: s}
			}
		}
		for _, r := range g.Items {
			it := x.Item(r.OID)
			b := bind{Type: xformType(it), Relevant: shown(r.Hidden), Required: r.Mandatory, ReadOnly: it.ReadOnly || it.Note}
			for _, c := range it.Checks {
				if len(c.Expressions) > 0 {
					b.Constraint = c.Expressions[0].Code
				}
			}
			if m := x.Method(r.Method); m != nil {
				b.Calculation = m.Expressions[0].Code
			}
			binds[strings.TrimPrefix(path+"/"+it.Name, "/")] = b
		}
	}
	return binds, groups
}

// xformType is the type of an XForm's bind.
func xformType(it *odm.Item) string {
	if it.Layout != nil {
		switch it.Layout.Control {
		case "barcode":
			return "barcode"
		case "image", "audio", "video", "file", "signature":
			return "binary"
		case "location":
			if kind := it.Extra; kind != nil && kind.Kept["xlsform:type"] != "" {
				return kind.Kept["xlsform:type"]
			}
			return "geopoint"
		}
	}
	if it.Extra != nil && strings.HasPrefix(it.Extra.Kept["xlsform:type"], "rank") {
		return "odk:rank"
	}
	switch it.DataType {
	case "integer":
		return "int"
	case "float":
		return "decimal"
	case "datetime":
		return "dateTime"
	case "date", "time":
		return string(it.DataType)
	}
	return "string"
}

// The form that exercises the whole specification gives the fields, groups, constraints, relevance, calculations,
// requirements and types of the XForm that pyxform makes of it.
func TestTheSpecificationsFormEqualsItsXForm(t *testing.T) {
	t.Parallel()
	compareXForm(t, "edc/xlsform/pyxform_xlsform_spec_test.xlsx", "edc/xlsform/pyxform_xlsform_spec_test_expected.xml", map[string]string{
		"everything/repeat_test_count":                                       "pyxform writes a node for the number of repeats",
		"everything/repeat_test/name/reserved_name_for_field_list_labels_25": "pyxform writes a question for the heads of a table",
		"meta/instanceID":   "every XForm has it",
		"meta/instanceName": "a setting",
	})
}

func TestTheFormOfAllQuestionTypesEqualsItsXForm(t *testing.T) {
	t.Parallel()
	compareXForm(t, "epro/xlsform-all-question-types.xlsx", "epro/xform-all-question-types.xml", map[string]string{
		"meta/instanceID": "every XForm has it",
	})
}

// compareXForm wants the same of both; theirs are the binds of the XForm that stand for nothing in the form, and why.
func compareXForm(t *testing.T, form, expected string, theirs map[string]string) {
	t.Helper()
	s, _ := readFile(t, form)
	want, wantGroups := xform(t, expected)
	got, gotGroups := said(s.Versions[0])
	if len(want) < 40 {
		t.Fatalf("only %d binds are found in the XForm", len(want))
	}
	for path := range theirs {
		if _, there := want[path]; !there {
			t.Errorf("the XForm has no %s", path)
		}
		delete(want, path)
	}
	if !maps.Equal(gotGroups, wantGroups) {
		t.Errorf("groups %v, want %v", gotGroups, wantGroups)
	}
	for path, w := range want {
		if g, there := got[path]; !there || g != w {
			t.Errorf("%s is %+v (%v), want %+v", path, g, there, w)
		}
	}
	for path, b := range got {
		if _, there := want[path]; !there && b != (bind{Type: "string"}) { // which an XForm need not say
			t.Errorf("the XForm has no %s", path)
		}
	}
}
