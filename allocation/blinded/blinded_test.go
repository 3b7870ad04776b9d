package blinded

import (
	"bytes"
	"context"
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
)

var migrations = []fs.FS{ledger.Migrations, patient.Migrations, trial.Migrations, record.Migrations, allocation.Migrations, Migrations}

const study casebook.StudyID = "HTN-24"

// A house is the study HTN-24 in which the systolic pressure is blinded, with a subject at site 03.
type house struct {
	*testing.T
	*Service
	ctx     context.Context
	trials  *trial.Service
	version *odm.Version
	subject casebook.SubjectID
	keys    []vault.Key
}

func both(t *testing.T, fn func(h *house)) {
	t.Helper()
	clock := casebook.NewClock(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
	storetest.Both(t, world, migrations, func(t *testing.T, db *store.DB) {
		l := ledger.New(db, ledger.Options{})
		h := &house{T: t, trials: trial.New(l, patient.New(l))}
		h.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "wei", Role: "pharmacist", Location: "03"})
		forms := record.New(l, h.trials)
		h.keys = []vault.Key{bytes.Repeat([]byte{7}, 32)}
		lists := allocation.New(l, forms, vault.NewRing(func() ([]vault.Key, error) { return h.keys, nil }), func(*http.Request, string, string) error { return nil })
		h.Service = New(l, forms, lists)
		definition, _, err := odm132.Read(bytes.NewReader(demo.Study()))
		h.must(err)
		h.version = definition.Versions[0]
		for i := range h.version.Items {
			if it := &h.version.Items[i]; it.OID == "IT.SYS" {
				it.Blinded, it.Checks = true, nil
			}
		}
		_, err = h.trials.Import(h.ctx, definition, trial.Training)
		h.must(err)
		_, err = h.trials.AddSite(h.ctx, study, trial.Site{ID: "03", Name: odm.Text{"en": "Qinghe"}, Zone: "Asia/Shanghai", State: trial.Active})
		h.must(err)
		p, err := h.trials.Enrol(h.ctx, study, patient.Enrolment{Site: "03"})
		h.must(err)
		h.subject = p.ID
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
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != code {
		h.Errorf("got %q, want %q", got, code)
	}
}

// enter enters the systolic pressure at baseline, having seen a version.
func (h *house) enter(value string, seen int64, reason string) error {
	return h.Save(h.ctx, study, h.subject, []Said{{Place: systolic, Value: value, Version: seen}}, reason)
}

var systolic = Place{Event: "E.BL", EventRepeat: "1", Form: "F.VS", FormRepeat: "1", Group: "IG.VS", Repeat: "1", Item: "IT.SYS"}

func everywhere(casebook.SiteID) bool { return true }

func TestABlindedValueIsSealedAndStandsInNoCasebook(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		h.must(h.enter("137", 0, ""))
		h.want(h.enter("138", 1, ""), "record.reason_required at IG.VS/1/IT.SYS")
		h.want(h.enter("138", 0, "misread"), "blinded.conflict at IG.VS/1/IT.SYS")
		h.must(h.enter("138", 1, "misread"))
		h.want(h.enter("138", 2, "again"), "blinded.unchanged")
		h.want(h.enter("tall", 2, "misread"), "odm.value.integer at IG.VS/1/IT.SYS")

		values, err := h.Look(h.ctx, study, h.subject, everywhere)
		h.must(err)
		if len(values) != 2 || values[0].Said.Value != "138" || values[0].Reason != "misread" || values[0].By != "wei" || values[1].Said.Value != "137" {
			h.Errorf("looked at: %+v", values)
		}
		if none, err := h.Look(h.ctx, study, "", func(at casebook.SiteID) bool { return at != "03" }); err != nil || len(none) > 0 {
			h.Errorf("another site sees %+v, %v", none, err)
		}
		// What everybody may read: neither the ledger nor a row holds a value, a reason or whose it is.
		h.must(h.ledger.Seal(h.ctx, study))
		h.must(h.ledger.DB().View(h.ctx, func(tx *store.Tx) error {
			_, err := ledger.Each(h.ctx, tx, study, 0, 1000, func(e *ledger.Entry) error {
				if e.What == Saved && (e.Subject != "" || strings.Contains(e.Ref+e.Old+e.New+e.Reason, "IT.SYS") || strings.Contains(e.New+e.Reason, "misread")) {
					h.Errorf("the ledger tells: %+v", e)
				}
				return nil
			})
			return err
		}))
		key := systolic.key(study)
		key.Subject = h.subject
		_, err = h.forms.Save(h.ctx, record.Save{Key: key, Expect: -1, Items: []record.Value{{Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Value: "137"}}})
		h.want(err, "record.item_blinded at IG.VS/1/IT.SYS")
		wrong := systolic
		wrong.Item = "IT.DIA"
		h.want(h.Save(h.ctx, study, h.subject, []Said{{Place: wrong, Value: "80"}}, ""), "record.item_blinded at IG.VS/1/IT.DIA")
	})
}

