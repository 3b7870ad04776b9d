package formal

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook/check"
)

// design is what the translation asks of a study design in ODM-XML.
type design struct {
	types       map[string]check.Type
	forms       map[string]bool
	groups      map[string]bool
	expressions [][2]string // context, code
}

func corpus(t *testing.T, file string) design {
	t.Helper()
	dir := os.Getenv("CASEBOOK_CORPUS")
	if dir == "" {
		dir = "../../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, "edc", "odm", file))
	if err != nil {
		t.Skip("the corpus of study designs is not here: ", err)
	}
	defer f.Close()
	d := design{types: map[string]check.Type{}, forms: map[string]bool{}, groups: map[string]bool{}}
	for dec := xml.NewDecoder(f); ; {
		tok, err := dec.Token()
		if err == io.EOF {
			return d
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "ItemDef":
			d.types[attr(start, "OID")] = itemType(attr(start, "DataType"), attr(start, "HtmlType") == "checkbox")
		case "FormDef":
			d.forms[attr(start, "OID")] = true
		case "ItemGroupDef":
			d.groups[attr(start, "OID")] = true
		case "FormalExpression":
			var code string
			if err := dec.DecodeElement(&code, &start); err != nil {
				t.Fatal(err)
			}
			d.expressions = append(d.expressions, [2]string{attr(start, "Context"), code})
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func itemType(dataType string, multiple bool) check.Type {
	t := map[string]check.Type{"integer": check.Number, "float": check.Number, "double": check.Number,
		"date": check.Date, "time": check.Time, "datetime": check.DateTime, "boolean": check.Bool}[dataType]
	if t == check.Untyped {
		t = check.Text
	}
	if multiple {
		return check.ListOf(t)
	}
	return t
}

// names knows the items, and what Viedoc says of the visit.
func (d design) names(foreign string) (string, check.Type, bool) {
	switch foreign {
	case "EventDate":
		return "event.date", check.Date, true
	case "StudyEventDefId":
		return "event.id", check.Text, true
	case "StudyEventRepeatKey":
		return "event.repeat", check.Text, true
	case "CountryCode":
		return "site.country", check.Text, true
	}
	name := foreign
	if group, item, ok := strings.Cut(foreign, "-"); ok && d.groups[group] { // OpenEDC
		name = item
	} else if form, item, ok := strings.Cut(foreign, "."); ok && d.forms[form] { // Viedoc
		name = item
	}
	t, ok := d.types[name]
	return name, t, ok
}

// translated counts what of the expressions in a language could be carried over.
func (d design) translated(t *testing.T, context string) (done, all int) {
	t.Helper()
	for _, e := range d.expressions {
		if e[0] != context {
			continue
		}
		all++
		src, err := Translate(context, e[1], d.names)
		if err != nil {
			t.Logf("kept verbatim: %v\n\t%s", err, strings.ReplaceAll(e[1], "\n", "\n\t"))
			continue
		}
		t.Logf("%s", src)
		done++
	}
	return done, all
}

func TestJavaScriptOfAPhaseTwoDesign(t *testing.T) {
	t.Parallel()
	d := corpus(t, "viedoc_phase2_template_studydesign.xml")
	done, all := d.translated(t, "js")
	t.Logf("%d of %d", done, all)
	if all < 300 || done*100 < all*95 {
		t.Errorf("translated %d of %d expressions", done, all)
	}
}

func TestOpenEDCExample(t *testing.T) {
	t.Parallel()
	d := corpus(t, "openedc_example_metadata.xml")
	if done, all := d.translated(t, "OpenEDC"); all != 9 || done != all {
		t.Errorf("translated %d of %d expressions", done, all)
	}
}

func TestXPathOfCDISCExample(t *testing.T) {
	t.Parallel()
	d := corpus(t, "cdisc_odm132_dave_multilang.xml")
	if done, all := d.translated(t, "XPath"); all != 13 || done != all {
		t.Errorf("translated %d of %d expressions", done, all)
	}
}
