package kit

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/allocation"
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
	"golang.org/x/sync/errgroup"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const study casebook.StudyID = "HTN-24"

type house struct {
	*testing.T
	*Service
	ctx    context.Context
	trials *trial.Service
	keys   []vault.Key
}

// both runs fn with a site 03 and a list in use, whose treatments are called by names that stand nowhere else.
func both(t *testing.T, fn func(h *house)) {
	t.Helper()
	world := casebook.World{Now: func() time.Time { return time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC) }, Rand: casebook.Outside().Rand}
	storetest.Both(t, world, []fs.FS{ledger.Migrations, patient.Migrations, trial.Migrations, record.Migrations, allocation.Migrations, Migrations}, func(t *testing.T, db *store.DB) {
		l := ledger.New(db, ledger.Options{})
		trials := trial.New(l, patient.New(l))
		h := &house{T: t, trials: trials, keys: []vault.Key{bytes.Repeat([]byte{7}, 32)}}
		lists := allocation.New(l, record.New(l, trials), vault.NewRing(func() ([]vault.Key, error) { return h.keys, nil }), func(*http.Request, string, string) error { return nil })
		h.Service = New(l, lists)
		h.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "qian", Role: "unblinded", Location: "sponsor"})
		definition, _, err := odm132.Read(bytes.NewReader(demo.Study()))
		h.must(err)
		_, err = trials.Import(h.ctx, definition, trial.Training)
		h.must(err)
		_, err = trials.AddSite(h.ctx, study, trial.Site{ID: "03", Name: odm.Text{"en": "Qinghe"}, Zone: "Asia/Shanghai", State: trial.Active})
		h.must(err)
		list, err := lists.Make(h.ctx, study, allocation.Plan{Design: allocation.Design{Name: "Main"}, Arms: []allocation.Arm{{Treatment: "CANARY-A", Ratio: 1}, {Treatment: "CANARY-B", Ratio: 1}},
			Blocks: []int{2}, Places: 8})
		h.must(err)
		_, err = lists.Release(h.ctx, study, list.ID, "Qian Xu")
		h.must(err)
		fn(h)
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) want(err error, code string) {
	h.Helper()
	if err == nil || err.Error() != code {
		h.Errorf("got %v, want %s", err, code)
	}
}

func (h *house) subject() casebook.SubjectID {
	h.Helper()
	p, err := h.trials.Enrol(h.ctx, study, patient.Enrolment{Site: "03"})
	h.must(err)
	_, err = h.Randomise(h.ctx, study, p.ID)
	h.must(err)
	return p.ID
}

// csv is a shipment of n kits of each treatment, from the number first on, which differ in nothing that can be seen.
func csv(first, n int) string {
	var b strings.Builder
	b.WriteString("kit,treatment,lot,expiry\n")
	for i := range 2 * n {
		fmt.Fprintf(&b, "K%03d,CANARY-%c,LOT-%c,2026-12-31\n", first+i, 'A'+i%2, 'A'+i%2)
	}
	return b.String()
}

func (h *house) holds(kit string) string {
	h.Helper()
	var in map[string]Inside
	h.must(h.db.View(h.ctx, func(tx *store.Tx) (err error) { in, err = h.insides(h.ctx, tx, study, ""); return err }))
	return in[kit].Treatment
}

func (h *house) treatment(id casebook.SubjectID) (treatment string) {
	h.Helper()
	h.must(h.db.View(h.ctx, func(tx *store.Tx) (err error) { _, treatment, _, err = h.Treatment(h.ctx, tx, study, id); return err }))
	return treatment
}

func (h *house) findings() (found []string) {
	h.Helper()
	h.must(h.ledger.Seal(h.ctx, study))
	h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
		fold := NewFold(study)
		_, err := ledger.Each(h.ctx, tx, study, 0, 10_000, func(e *ledger.Entry) error {
			if strings.Contains(e.Old+e.New+e.Ref+e.Reason, "CANARY") || strings.Contains(e.New, "LOT-") {
				h.Errorf("the entry %s tells what a kit holds", e.What)
			}
			fold.Entry(e)
			return nil
		})
		h.must(err)
		all, err := fold.Compare(h.ctx, tx)
		for _, f := range all {
			found = append(found, f.Table+" "+f.Row+" "+strings.SplitN(f.What, ":", 2)[0])
		}
		return err
	}))
	return found
}