func TestTwoWhoEnterAtOneMomentDoNotOverwriteOneAnother(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		const writers = 4
		done := make(chan error, writers)
		for i := range writers {
			go func() { done <- h.enter(string(rune('1'+i))+"00", 0, "") }()
		}
		kept := 0
		for range writers {
			switch err := <-done; {
			case err == nil:
				kept++
			case casebook.KindOf(err) != casebook.Stale:
				h.Errorf("refused with %v", err)
			}
		}
		if kept != 1 {
			h.Errorf("%d first values were kept", kept)
		}
	})
}

func TestABlindedItemStaysBlindedAndNoRuleReadsIt(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		next := *h.version
		next.Items = slices.Clone(next.Items)
		for i := range next.Items {
			next.Items[i].Blinded = false
		}
		_, err := h.trials.Publish(h.ctx, study, &next)
		h.want(err, "trial.version_blinded at ItemDef[IT.SYS]")
		for i := range next.Items {
			if it := &next.Items[i]; it.OID == "IT.SYS" {
				it.Blinded = true
				it.Checks = []odm.RangeCheck{{Comparator: "LE", Values: []string{"200"}}}
			} else if it.OID == "IT.DIA" {
				it.Checks = []odm.RangeCheck{{Expressions: []odm.Expression{{Context: "casebook", Code: "IT.DIA < IT.SYS"}}}}
			}
		}
		refused := 0
		for _, kept := range record.Compile(&next, 2).Kept {
			if e, ok := kept.Why.(*casebook.Error); ok && e.Code == "record.rule_blinded" {
				refused++
			}
		}
		if refused != 2 {
			h.Errorf("%d rules do not run because they read a blinded item, want 2", refused)
		}
	})
}

func TestAValueChangedBehindTheLedgerIsFound(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		h.must(h.enter("137", 0, ""))
		if found := h.findings(); len(found) > 0 {
			h.Errorf("the control: nothing was touched, and found was %q", found)
		}
		h.must(h.ledger.DB().Update(h.ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(h.ctx, `UPDATE blinded_value SET saved_by = 'nobody' WHERE study_id = $1`, study)
			return err
		}))
		if found := h.findings(); len(found) != 1 || !strings.HasPrefix(found[0], "altered") {
			h.Errorf("altered: found %q", found)
		}
		h.must(h.ledger.DB().Update(h.ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(h.ctx, `DELETE FROM blinded_value WHERE study_id = $1`, study)
			return err
		}))
		if found := h.findings(); len(found) != 1 || !strings.HasPrefix(found[0], "removed") {
			h.Errorf("removed: found %q", found)
		}
	})
}

func (h *house) findings() (found []string) {
	h.Helper()
	h.must(h.ledger.Seal(h.ctx, study))
	h.must(h.ledger.DB().View(h.ctx, func(tx *store.Tx) error {
		fold := NewFold(study)
		if _, err := ledger.Each(h.ctx, tx, study, 0, 10_000, func(e *ledger.Entry) error { fold.Entry(e); return nil }); err != nil {
			return err
		}
		all, err := fold.Compare(h.ctx, tx)
		for _, f := range all {
			found = append(found, f.What)
		}
		return err
	}))
	return found
}
