package coding

import (
	"context"
	"errors"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Alias is a text that the study reads as a term.
type Alias struct {
	Kind  Kind            `json:"kind"`
	Text  string          `json:"text"` // plain
	Code  string          `json:"code"`
	Class string          `json:"class,omitempty"`
	Name  string          `json:"name"`  // of the term, as it was called when it was proposed
	State AliasState      `json:"state"` //
	By    casebook.UserID `json:"by"`    // who proposed it
}

// AliasState is how far a synonym has come.
type AliasState string

// The states. Only an approved one codes.
const (
	Proposed AliasState = "proposed"
	Approved AliasState = "approved"
	Retired  AliasState = "retired"
)

const aliasColumns = `doc`

func scanAlias(r *store.Rows) (a Alias, err error) {
	var doc string
	if err := r.Scan(&doc); err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(doc), &a)
}

func aliases(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Alias, error) {
	return store.All(ctx, tx, scanAlias, `SELECT `+aliasColumns+` FROM coding_synonym WHERE study_id = $1 ORDER BY kind, plain`, study)
}

func aliasOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, k Kind, plain string) (a Alias, there bool, err error) {
	var doc string
	err = tx.Row(ctx, `SELECT doc FROM coding_synonym WHERE study_id = $1 AND kind = $2 AND plain = $3`, study, k, indexed(plain)).Scan(&doc)
	if errors.Is(err, store.ErrNoRows) {
		return a, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(doc), &a)
	}
	return a, err == nil, err
}

// approved is the code that the study reads a text as, with the ATC class; none where nobody has approved one.
func approved(ctx context.Context, tx *store.Tx, study casebook.StudyID, k Kind, plain string) (codes []string, class string, err error) {
	a, there, err := aliasOf(ctx, tx, study, k, plain)
	if err != nil || !there || a.State != Approved {
		return nil, "", err
	}
	return []string{a.Code}, a.Class, nil
}

// propose keeps the text of a decision as a synonym that waits for somebody else. One that is there stays.
func propose(ctx context.Context, w *ledger.Writer, o *Occurrence, c Choice) error {
	setup, _, err := setupOf(ctx, w.Tx, w.Study)
	if err != nil {
		return err
	}
	t, err := termOf(ctx, w.Tx, o.Kind, setup.Versions[o.Kind], c.Code)
	if err != nil {
		return err
	}
	a := Alias{Kind: o.Kind, Text: Plain(o.Verbatim), Code: c.Code, Class: c.Class, Name: t.Name, State: Proposed, By: casebook.ActorFrom(ctx).User}
	was, there, err := aliasOf(ctx, w.Tx, w.Study, a.Kind, a.Text)
	switch {
	case err != nil:
		return err
	case there && was.Code == a.Code && was.Class == a.Class && was.State != Retired:
		return nil
	case there && was.State == Approved && c.Reason == "":
		return fail("coding.reason").At("reason")
	case there:
		return keepAlias(ctx, w, &was, a, c.Reason)
	}
	return keepAlias(ctx, w, nil, a, "")
}

// Step approves or retires a synonym; what waits and is written so is coded in the write that approves it. Who proposed it cannot
// approve it: Forbidden coding.own.
func (s *Service) Step(ctx context.Context, study casebook.StudyID, k Kind, text string, to AliasState, reason string) error {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		was, there, err := aliasOf(ctx, w.Tx, study, k, text)
		switch {
		case err != nil:
			return err
		case !there:
			return casebook.Fail(casebook.NotFound, "coding.synonym_unknown").At("text")
		case to == was.State || to != Approved && to != Retired || to == Approved && was.State != Proposed:
			return casebook.Fail(casebook.Conflict, "coding.synonym_step", to, was.State).At("state")
		case to == Approved && was.By == casebook.ActorFrom(ctx).User:
			return casebook.Fail(casebook.Forbidden, "coding.own")
		case to == Retired && reason == "":
			return fail("coding.reason").At("reason")
		case len(reason) > maxReason:
			return fail("coding.reason_long", maxReason).At("reason")
		}
		is := was
		is.State = to
		if err := keepAlias(ctx, w, &was, is, reason); err != nil || to != Approved {
			return err
		}
		_, err = s.auto(ctx, w, st, ScopeAll)
		return err
	})
}

func keepAlias(ctx context.Context, w *ledger.Writer, was *Alias, is Alias, reason string) error {
	old, doc := "", ledger.Text(is)
	if was != nil {
		old = ledger.Text(*was)
	}
	n, err := w.Exec(ctx, `INSERT INTO coding_synonym(study_id, kind, plain, doc) VALUES($1,$2,$3,$4)
		ON CONFLICT (study_id, kind, plain) DO UPDATE SET doc = excluded.doc WHERE coding_synonym.doc = $5`, w.Study, is.Kind, indexed(is.Text), doc, old)
	if err == nil && n == 0 {
		err = casebook.Fail(casebook.Conflict, "coding.forestalled")
	}
	w.Record(ctx, ledger.Entry{What: VerbSynonym, Ref: string(is.Kind) + "/" + is.Text, Old: old, New: doc, Reason: reason})
	return err
}
