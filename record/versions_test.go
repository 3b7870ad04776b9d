package record_test

import (
	"context"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store/storetest"
)

// abroad is a study whose site 03 works by its first version and is in Japan, and whose site 04 works by the newest and is in China.
type abroad []*odm.Version

func (a abroad) InUse(context.Context, casebook.StudyID) (*odm.InUse, error) {
	return &odm.InUse{Newest: len(a), Sites: map[casebook.SiteID]int{"03": 1, "04": len(a)}, Country: map[casebook.SiteID]string{"03": "JP", "04": "CN"}}, nil
}

func (a abroad) Definition(_ context.Context, _ casebook.StudyID, number int64) (*odm.Version, error) {
	return a[number-1], nil
}

func TestEachSiteWorksByItsVersionInItsCountry(t *testing.T) {
	t.Parallel()
	c := open(t, storetest.DSN(t, "sqlite"))
	first, second := definition(t), definition(t)
	for _, v := range []*odm.Version{first, second} { // a pressure of 136 is fine in Japan only
		it := v.Index().Item("IT.SYS")
		it.Checks = append(it.Checks, odm.RangeCheck{Expressions: []odm.Expression{{Context: "casebook", Code: `site.country == 'JP' || IT.SYS < 130`}}})
	}
	second.Index().Item("IT.DIA").Checks = []odm.RangeCheck{{Expressions: []odm.Expression{{Context: "casebook", Code: `IT.DIA < 50`}}}}
	c.forms = record.New(c.ledger, abroad{first, second})
	if _, err := patient.New(c.ledger).Enrol(c.ctx, study, patient.Enrolment{Site: "04", Subject: "04-001"}); err != nil {
		t.Fatal(err)
	}
	at := func(subject casebook.SubjectID) *record.View {
		k := vitals
		k.Subject = subject
		v, err := c.forms.Save(c.ctx, record.Save{Key: k, Items: []record.Value{vs("IT.SYS", "136"), vs("IT.DIA", "80")}})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := at("03-001"); v.Definition != 1 || v.Form.Definition != 1 || len(openQueries(v)) != 0 {
		t.Errorf("site 03: by version %d, asked %v", v.Definition, openQueries(v))
	}
	if v := at("04-001"); v.Definition != 2 || v.Form.Definition != 2 || len(openQueries(v)) != 2 {
		t.Errorf("site 04: by version %d, asked %v", v.Definition, openQueries(v))
	}
}
