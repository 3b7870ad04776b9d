package edc

import (
	"maps"
	"testing"
	"time"

	"casebook/odm"
	"casebook/record"
)

// What conditions of the schedule call for is waited for, what they release is not, and neither is lost from sight.
func TestAScheduleWaitsForWhatItsConditionsCallFor(t *testing.T) {
	t.Parallel()
	is := func(code string) []odm.Expression { return []odm.Expression{{Context: "casebook", Code: code}} }
	st := record.Compile(&odm.Version{OID: "P", EventRefs: []odm.Ref{{OID: "BL"}, {OID: "V", Hidden: "LEFT"}, {OID: "PREG", MandatoryWhen: "PREGNANT"}},
		Events: []odm.Event{{OID: "BL", Type: odm.Scheduled, Forms: []odm.Ref{{OID: "B", Mandatory: true}}},
			{OID: "V", Type: odm.Scheduled, Forms: []odm.Ref{{OID: "F", Mandatory: true}, {OID: "N", MandatoryWhen: "PREGNANT"}}},
			{OID: "PREG", Type: odm.Unscheduled, Forms: []odm.Ref{{OID: "N", Mandatory: true}}}},
		Forms:      []odm.Form{{OID: "B", Groups: []odm.Ref{{OID: "G"}}}, {OID: "F", Groups: []odm.Ref{{OID: "H"}}}, {OID: "N", Groups: []odm.Ref{{OID: "H"}}}},
		Groups:     []odm.ItemGroup{{OID: "G", Items: []odm.Ref{{OID: "P"}, {OID: "L"}}}, {OID: "H", Items: []odm.Ref{{OID: "X"}}}},
		Items:      []odm.Item{{OID: "P", DataType: "boolean"}, {OID: "L", DataType: "boolean"}, {OID: "X", DataType: "text"}},
		Conditions: []odm.Condition{{OID: "PREGNANT", Expressions: is("P")}, {OID: "LEFT", Expressions: is("L")}}}, 1)
	baseline := func(pregnant, left string) []*record.Form {
		f := &record.Form{Key: record.Key{Event: "BL", EventRepeat: "1", Form: "B", FormRepeat: "1"}}
		for item, value := range map[string]string{"L": left, "P": pregnant} {
			f.Items = append(f.Items, record.Kept{Value: record.Value{Group: "G", Repeat: "1", Item: item, Value: value}})
		}
		return []*record.Form{f}
	}
	for _, c := range []struct {
		pregnant, left string
		share          float64
		said           map[string]string
	}{
		{"false", "false", 1.0 / 2, map[string]string{}},
		{"true", "false", 1.0 / 4, map[string]string{"V/N": demanded, "PREG/N": demanded}},
		{"false", "true", 1, map[string]string{"V/F": released, "V/N": released}},
		{"true", "true", 1.0 / 2, map[string]string{"V/F": released, "V/N": released, "PREG/N": demanded}},
	} {
		e := expectations{st, baseline(c.pregnant, c.left), record.Context{Now: time.Unix(1, 0)}}
		share, said := e.progress(map[string]bool{"BL/B": true})
		if share != c.share || !maps.Equal(said, c.said) {
			t.Errorf("pregnant %s, left %s: %v done of what is waited for, and it says %v; want %v and %v", c.pregnant, c.left, share, said, c.share, c.said)
		}
		for _, v := range visits(e, nil, nil) {
			for _, f := range v.Forms {
				want := c.said[v.Event+"/"+f.Form]
				if v.Expected == "" && f.Expected != want || v.Expected != "" && v.Expected != want {
					t.Errorf("pregnant %s, left %s: the casebook says of %s/%s %q and %q, want %q", c.pregnant, c.left, v.Event, f.Form, v.Expected, f.Expected, want)
				}
			}
		}
	}
}
