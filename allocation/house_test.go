package allocation

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
	"casebook/vault"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

var migrations = []fs.FS{ledger.Migrations, patient.Migrations, trial.Migrations, record.Migrations, Migrations}

const study casebook.StudyID = "HTN-24"

// A house is the study HTN-24 with the sites 03 and 07, in which somebody unblinded makes lists.
type house struct {
	*testing.T
	*Service
	ctx     context.Context
	clock   *casebook.Clock
	trials  *trial.Service
	records *record.Service
	keys    []vault.Key
}

func both(t *testing.T, fn func(h *house)) {
	t.Helper()
	clock := casebook.NewClock(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
	storetest.Both(t, world, migrations, func(t *testing.T, db *store.DB) {
		l := ledger.New(db, ledger.Options{})
		trials := trial.New(l, patient.New(l))
		h := &house{T: t, clock: clock, trials: trials, records: record.New(l, trials)}
		h.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "qian", Role: "unblinded", Location: "sponsor"})
		h.keys = []vault.Key{bytes.Repeat([]byte{7}, 32)}
		h.Service = New(l, h.records, vault.NewRing(func() ([]vault.Key, error) { return h.keys, nil }), func(*http.Request, string, string) error { return nil })
		definition, _, err := odm132.Read(bytes.NewReader(demo.Study()))
		h.must(err)
		_, err = trials.Import(h.ctx, definition, trial.Training)
		h.must(err)
		for _, id := range []casebook.SiteID{"03", "07"} {
			_, err = trials.AddSite(h.ctx, study, trial.Site{ID: id, Name: odm.Text{"en": "Qinghe"}, Zone: "Asia/Shanghai", State: trial.Active})
			h.must(err)
		}
		fn(h)
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// want checks an error's code and place, "" for no error.
func (h *house) want(err error, code string) {
	h.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != code {
		h.Errorf("got %q, want %q", got, code)
	}
}

// enrol makes a subject of a site, of whom the casebook says the sex.
func (h *house) enrol(site casebook.SiteID, sex string) casebook.SubjectID {
	h.Helper()
	p, err := h.trials.Enrol(h.ctx, study, patient.Enrolment{Site: site})
	h.must(err)
	h.save(p.ID, "F.DM", "IG.DM", "IT.SEX", sex)
	h.save(p.ID, "F.IE", "IG.IE", "IT.IEYN", "Y")
	return p.ID
}

func (h *house) save(id casebook.SubjectID, form, group, item, value string) {
	h.Helper()
	key := record.Key{Study: study, Subject: id, Event: "E.SCR", EventRepeat: "1", Form: form, FormRepeat: "1"}
	_, err := h.records.Save(h.ctx, record.Save{Key: key, Expect: -1, Reason: "the source says so", Items: []record.Value{{Group: group, Repeat: "1", Item: item, Value: value}}})
	h.must(err)
}

// bySex is a list by sex and site, for subjects who fit the criteria.
func bySex() Plan {
	return Plan{Design: Design{Name: "Main list",
		Factors: []Factor{{Name: "sex", Item: Item{"E.SCR", "F.DM", "IG.DM", "IT.SEX"}, Levels: []string{"F", "M"}}, {Name: "site", Site: true, Levels: []string{"03", "07"}}},
		Require: []Condition{{Item: Item{"E.SCR", "F.IE", "IG.IE", "IT.IEYN"}, Values: []string{"Y"}}}},
		Arms: []Arm{{"TELMISARTAN-CANARY", 1}, {"PLACEBO-CANARY", 1}}, Blocks: []int{4, 6}, Places: 40, Seed: "seed 7"}
}

func (h *house) released(p Plan) List {
	h.Helper()
	l, err := h.Make(h.ctx, study, p)
	h.must(err)
	l, err = h.Release(h.ctx, study, l.ID, "Qian Xu")
	h.must(err)
	return l
}

// findings are what verification says of this package's rows, table and row.
func (h *house) findings() (found []string) {
	h.Helper()
	h.must(h.ledger.Seal(h.ctx, study))
	h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
		fold := NewFold(study)
		_, err := ledger.Each(h.ctx, tx, study, 0, 10_000, func(e *ledger.Entry) error { fold.Entry(e); return nil })
		if err != nil {
			return err
		}
		all, err := fold.Compare(h.ctx, tx)
		for _, f := range all {
			found = append(found, f.Table+" "+f.Row+" "+strings.SplitN(f.What, ":", 2)[0])
		}
		return err
	}))
	return found
}
