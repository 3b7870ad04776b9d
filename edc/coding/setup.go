package coding

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

const (
	maxItems   = 50
	maxContext = 6
	maxReason  = 1000 // bytes
)

// setupOf is what a study codes, with how often that was changed; nothing where nobody has said.
func setupOf(ctx context.Context, tx *store.Tx, study casebook.StudyID) (s Setup, changes int64, err error) {
	var doc string
	err = tx.Row(ctx, `SELECT doc, changes FROM coding_setup WHERE study_id = $1`, study).Scan(&doc, &changes)
	if errors.Is(err, store.ErrNoRows) {
		return Setup{Items: []Item{}, Versions: map[Kind]string{}}, 0, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(doc), &s)
	}
	return s, changes, err
}

// Set says what a study codes. A reason is needed where something was said before. When the version of a dictionary changes, what the
// other version leaves no doubt about is coded by it in the same write, see Upgrade; so is whatever has one meaning. Errors: Unprocessable coding.setup_….
func (s *Service) Set(ctx context.Context, study casebook.StudyID, in Setup, reason string) error {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	if err := in.check(st); err != nil {
		return err
	}
	return s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		was, changes, err := setupOf(ctx, w.Tx, study)
		if err != nil {
			return err
		}
		for _, k := range slices.Sorted(maps.Keys(in.Versions)) {
			if there, err := loaded(ctx, w.Tx, k, in.Versions[k]); err != nil {
				return err
			} else if !there {
				return fail("coding.setup_version", release(k, in.Versions[k])).At("versions/" + string(k))
			}
		}
		if err := put(ctx, w, was, in, changes, reason); err != nil {
			return err
		}
		for _, k := range slices.Sorted(maps.Keys(in.Versions)) {
			if was.Versions[k] == "" || was.Versions[k] == in.Versions[k] {
				continue
			}
			if err := s.carry(ctx, w, st, was, k, in.Versions[k], reason); err != nil {
				return err
			}
		}
		_, err = s.auto(ctx, w, st, ScopeAll)
		return err
	})
}

// put keeps a setup in the caller's write.
func put(ctx context.Context, w *ledger.Writer, was, is Setup, changes int64, reason string) error {
	old, doc := "", ledger.Text(is)
	if changes > 0 {
		old = ledger.Text(was)
	}
	switch {
	case old == doc:
		return nil
	case len(reason) > maxReason:
		return fail("coding.reason_long", maxReason).At("reason")
	case old != "" && reason == "":
		return fail("coding.reason").At("reason")
	}
	n, err := w.Exec(ctx, `INSERT INTO coding_setup(study_id, doc, changes) VALUES($1,$2,1)
		ON CONFLICT (study_id) DO UPDATE SET doc = excluded.doc, changes = coding_setup.changes + 1 WHERE coding_setup.changes = $3`, w.Study, doc, changes)
	if err == nil && n == 0 {
		err = casebook.Fail(casebook.Conflict, "coding.forestalled")
	}
	w.Record(ctx, ledger.Entry{What: VerbSetup, Old: old, New: doc, Reason: reason})
	return err
}

// check refuses what the study's version does not ask, and completes in.
func (s *Setup) check(st *record.Study) error {
	if len(s.Items) > maxItems {
		return fail("coding.setup_many", maxItems).At("items")
	}
	if s.Items == nil {
		s.Items = []Item{}
	}
	seen := map[string]bool{}
	for i, it := range s.Items {
		at := fmt.Sprintf("items/%d/", i)
		k, err := parseKind(string(it.Kind))
		if err != nil || k != it.Kind || s.Versions[k] == "" {
			return fail("coding.setup_kind", it.Kind).At(at + "kind")
		}
		if def := st.Index.Item(it.Item); def == nil || def.CodeList != "" || def.DataType != "text" && def.DataType != "string" {
			return fail("coding.setup_item", it.Item).At(at + "item")
		}
		if seen[it.Item] {
			return fail("coding.setup_twice", it.Item).At(at + "item")
		}
		seen[it.Item] = true
		if len(it.Context) > maxContext {
			return fail("coding.setup_many", maxContext).At(at + "context")
		}
		for _, c := range it.Context {
			if !together(st.Version, st.Index, it.Item, c) {
				return fail("coding.setup_context", c, it.Item).At(at + "context")
			}
		}
	}
	for k := range s.Versions {
		if _, err := parseKind(string(k)); err != nil {
			return fail("coding.setup_kind", k).At("versions")
		}
	}
	return nil
}

// together reports whether a form asks both items.
func together(v *odm.Version, x *odm.Index, a, b string) bool {
	for i := range v.Forms {
		has := map[string]bool{}
		for _, f := range x.FormItems(v.Forms[i].OID) {
			has[f.Item.OID] = true
		}
		if has[a] && has[b] && a != b {
			return true
		}
	}
	return false
}

// formsOf are the forms of a version that ask an item which is coded.
func (s *Setup) formsOf(st *record.Study) (forms []string) {
	for i := range st.Version.Forms {
		form := &st.Version.Forms[i]
		if slices.ContainsFunc(form.Groups, func(r odm.Ref) bool { return s.asked(st.Index, st.Index.Group(r.OID)) }) {
			forms = append(forms, form.OID)
		}
	}
	return forms
}

// asked reports whether a group, which may be nil, asks an item that is coded.
func (s *Setup) asked(x *odm.Index, g *odm.ItemGroup) bool {
	return g != nil && slices.ContainsFunc(g.Items, func(r odm.Ref) bool { return s.item(r.OID) != nil && x.Item(r.OID) != nil })
}