// A kit goes from the sponsor to its site, to a subject who is to have it, and back, and in the end it adds up.
func TestAKitIsFollowedFromTheSponsorToTheSubjectAndBack(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		first, second := h.subject(), h.subject() // one block: one of each treatment
		_, err := h.Dispense(h.ctx, study, first)
		h.want(err, "kit.short")
		shipment, err := h.Send(h.ctx, study, "03", 30, csv(1, 3))
		h.must(err)
		_, err = h.Dispense(h.ctx, study, first)
		h.want(err, "kit.short") // it is on its way
		h.want(h.Receive(h.ctx, study, shipment, []string{"K001"}, ""), "kit.reason at reason")
		h.want(h.Receive(h.ctx, study, shipment, []string{"K999"}, "broken"), "kit.not_of_shipment at spoiled/0")
		h.must(h.Receive(h.ctx, study, shipment, []string{"K001"}, "broken"))
		h.want(h.Receive(h.ctx, study, shipment, nil, ""), "kit.received")
		for _, id := range []casebook.SubjectID{first, second} {
			k, err := h.Dispense(h.ctx, study, id)
			h.must(err)
			if got, want := h.holds(k.ID), h.treatment(id); got != want || k.Subject != id || k.ID == "K001" {
				h.Errorf("%s is to have %s and was given %s of %s", id, want, k.ID, got)
			}
			h.want(h.Return(h.ctx, study, k.ID, 31), "kit.units at units")
			if id == first {
				h.must(h.Return(h.ctx, study, k.ID, 4))
				h.want(h.Return(h.ctx, study, k.ID, 4), "kit.state")
				h.want(h.Spoil(h.ctx, study, k.ID, "fell"), "kit.state")
			}
		}
		h.want(h.Return(h.ctx, study, "K999", 1), "kit.unknown at kit")
		h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
			kits, err := All(h.ctx, tx, study)
			sites, subjects := balances(kits, nil)
			if len(sites) != 1 || len(subjects) != 2 {
				h.Fatalf("%+v %+v", sites, subjects)
			}
			b := sites[0]
			if b.Kits[InStock] != 3 || b.Kits[Out] != 1 || b.Kits[Back] != 1 || b.Kits[Bad] != 1 || b.UnitsOut != 60 || b.Back != 4 || b.Used != 26 || b.Open != 30 {
				h.Errorf("the site's kits are %+v", b)
			}
			return err
		}))
		if found := h.findings(); found != nil {
			h.Errorf("nobody touched a row: %q", found)
		}
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(h.ctx, `UPDATE kit SET units_back = 9 WHERE study_id = $1 AND state = 'returned'`, study)
			if err == nil {
				_, err = tx.Exec(h.ctx, `UPDATE kit_shipment SET sealed = '' WHERE study_id = $1`, study)
			}
			return err
		}))
		if found := h.findings(); len(found) != 2 || found[1] != "kit_shipment S-1 altered" {
			h.Errorf("a kit and what all hold were changed: %q", found)
		}
	})
}

// Kits that one site does not need go to another: they are on their way until it says what came, what is broken and what is missing, nobody
// is given them meanwhile, and what both sites had adds up.
func TestKitsGoFromOneSiteToAnotherAndBothAddUp(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		_, err := h.trials.AddSite(h.ctx, study, trial.Site{ID: "07", Name: odm.Text{"en": "Hushan"}, Zone: "Asia/Shanghai", State: trial.Active})
		h.must(err)
		first := h.subject()
		shipment, err := h.Send(h.ctx, study, "03", 30, csv(1, 3))
		h.must(err)
		pass := func(from, to casebook.SiteID, reason string, kits ...string) (string, error) {
			return h.Pass(h.ctx, study, from, to, kits, reason)
		}
		_, err = pass("03", "07", "needed there", "K001")
		h.want(err, "kit.not_in_stock at kits") // it is on its way
		h.must(h.Receive(h.ctx, study, shipment, nil, ""))
		for _, c := range []struct {
			from, to     casebook.SiteID
			reason, code string
			kits         []string
		}{
			{"03", "07", " ", "kit.reason at reason", []string{"K001"}}, {"03", "03", "x", "kit.same_site at to", []string{"K001"}}, {"03", "99", "x", "trial.site_unknown", []string{"K001"}},
			{"03", "07", "x", "kit.none at kits", nil}, {"03", "07", "x", "kit.not_in_stock at kits", []string{"K001", "K999"}}, {"07", "03", "x", "kit.not_in_stock at kits", []string{"K001"}},
		} {
			if _, err := pass(c.from, c.to, c.reason, c.kits...); err == nil || !strings.HasPrefix(err.Error(), c.code) {
				h.Errorf("from %s to %s %v: %v, want %s", c.from, c.to, c.kits, err, c.code)
			}
		}
		on, err := pass("03", "07", "needed there", "K002", "K001", "K003", "K004", "K001")
		h.must(err)
		_, err = pass("03", "07", "again", "K001")
		h.want(err, "kit.not_in_stock at kits")
		h.want(h.Spoil(h.ctx, study, "K001", "fell"), "kit.state")
		h.must(h.Receive(h.ctx, study, on, []string{"K003"}, "it did not come"))
		sums := func() (all []string) {
			h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
				sites, err := BySite(h.ctx, tx, study)
				for _, b := range sites {
					all = append(all, fmt.Sprint(b.Site, " stock ", b.Kits[InStock], " out ", b.Kits[Out], " bad ", b.Kits[Bad], " on ", b.PassedOn))
				}
				return err
			}))
			return all
		}
		if got, want := sums(), []string{"03 stock 2 out 0 bad 0 on 4", "07 stock 3 out 0 bad 1 on 0"}; !slices.Equal(got, want) {
			h.Errorf("the sites have %q, want %q", got, want)
		}
		k, err := h.Dispense(h.ctx, study, first)
		if h.must(err); k.Site != "03" || h.holds(k.ID) != h.treatment(first) {
			h.Errorf("of what is left %s was given", k.ID)
		}
		p, err := h.trials.Enrol(h.ctx, study, patient.Enrolment{Site: "07"})
		h.must(err)
		_, err = h.Randomise(h.ctx, study, p.ID)
		h.must(err)
		if k, err = h.Dispense(h.ctx, study, p.ID); err != nil || k.Site != "07" || h.holds(k.ID) != h.treatment(p.ID) {
			h.Errorf("at the other site %s was given: %v", k.ID, err)
		}
		if _, err = pass("07", "03", "and back", "K004"); err != nil && k.ID != "K004" {
			h.Errorf("back: %v", err)
		}
		if found := h.findings(); found != nil {
			h.Errorf("nobody touched a row: %q", found)
		}
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(h.ctx, `UPDATE kit_shipment SET kits = 3 WHERE study_id = $1 AND shipment_id = $2`, study, on)
			return err
		}))
		if found := h.findings(); len(found) != 1 || found[0] != "kit_shipment "+on+" altered" {
			h.Errorf("it is said that fewer went on: %q", found)
		}
	})
}

