package record_test

import (
	"fmt"
	"testing"
	"time"

	"casebook/odm"
	"casebook/record"
)

// large is a study of so many rules: forms of 20 items, each with a check that reads itself and its neighbour.
func large(rules int) *odm.Version {
	v := &odm.Version{EventRefs: []odm.Ref{{OID: "E"}}, Events: []odm.Event{{OID: "E", Type: odm.Scheduled}}}
	for f := range rules / 20 {
		form, group := fmt.Sprintf("F%d", f), odm.ItemGroup{OID: fmt.Sprintf("G%d", f)}
		for i := range 20 {
			item := fmt.Sprintf("I%d_%d", f, i)
			group.Items = append(group.Items, odm.Ref{OID: item})
			source := fmt.Sprintf("%s < 1000 && (blank(I%d_%d) || %s >= 0)", item, f, (i+1)%20, item)
			v.Items = append(v.Items, odm.Item{OID: item, DataType: "integer", Checks: []odm.RangeCheck{{Expressions: rule(source)}}})
		}
		v.Groups = append(v.Groups, group)
		v.Forms = append(v.Forms, odm.Form{OID: form, Groups: []odm.Ref{{OID: group.OID}}})
		v.Events[0].Forms = append(v.Events[0].Forms, odm.Ref{OID: form})
	}
	return v
}

// A save costs what its form costs, however many rules the study has.
func BenchmarkSaveInALargeStudy(b *testing.B) {
	for _, rules := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(rules), func(b *testing.B) {
			st := record.Compile(large(rules), 1)
			form := &record.Form{Key: record.Key{Event: "E", EventRepeat: "1", Form: "F3", FormRepeat: "1"}}
			in := record.Context{Now: time.Unix(1, 0), Reason: "x", NewID: func() string { return "q" }}
			for i := range 20 {
				out, err := st.Apply(form, -1, []record.Value{{Group: "G3", Repeat: "1", Item: fmt.Sprintf("I3_%d", i), Value: "7"}}, in)
				if err != nil {
					b.Fatal(err)
				}
				form = out.Form
			}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if _, err := st.Apply(form, -1, []record.Value{{Group: "G3", Repeat: "1", Item: "I3_5", Value: fmt.Sprint(n % 900)}}, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
