package record

import (
	"context"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
)

// BlindedItem is an item that the definition declares blinded, where it stands. Its values are in no form: package
// allocation/blinded keeps them, sealed.
type BlindedItem struct {
	Event, Form, Group, Item string
}

// Blinded lists the study's blinded items, by visit, form and question.
func (s *Study) Blinded() (all []BlindedItem) {
	for _, visit := range s.Index.Schedule() {
		for _, ref := range s.events[visit.OID].Forms {
			f := s.forms[ref.OID]
			if f == nil {
				continue
			}
			for i := range f.fields {
				if fd := &f.fields[i]; fd.Item.Blinded {
					all = append(all, BlindedItem{visit.OID, ref.OID, fd.Group.OID, fd.Item.OID})
				}
			}
		}
	}
	return all
}

// EnterBlinded checks in the caller's write that a value of a blinded item may be kept at its place, by the version that the
// subject's site works by, and returns the site. It keeps nothing. Errors: Unprocessable record.item_blinded for an item that is
// not, and what a save says of values; Conflict patient.inactive, record.frozen, record.locked; NotFound for a place that is none.
func EnterBlinded(ctx context.Context, w *ledger.Writer, st *Study, k Key, v Value) (casebook.SiteID, error) {
	subject, err := patient.Enter(ctx, w.Tx, k.Study, k.Subject)
	if err != nil {
		return "", err
	}
	if subject.Status == patient.Inactive {
		return "", casebook.Fail(casebook.Conflict, "patient.inactive", subject.ID).At("subject")
	}
	st = st.At(subject.Site)
	f := st.forms[k.Form]
	if f == nil {
		return "", casebook.Fail(casebook.NotFound, "record.form_unknown", k.Form)
	}
	if err := st.placed(k, f); err != nil {
		return "", err
	}
	if err := f.fit(v, true); err != nil {
		return "", err
	}
	closed, err := stages(ctx, w.Tx, k.Study, k.Subject)
	if err != nil {
		return "", err
	}
	return subject.Site, effective(closed, k.Subject, k.ItemPath(v.Group, v.Repeat, v.Item)).closed(v.at().String())
}
