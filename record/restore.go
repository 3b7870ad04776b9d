package record

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
)

// Restore writes the rows that the entries of whole casebooks add up to, in a write that records those entries: for an
// archive that comes back into a study without subjects. What no rule decides again is as the entries say; the state of a
// form follows from its values by the version that its site works by. Entries that do not fit one another are refused with
// Unprocessable record.restore_broken, at the entry; an opening that does not fit its seal with record.double_opening.
func (s *Service) Restore(ctx context.Context, w *ledger.Writer, st *Study, entries []ledger.Entry, opened []Opening) error {
	fold := NewFold(w.Study)
	for i := range entries {
		if fold.Entry(&entries[i]); len(fold.broken) > 0 {
			return casebook.Fail(casebook.Unprocessable, "record.restore_broken", fold.broken[0].What).At(entries[i].ID)
		}
	}
	for _, subject := range slices.Sorted(maps.Keys(fold.ofSubject)) {
		forms := fold.ofSubject[subject]
		s.restate(ctx, w.Tx, st, forms)
		docs := make([]string, len(forms))
		for i, f := range forms {
			docs[i] = f.encode()
		}
		if err := insertForms(ctx, w, forms, docs); err != nil {
			return err
		}
	}
	for _, restore := range []func(context.Context, *ledger.Writer) error{fold.restoreQueries, fold.restoreStages, fold.restoreSignatures, fold.restoreReviews, fold.restoreSkips} {
		if err := restore(ctx, w); err != nil {
			return err
		}
	}
	return fold.restoreDoubles(ctx, w, opened)
}

// restate works out the state of each form of a casebook.
func (s *Service) restate(ctx context.Context, tx *store.Tx, st *Study, forms []*Form) {
	for _, f := range forms {
		if st, in := st.At(f.Site), (Context{Actor: casebook.ActorFrom(ctx).User, Now: tx.Now, NewID: s.ledger.DB().World().NewID, Zone: "UTC", Country: st.Country, Today: Today(tx.Now)}); st.forms[f.Form] != nil {
			in.Others = st.others(f, forms)
			if out, err := st.Apply(f, -1, nil, in); err == nil {
				f.State = out.Form.State
				continue
			}
		}
		f.State = Partial // its definition is not here
	}
}

func (f *Fold) restoreQueries(ctx context.Context, w *ledger.Writer) error {
	var all []Query
	for _, q := range f.queries {
		all = append(all, *q)
	}
	slices.SortFunc(all, func(a, b Query) int { return strings.Compare(Cursor(a), Cursor(b)) })
	if err := insertQueries(ctx, w, all); err != nil {
		return err
	}
	for _, q := range all {
		if len(q.Thread) == 0 {
			continue
		}
		if err := w.Later(ctx, `UPDATE record_query SET thread = $1 WHERE study_id = $2 AND subject_id = $3 AND query_id = $4`, ledger.Text(q.Thread), w.Study, q.Key.Subject, q.ID); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fold) restoreStages(ctx context.Context, w *ledger.Writer) error {
	for _, st := range f.stages {
		if err := w.Later(ctx, `INSERT INTO record_stage(study_id, subject_id, scope, stage, changed_by, changed_at, release) VALUES($1,$2,$3,$4,$5,$6,$7)`,
			w.Study, st.Subject, st.Path, st.Stage, st.By, store.Micros(st.At), w.Release("")); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fold) restoreSignatures(ctx context.Context, w *ledger.Writer) error {
	for _, of := range f.signatures {
		for _, sig := range of {
			if err := w.Later(ctx, `INSERT INTO record_signature(study_id, subject_id, signature_id, site_id, scope, manifest, signed_at, void_at, void_ref, release)
				VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`, w.Study, sig.Subject, sig.ID, sig.Site, sig.Path, ledger.Text(sig.Manifest), store.Micros(sig.At), store.Micros(sig.VoidAt),
				sig.VoidRef, w.Release(sig.Site)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *Fold) restoreReviews(ctx context.Context, w *ledger.Writer) error {
	for _, r := range f.reviews {
		if err := r.keep(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fold) restoreSkips(ctx context.Context, w *ledger.Writer) error {
	for visit, skip := range f.skipped {
		parts := visit.Parts()
		if err := w.Later(ctx, `INSERT INTO record_visit(study_id, subject_id, event_oid, event_repeat, skipped, reason, changed_by, changed_at, release)
			VALUES($1,$2,$3,$4,1,$5,$6,$7,$8)`, w.Study, visit.Subject, parts[0], parts[1], skip.Reason, skip.By, store.Micros(skip.At), w.Release("")); err != nil {
			return err
		}
	}
	return nil
}

// Known reports whether a verb is of a casebook as this package and package patient keep it: Restore brings its rows back.
func Known(verb string) bool {
	return strings.HasPrefix(verb, "record.") || slices.Contains([]string{patient.VerbEnrolled, patient.VerbStatus, patient.VerbTransferred, patient.VerbReceived, patient.VerbConsented}, verb)
}

// Places are the values of a change without what they are: what an archive says of a save beside its items.
func (c *Change) Places() Change {
	bare := *c
	bare.Items, bare.Computed = places(c.Items), places(c.Computed)
	return bare
}

func places(values []Value) []Value {
	all := slices.Clone(values)
	for i := range all {
		all[i].Value, all[i].Blank = "", ""
	}
	return all
}

// Fill puts values into the places of a change, and gives the text that a ledger keeps of it.
func (c *Change) Fill(value func(Value) Value) string {
	full := *c
	for _, list := range []*[]Value{&full.Items, &full.Computed} {
		*list = slices.Clone(*list)
		for i, v := range *list {
			(*list)[i] = cmp.Or(value(v), v)
		}
	}
	return full.canonical()
}
