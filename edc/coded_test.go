package edc_test

import (
	"fmt"
	"strings"
	"testing"

	"casebook"
	"casebook/demo"
	"casebook/edc/coding"
	"casebook/patient"
	"casebook/record"
	"casebook/trial"
)

type codedForm struct {
	Coded []struct {
		Item string
		Path []coding.Level
	}
}

func (f codedForm) String() (told string) {
	for _, c := range f.Coded {
		told += fmt.Sprint(c.Item, " ", c.Path[0].Code, " ", c.Path[0].Name["en"])
	}
	return told
}

// A coordinator sees the term that an event has beside what was written, on the form and in the log, as long as it is written so.
func TestATermStandsBesideWhatItWasGivenFor(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		const log, one = studyPath + "/subjects/03-001/logs/E.AE/1/F.AE", studyPath + "/subjects/03-001/forms/E.AE/1/F.AE/1"
		ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "hexiao", Role: "datamanager", Location: "sponsor"})
		desk := coding.New(h.ledger, record.New(h.ledger, trial.New(h.ledger, patient.New(h.ledger))))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		terms, err := coding.Read(coding.MedDRA, "en", demo.Dictionary("meddra", "demo-1.0", "en"))
		must(err)
		_, err = desk.Load(ctx, coding.Dictionary{Kind: coding.MedDRA, Version: "demo-1.0", Language: "en"}, terms)
		must(err)
		must(desk.Set(ctx, demo.ID, coding.Setup{Items: []coding.Item{{Item: "IT.AETERM", Kind: coding.MedDRA}}, Versions: map[coding.Kind]string{coding.MedDRA: "demo-1.0"}}, ""))
		write := func(match, text string) answer {
			return h.ask("linyue", "PATCH", one, `{"items":[{"group":"IG.AE","repeat":"1","item":"IT.AETERM","value":"`+text+`"}],"reason":"as the source says"}`, strings.Split(match, " ")...).ok(t)
		}
		reads := func(want string) {
			t.Helper()
			var form codedForm
			h.ask("linyue", "GET", one, "").ok(t).into(t, &form)
			var all struct{ Forms []codedForm }
			h.ask("linyue", "GET", log, "").ok(t).into(t, &all)
			if form.String() != want || all.Forms[0].String() != want {
				t.Errorf("the form says %q, the log %q, want %q", form, all.Forms[0], want)
			}
		}
		first := write("If-None-Match *", "Headache")
		reads("")
		_, err = desk.Auto(ctx, demo.ID, coding.ScopeAll)
		must(err)
		reads("IT.AETERM 91002 Headache")
		write("If-Match "+first.header.Get("ETag"), "Pain in the head")
		reads("")
	})
}
