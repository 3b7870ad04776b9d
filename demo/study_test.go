package demo

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/check"
	"casebook/odm"
	"casebook/odm/odm132"
)

// version reads the study's file.
func version(t *testing.T) *odm.Version {
	t.Helper()
	s, report, err := odm132.Read(bytes.NewReader(Study()))
	if err != nil {
		t.Fatal(err)
	}
	for _, loss := range report.Losses {
		t.Errorf("line %d: %s", loss.Line, loss.What)
	}
	if casebook.StudyID(s.OID) != ID || len(s.Versions) != 1 {
		t.Fatalf("study %s with %d versions", s.OID, len(s.Versions))
	}
	return s.Versions[0]
}

// scope names the items to the rule language.
func scope(x *odm.Index) check.Scope {
	types := map[odm.DataType]check.Type{
		"text": check.Text, "integer": check.Number, "float": check.Number,
		"date": check.Date, "partialDate": check.Date, "partialTime": check.Time,
	}
	return check.Scope{Item: func(oid string) (check.Type, bool) {
		item := x.Item(oid)
		if item == nil {
			return check.Untyped, false
		}
		typ, ok := types[item.DataType]
		return typ, ok
	}}
}

func TestTheStudyHangsTogether(t *testing.T) {
	t.Parallel()
	v := version(t)
	for _, link := range v.Dangling() {
		t.Errorf("%+v points to nothing", link)
	}
	x := v.Index()
	if n := len(x.FormItems("F.HBP")); n < 20 {
		t.Errorf("the home blood pressure diary has %d items", n)
	}
	asked := map[string]bool{}
	for _, form := range v.Forms {
		for _, it := range x.FormItems(form.OID) {
			if asked[it.Item.OID] {
				t.Errorf("%s is asked in two places", it.Item.OID)
			}
			asked[it.Item.OID] = true
		}
	}
	if len(asked) != len(v.Items) {
		t.Errorf("%d of %d items are asked", len(asked), len(v.Items))
	}
}

func TestEverySentenceIsInBothLanguages(t *testing.T) {
	t.Parallel()
	v := version(t)
	both := func(what string, text odm.Text) {
		han := func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }
		if strings.TrimSpace(text["en"]) == "" || strings.ContainsFunc(text["en"], han) || strings.TrimSpace(text["zh-CN"]) == "" {
			t.Errorf("%s: %q", what, text)
		}
	}
	both("protocol", v.Protocol)
	for _, e := range v.Events {
		both(e.OID, e.Description)
	}
	for _, f := range v.Forms {
		both(f.OID, f.Description)
	}
	for _, g := range v.Groups {
		both(g.OID, g.Description)
	}
	for _, i := range v.Items {
		both(i.OID, i.Question)
		for _, c := range i.Checks {
			both(i.OID+" check", c.Message)
		}
	}
	for _, l := range v.CodeLists {
		both(l.OID, l.Description)
		for _, c := range l.Items {
			both(l.OID+" "+c.Code, c.Decode)
		}
	}
	for _, u := range v.Units {
		both(u.OID, u.Symbol)
	}
	for _, c := range v.Conditions {
		both(c.OID, c.Description)
	}
	for _, m := range v.Methods {
		both(m.OID, m.Description)
	}
}

func TestEveryRuleCompilesAndReadsOnlyItsForm(t *testing.T) {
	t.Parallel()
	v := version(t)
	x := v.Index()
	compile := func(what string, want check.Type, e odm.Expression) []string {
		program, err := check.Compile(e.Code, scope(x))
		if err == nil {
			program, err = program.Want(want)
		}
		if err != nil || e.Context != "casebook" {
			t.Errorf("%s: %v", what, err)
			return nil
		}
		var reads []string
		for _, r := range program.Refs() {
			reads = append(reads, r.Name)
		}
		return reads
	}
	reads := map[string][]string{}
	for _, c := range v.Conditions {
		reads[c.OID] = compile(c.OID, check.Bool, c.Expressions[0])
	}
	for _, m := range v.Methods {
		reads[m.OID] = compile(m.OID, check.Number, m.Expressions[0])
	}
	rules := 0
	for _, form := range v.Forms {
		var asked []string
		for _, it := range x.FormItems(form.OID) {
			asked = append(asked, it.Item.OID)
		}
		inside := func(what string, names []string) {
			for _, name := range names {
				if !slices.Contains(asked, name) {
					t.Errorf("%s in %s reads %s, which is elsewhere", what, form.OID, name)
				}
			}
		}
		for _, it := range x.FormItems(form.OID) {
			for _, what := range []string{it.GroupRef.Hidden, it.Ref.Hidden, it.Ref.Method} {
				inside(what, reads[what])
			}
			for _, c := range it.Item.Checks {
				for _, e := range c.Expressions {
					inside(it.Item.OID, compile(it.Item.OID, check.Bool, e))
					rules++
				}
			}
		}
	}
	if rules < 10 || len(v.Conditions) < 10 || len(v.Methods) < 4 {
		t.Errorf("%d rules, %d conditions, %d methods", rules, len(v.Conditions), len(v.Methods))
	}
}

func TestEverySiteHasACoordinatorAndRolesNameRealSites(t *testing.T) {
	t.Parallel()
	sites := map[casebook.SiteID]bool{"": true}
	for _, s := range Sites() {
		sites[s.ID] = true
		if coordinator(s.ID) == "" {
			t.Errorf("site %s has no coordinator", s.ID)
		}
	}
	roles, ids := map[string]bool{}, map[casebook.UserID]bool{}
	for _, p := range People() {
		if ids[p.ID] || p.Name["en"] == "" || p.Name["zh-CN"] == "" {
			t.Errorf("%+v", p)
		}
		ids[p.ID] = true
		for _, r := range p.Roles {
			roles[r.Role] = true
			if !sites[r.Site] {
				t.Errorf("%s works at site %s", p.ID, r.Site)
			}
		}
	}
	for _, want := range []string{"coordinator", "investigator", "monitor", "datamanager", "admin"} {
		if !roles[want] {
			t.Errorf("nobody is %s", want)
		}
	}
}
