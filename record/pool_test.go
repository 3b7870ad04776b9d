package record

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"casebook/demo"
	"casebook/odm/odm132"
)

// BenchmarkPool is a diary's document written in room of the pool and in room of its own; and the diary laid out for its rules
// on a sheet of the pool and on one of its own.
func BenchmarkPool(b *testing.B) {
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err != nil {
		b.Fatal(err)
	}
	plan := Compile(study.Versions[0], 1).forms["F.HBP"]
	f := &Form{Key: Key{"HTN-24", "03-001", "E.DIARY", "7", "F.HBP", "1"}}
	for n := range 40 {
		f.Items = append(f.Items, Kept{Value{"IG.HBAM", "1", fmt.Sprintf("IT.AMSYS%d", n), "132", ""}, "device:1", time.UnixMicro(1).UTC(), 1})
	}
	for _, of := range []struct {
		what  string
		empty func()
		do    func()
	}{
		{"document", func() { scratch.Get() }, func() { f.encode() }},
		{"sheet", func() { plan.scratch.Get() }, func() { plan.lay(f.Items, Context{}, false).done() }},
	} {
		for _, way := range []string{"kept", "made"} {
			b.Run(of.what+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if way == "made" {
						of.empty() // and away: the pool is empty
					}
					of.do()
				}
			})
		}
	}
}
