package allocation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// NewFold returns the fold that compares the study's lists and places with what the ledger says of them. It needs no key.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, lists: map[string]*saidList{}, taken: map[string]int64{}, subjects: map[casebook.SubjectID]string{}, looks: map[string]saidLook{}}
}

type saidList struct {
	state   State
	digest  string
	design  string
	release string
	closing string
}

// saidLook is what was said of an unblinding, when it was told, by which notice, and the digest of its text where that was sealed anew.
type saidLook struct {
	doc      string
	toldAt   int64
	notice   string
	resealed string
}

type fold struct {
	study    casebook.StudyID
	lists    map[string]*saidList
	taken    map[string]int64 // by list and stratum
	subjects map[casebook.SubjectID]string
	looks    map[string]saidLook // by unblinding
	findings []ledger.Finding
}

func (f *fold) found(table, row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	unreadable := func(err error) bool {
		if err != nil {
			f.found("allocation_list", e.Ref, fmt.Sprintf("the ledger's entry %s cannot be read", e.ID))
		}
		return err != nil
	}
	switch e.What {
	case ListMade:
		var m made
		if unreadable(decode(e.New, &m)) {
			return
		}
		f.lists[e.Ref] = &saidList{state: Draft, digest: m.Digest, design: ledger.Text(m.Design)}
	case ListReleased, ListClosed:
		l := f.lists[e.Ref]
		if l == nil {
			return
		}
		if l.state = InUse; e.What == ListReleased {
			l.release = e.New
		} else {
			l.state, l.closing = Closed, e.Reason
		}
	case Randomised:
		var a Assignment
		if unreadable(decode(e.New, &a)) {
			return
		}
		f.subjects[a.Subject] = e.New
		f.taken[a.List+" "+a.Stratum]++
		if n := f.taken[a.List+" "+a.Stratum]; n != a.Position {
			f.found("allocation_subject", string(a.Subject), fmt.Sprintf("out of turn: place %d of %q was given as the %d.", a.Position, a.Stratum, n))
		}
	case Unblinded:
		f.looks[e.Ref] = saidLook{doc: e.New}
	case Told:
		var by told
		if unreadable(decode(e.New, &by)) {
			return
		}
		l := f.looks[e.Ref]
		l.toldAt, l.notice = store.Micros(e.At), by.Notice
		f.looks[e.Ref] = l
	case ListResealed, UnblindingResealed:
		var now resealed
		if unreadable(decode(e.New, &now)) {
			return
		}
		if l := f.lists[e.Ref]; l != nil && e.What == ListResealed {
			l.digest = now.Digest
		} else if l, known := f.looks[e.Ref]; known {
			l.resealed = now.Digest
			f.looks[e.Ref] = l
		}
	}
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	places, err := f.strata(ctx, tx)
	if err != nil {
		return f.findings, err
	}
	if err := f.compareLists(ctx, tx, places); err != nil {
		return f.findings, err
	}
	err = tx.Each(ctx, func(r *store.Rows) error {
		a, err := scanAssignment(r)
		if err != nil {
			return err
		}
		switch said, known := f.subjects[a.Subject]; {
		case !known:
			f.found("allocation_subject", string(a.Subject), "put in: the ledger does not know it")
		case said != ledger.Text(a):
			f.found("allocation_subject", string(a.Subject), "altered: it is not as the ledger holds it")
		}
		delete(f.subjects, a.Subject)
		return nil
	}, `SELECT `+assignmentColumns+` FROM allocation_subject WHERE study_id = $1 ORDER BY subject_id`, f.study)
	for _, id := range slices.Sorted(maps.Keys(f.subjects)) {
		f.found("allocation_subject", string(id), "removed: the ledger knows it")
	}
	if err == nil {
		err = f.compareLooks(ctx, tx)
	}
	return f.findings, err
}

func (f *fold) compareLooks(ctx context.Context, tx *store.Tx) error {
	err := tx.Each(ctx, func(r *store.Rows) error {
		var id, sealed string
		var is saidLook
		if err := r.Scan(&id, &is.doc, &is.toldAt, &is.notice, &sealed); err != nil {
			return err
		}
		if sealed != "" {
			is.resealed = digest(sealed, nil)
		}
		switch said, known := f.looks[id]; {
		case !known:
			f.found("allocation_unblinding", id, "put in: the ledger does not know it")
		case said != is:
			f.found("allocation_unblinding", id, "altered: it is not as the ledger holds it")
		}
		delete(f.looks, id)
		return nil
	}, `SELECT unblinding_id, doc, told_at, notice_id, sealed FROM allocation_unblinding WHERE study_id = $1 ORDER BY unblinding_id`, f.study)
	for _, id := range slices.Sorted(maps.Keys(f.looks)) {
		f.found("allocation_unblinding", id, "removed: the ledger knows it")
	}
	return err
}

// strata compares how far each stratum is taken, and returns how many places each has, by list.
func (f *fold) strata(ctx context.Context, tx *store.Tx) (map[string]map[string]int64, error) {
	places := map[string]map[string]int64{}
	return places, tx.Each(ctx, func(r *store.Rows) error {
		var list, stratum string
		var n, taken, closed int64
		if err := r.Scan(&list, &stratum, &n, &taken, &closed); err != nil {
			return err
		}
		if places[list] == nil {
			places[list] = map[string]int64{}
		}
		places[list][stratum] = n
		l := f.lists[list]
		if taken != f.taken[list+" "+stratum] || l != nil && (closed == 1) != (l.state == Closed) {
			f.found("allocation_stratum", list+" "+stratum, "altered: it is not as the ledger holds it")
		}
		return nil
	}, `SELECT list_id, stratum, places, taken, closed FROM allocation_stratum WHERE study_id = $1 ORDER BY list_id, stratum`, f.study)
}

func (f *fold) compareLists(ctx context.Context, tx *store.Tx, places map[string]map[string]int64) error {
	have, err := lists(ctx, tx, f.study)
	for _, l := range have {
		said := f.lists[l.ID]
		delete(f.lists, l.ID)
		switch {
		case said == nil:
			f.found("allocation_list", l.ID, "put in: the ledger does not know it")
		case digest(l.sealed, places[l.ID]) != said.digest:
			f.found("allocation_list", l.ID, "altered: what is sealed is not as the ledger holds it")
		case l.State != said.state || ledger.Text(l.Design) != said.design || l.Closing != said.closing || released(l) != said.release:
			f.found("allocation_list", l.ID, "altered: it is not as the ledger holds it")
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(f.lists), strings.Compare) {
		f.found("allocation_list", id, "removed: the ledger knows it")
	}
	return err
}

func released(l List) string {
	if l.Released == nil {
		return ""
	}
	return ledger.Text(l.Released)
}