// Many at once are given a kit each, of their own treatment, by lot; when the stock runs out of either treatment nobody is told of
// which.
func TestManyAtOnceAreGivenAKitEach(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		var ids []casebook.SubjectID
		for range 6 {
			ids = append(ids, h.subject())
		}
		shipment, err := h.Send(h.ctx, study, "03", 30, csv(1, 5))
		h.must(err)
		h.must(h.Receive(h.ctx, study, shipment, nil, ""))
		given := make([]Kit, len(ids))
		var g errgroup.Group
		for i, id := range ids {
			g.Go(func() (err error) { given[i], err = h.Dispense(h.ctx, study, id); return err })
		}
		h.must(g.Wait())
		var numbers []string
		for i, k := range given {
			if numbers = append(numbers, k.ID); h.holds(k.ID) != h.treatment(ids[i]) {
				h.Errorf("%s was given %s", ids[i], k.ID)
			}
		}
		slices.Sort(numbers)
		if len(slices.Compact(numbers)) != len(ids) {
			h.Errorf("a kit was given twice: %v", numbers)
		}
		for id, refused := ids[0], false; ; {
			_, err := h.Dispense(h.ctx, study, id)
			if err != nil && !refused { // the other treatment is there, and its subjects get nothing either
				h.want(err, "kit.short")
				id, refused = ids[slices.IndexFunc(ids, func(other casebook.SubjectID) bool { return h.treatment(other) != h.treatment(ids[0]) })], true
				continue
			}
			if refused {
				h.want(err, "kit.short")
				break
			}
		}
	})
}

func TestALineThatCannotBeAKitIsNamed(t *testing.T) {
	t.Parallel()
	have := map[string]Inside{"K900": {"A", "L", "2026-12-31"}}
	for text, code := range map[string]string{
		"kit,treatment,lot\nK1,A,L\n":                                                           "kit.column at line 1",
		"kit,treatment,lot,expiry\n":                                                            "kit.none at csv",
		"kit,treatment,lot,expiry\nK1,A,L,2026-12-31\nK 2,B,L,2026-12-31\n":                     "kit.row_number at line 3",
		"kit,treatment,lot,expiry\nK1,A,L,2026-12-31\nK1,B,L,2026-12-31\n":                      "kit.row_twice at line 3",
		"kit,treatment,lot,expiry\nK900,B,L,2026-12-31\n":                                       "kit.row_twice at line 2",
		"kit,treatment,lot,expiry\nK1,C,L,2026-12-31\n":                                         "kit.row_treatment at line 2",
		"kit,treatment,lot,expiry\nK1,A,,2026-12-31\n":                                          "kit.row_lot at line 2",
		"kit,treatment,lot,expiry\nK1,A,L,31.12.2026\n":                                         "kit.row_expiry at line 2",
		"kit,treatment,lot,expiry\nK1,B,L,2026-12-31\nK2,B,L,2026-12-31\n":                      "kit.numbers_tell at csv",
		"kit,treatment,lot,expiry\nK950,B,L,2026-12-31\nK1,A,L,2026-12-31\n":                    "kit.numbers_tell at csv",
		"kit,treatment,lot,expiry\nK1,A,L,2026-12-31\nK950,A,L,2026-12-31\nK2,B,L,2026-12-31\n": "",
	} {
		_, err := read(text, []string{"A", "B"}, have)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != code {
			t.Errorf("%q: %q, not %q", text, got, code)
		}
	}
}
