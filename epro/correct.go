package epro

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// correction is what a site asks to have changed in a record: the patient or an investigator decides, and nobody else
// can. What the patient sent stays as it was sent, beside it.
type correction struct {
	ID      string             `json:"change"`
	Record  string             `json:"record"`
	Subject casebook.SubjectID `json:"subject"`
	Site    casebook.SiteID    `json:"site"`
	Form    string             `json:"form"`
	Items   []record.Value     `json:"items"` // as they shall be
	Old     []record.Value     `json:"old"`   // as they were when it was asked
	Reason  string             `json:"reason"`
	AskedAt time.Time          `json:"askedAt"`
	AskedBy casebook.UserID    `json:"askedBy"`

	DecidedAt time.Time       `json:"decidedAt,omitzero"`
	DecidedBy casebook.UserID `json:"decidedBy,omitempty"`
	DecidedAs string          `json:"decidedAs,omitempty"` // a role: patient or investigator
	Agreed    bool            `json:"agreed,omitzero"`
	Note      string          `json:"note,omitempty"`
}

const correctionColumns = `change_id, record_id, subject_id, site_id, form_oid, items, old, reason, asked_at, asked_by, decided_at, decided_by, decided_as, agreed, note`

func scanCorrection(r *store.Rows) (c correction, err error) {
	var items, old string
	var asked, decided, agreed int64
	err = r.Scan(&c.ID, &c.Record, &c.Subject, &c.Site, &c.Form, &items, &old, &c.Reason, &asked, &c.AskedBy, &decided, &c.DecidedBy, &c.DecidedAs, &agreed, &c.Note)
	if err == nil {
		err = json.Unmarshal([]byte(items), &c.Items)
	}
	if err == nil {
		err = json.Unmarshal([]byte(old), &c.Old)
	}
	c.AskedAt, c.DecidedAt, c.Agreed = store.Time(asked), store.Time(decided), agreed == 1
	return c, err
}

// Given reports whether a form is a record that a patient has submitted.
func (s *Service) Given(ctx context.Context, tx *store.Tx, k record.Key) (given bool, err error) {
	id := k.EventRepeat
	if !wellFormedID(id) {
		id = k.FormRepeat
	}
	if !wellFormedID(id) {
		return false, nil
	}
	err = tx.Each(ctx, func(*store.Rows) error { given = true; return nil },
		`SELECT 1 FROM epro_record WHERE study_id = $1 AND record_id = $2 AND subject_id = $3`, k.Study, id, k.Subject)
	return given, err
}

// keyOf is the form in which a record's values stand.
func (s *Service) keyOf(ctx context.Context, study casebook.StudyID, r *received) (*record.Study, record.Key, error) {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return nil, record.Key{}, err
	}
	key, err := st.NewInstance(record.Key{Study: study, Subject: r.Subject, Form: r.Form}, r.ID)
	return st, key, err
}

// maxCorrected is how many values one request may name.
const maxCorrected = 50

// AskChange asks to have values of a record corrected, with a reason. Nothing changes yet. Whoever calls it has asked
// whether the actor may write at the subject's site.
func (s *Service) AskChange(ctx context.Context, study casebook.StudyID, id string, items []record.Value, reason string) (string, error) {
	switch {
	case strings.TrimSpace(reason) == "":
		return "", casebook.Fail(casebook.Unprocessable, "patient.reason_required").At("reason")
	case len(items) == 0 || len(items) > maxCorrected:
		return "", casebook.Fail(casebook.Unprocessable, "epro.change.items", maxCorrected).At("items")
	}
	r, _, err := s.find(ctx, study, id)
	if err != nil {
		return "", err
	}
	_, key, err := s.keyOf(ctx, study, &r)
	if err != nil {
		return "", err
	}
	now, err := s.forms.Read(ctx, key, time.Time{})
	if err != nil {
		return "", err
	}
	if _, err := s.forms.Save(ctx, record.Save{Key: key, Expect: -1, Items: items, Reason: reason, Dry: true, Agreed: true}); err != nil {
		return "", err // an answer that could not stand there is not asked about
	}
	c := correction{ID: s.world.NewID(), Record: id, Subject: r.Subject, Site: r.Site, Form: r.Form, Items: items, Old: standing(now, items), Reason: reason, AskedBy: casebook.ActorFrom(ctx).User}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		c.AskedAt = w.Now
		_, err := w.Exec(ctx, `INSERT INTO epro_change(study_id, `+correctionColumns+`) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,0,'','',0,'')`,
			study, c.ID, c.Record, c.Subject, c.Site, c.Form, ledger.Text(c.Items), ledger.Text(c.Old), c.Reason, store.Micros(c.AskedAt), c.AskedBy)
		w.Record(ctx, ledger.Entry{What: ChangeAsked, Site: c.Site, Subject: c.Subject, Ref: c.ID, New: ledger.Text(c), Reason: reason})
		return err
	})
	return c.ID, err
}

// standing are the values of a form at the places of items.
func standing(v *record.View, items []record.Value) []record.Value {
	old := make([]record.Value, len(items))
	for i, want := range items {
		old[i] = record.Value{Group: want.Group, Repeat: want.Repeat, Item: want.Item}
		at := slices.IndexFunc(v.Form.Items, func(k record.Kept) bool {
			return k.Group == want.Group && k.Repeat == want.Repeat && k.Item == want.Item
		})
		if at >= 0 {
			old[i].Value, old[i].Blank = v.Form.Items[at].Value.Value, v.Form.Items[at].Blank
		}
	}
	return old
}

// DecideChange agrees to what a site asked to have changed, or refuses it. as is the role in which the actor decides:
// patient or investigator. Whoever asked does not decide.
func (s *Service) DecideChange(ctx context.Context, study casebook.StudyID, id, as string, agreed bool, note string) error {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	for range 5 {
		err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error { return s.decideChange(ctx, w, st, id, as, agreed, note) })
		if !store.IsUnique(err) && casebook.KindOf(err) != casebook.Stale {
			return err
		}
	}
	return err
}

func (s *Service) decideChange(ctx context.Context, w *ledger.Writer, st *record.Study, id, as string, agreed bool, note string) error {
	c, err := findCorrection(ctx, w.Tx, w.Study, id, w.ForUpdate())
	if err != nil {
		return err
	}
	actor := casebook.ActorFrom(ctx).User
	switch {
	case !c.DecidedAt.IsZero():
		return casebook.Fail(casebook.Conflict, "epro.change.decided")
	case c.AskedBy == actor:
		return casebook.Fail(casebook.Forbidden, "epro.change.own")
	}
	old := ledger.Text(c)
	c.DecidedAt, c.DecidedBy, c.DecidedAs, c.Agreed, c.Note = w.Now, actor, as, agreed, note
	_, err = w.Exec(ctx, `UPDATE epro_change SET decided_at = $3, decided_by = $4, decided_as = $5, agreed = $6, note = $7 WHERE study_id = $1 AND change_id = $2`,
		w.Study, c.ID, store.Micros(c.DecidedAt), c.DecidedBy, c.DecidedAs, bit(c.Agreed), c.Note)
	w.Record(ctx, ledger.Entry{What: ChangeDecided, Site: c.Site, Subject: c.Subject, Ref: c.ID, Old: old, New: ledger.Text(c), Reason: note})
	if err != nil || !agreed {
		return err
	}
	key, err := st.NewInstance(record.Key{Study: w.Study, Subject: c.Subject, Form: c.Form}, c.Record)
	if err == nil {
		_, _, err = s.forms.SaveIn(ctx, w, st, record.Save{Key: key, Expect: -1, Items: c.Items, Reason: c.Reason, Agreed: true})
	}
	return err
}

// findCorrection reads a change that was asked for. how ends the statement: who will decide holds it.
func findCorrection(ctx context.Context, tx *store.Tx, study casebook.StudyID, id, how string) (correction, error) {
	all, err := store.All(ctx, tx, scanCorrection, `SELECT `+correctionColumns+` FROM epro_change WHERE study_id = $1 AND change_id = $2`+how, study, id)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.NotFound, "epro.record_unknown", id)
	}
	if err != nil {
		return correction{}, err
	}
	return all[0], nil
}

// waitingOf are the corrections that wait for a subject's word, oldest first.
func waitingOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) ([]correction, error) {
	return store.All(ctx, tx, scanCorrection, `SELECT `+correctionColumns+` FROM epro_change WHERE study_id = $1 AND subject_id = $2 AND decided_at = 0 ORDER BY asked_at, change_id LIMIT 20`, study, id)
}

// getChanges lists the corrections that were asked for, those that nobody has decided first.
func (s *Service) getChanges(w http.ResponseWriter, r *http.Request) error {
	_, may := sites(r, auth.FormRead)
	st, err := s.forms.Study(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	type shown struct {
		correction
		Title   odm.Text      `json:"title,omitempty"`
		Answers []answerShown `json:"answers"` // sent is what stood there, now what shall
	}
	list := []shown{}
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		return tx.Each(r.Context(), func(rows *store.Rows) error {
			c, err := scanCorrection(rows)
			if may(c.Site) {
				list = append(list, shown{c, titleOf(st.At(c.Site), c.Form), corrected(st.At(c.Site), &c)})
			}
			return err
		}, `SELECT `+correctionColumns+` FROM epro_change WHERE study_id = $1 ORDER BY decided_at, asked_at DESC LIMIT 500`, studyOf(r))
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"changes": list})
}

// titleOf is a form's title, or nothing where the study no longer has the form.
func titleOf(st *record.Study, form string) odm.Text {
	if f := st.Index.Form(form); f != nil {
		return f.Description
	}
	return nil
}

// corrected is what a correction asks for, with its questions.
func corrected(st *record.Study, c *correction) []answerShown {
	asked := definitionOf(st, c.Form).Questions
	all := make([]answerShown, len(c.Items))
	for i, v := range c.Items {
		all[i] = answerShown{Group: v.Group, Item: v.Item, Text: odm.Text{"": v.Item}, Sent: c.Old[i].Value, Now: v.Value}
		if at := slices.IndexFunc(asked, func(q question) bool { return q.Group == v.Group && q.Item == v.Item }); at >= 0 {
			all[i].Text, all[i].Options, all[i].Multiple = asked[at].Text, asked[at].Options, asked[at].Multiple
		}
	}
	return all
}

// postChange asks to have answers corrected; see postChangeDecision.
func (s *Service) postChange(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("record")
	found, _, err := s.find(r.Context(), studyOf(r), id)
	ctx, ok := auth.Act(r.Context(), auth.FormWrite, studyOf(r), found.Site)
	if err == nil && !ok {
		err = casebook.Fail(casebook.NotFound, "epro.record_unknown", id)
	}
	if err != nil {
		return err
	}
	in, err := reasonOf(r)
	if err != nil {
		return err
	}
	change, err := s.AskChange(ctx, studyOf(r), id, in.Items, in.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, map[string]any{"change": change})
}

// postChangeDecision says in an investigator's name whether a correction is made.
func (s *Service) postChangeDecision(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("change")
	var c correction
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		c, err = findCorrection(r.Context(), tx, studyOf(r), id, "")
		return err
	})
	ctx, ok := auth.Act(r.Context(), auth.FormSign, studyOf(r), c.Site)
	if err == nil && !ok {
		err = casebook.Fail(casebook.NotFound, "epro.record_unknown", id)
	}
	if err != nil {
		return err
	}
	in, err := reasonOf(r)
	if err != nil {
		return err
	}
	if strings.TrimSpace(in.Note) == "" {
		return casebook.Fail(casebook.Unprocessable, "epro.note_required").At("note")
	}
	if err := s.DecideChange(ctx, studyOf(r), id, "investigator", in.Agreed, in.Note); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

// postOwnChange says in a patient's name whether a correction is made.
func (s *Service) postOwnChange(w http.ResponseWriter, r *http.Request) error {
	study, d, p, err := s.phone(r)
	if err == nil && !d.over(p).IsZero() {
		err = errEnded
	}
	if err != nil {
		return err
	}
	id := r.PathValue("change")
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		c, err := findCorrection(r.Context(), tx, study, id, "")
		if err == nil && c.Subject != d.Subject {
			err = casebook.Fail(casebook.NotFound, "epro.record_unknown", id)
		}
		return err
	})
	if err != nil {
		return err
	}
	in, err := reasonOf(r)
	if err != nil {
		return err
	}
	ctx := casebook.WithActor(r.Context(), d.actor(r.Context()))
	if err := s.DecideChange(ctx, study, id, "patient", in.Agreed, in.Note); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

// answerShown is one answer of a record as the staff see it: as it was sent, and as it stands.
type answerShown struct {
	Group    string   `json:"group"`
	Item     string   `json:"item"`
	Text     odm.Text `json:"text"`
	Options  []option `json:"options,omitempty"`
	Multiple bool     `json:"multiple,omitempty"` // Sent and Now are JSON arrays of codes
	Sent     string   `json:"sent"`
	Now      string   `json:"now"`
}

// answers are those of a record, in the order of its form.
func (s *Service) answers(ctx context.Context, study casebook.StudyID, r *received, body string) ([]answerShown, error) {
	all := []answerShown{}
	st, key, err := s.keyOf(ctx, study, r)
	if err == nil {
		st = st.At(r.Site)
	}
	if err != nil || st.Index.Form(r.Form) == nil {
		return all, nil // a form that the site does not have: what was sent is shown as it was sent
	}
	view, err := s.forms.Read(ctx, key, time.Time{})
	if err != nil {
		return nil, err
	}
	var a answerSet
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		return nil, err
	}
	sent := (&arrival{answerSet: a}).submitted()
	for _, q := range definitionOf(st, r.Form).Questions {
		if q.Note || q.Unseen || q.Computed != "" {
			continue
		}
		place := []record.Value{{Group: q.Group, Repeat: "1", Item: q.Item}}
		x := answerShown{Group: q.Group, Item: q.Item, Text: q.Text, Options: q.Options, Multiple: q.Multiple, Now: standing(view, place)[0].Value}
		if i := slices.IndexFunc(sent, func(v record.Value) bool { return v.Group == q.Group && v.Item == q.Item }); i >= 0 {
			x.Sent = sent[i].Value
		}
		all = append(all, x)
	}
	return all, nil
}

// getRecords lists the newest records of a subject, or of all that may be seen.
func (s *Service) getRecords(w http.ResponseWriter, r *http.Request) error {
	_, may := sites(r, auth.FormRead)
	only, args := "", []any{studyOf(r)}
	if id := r.URL.Query().Get("subject"); id != "" {
		only, args = " AND subject_id = $2", append(args, id)
	}
	st, err := s.forms.Study(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	type shown struct {
		received
		Title odm.Text `json:"title,omitempty"`
		Late  bool     `json:"late"`
	}
	list := []shown{}
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		return tx.Each(r.Context(), func(rows *store.Rows) error {
			x, err := scanRecord(rows)
			if may(x.Site) && len(list) < 200 {
				list = append(list, shown{x, titleOf(st.At(x.Site), x.Form), x.Late()})
			}
			return err
		}, `SELECT `+recordColumns+` FROM epro_record WHERE study_id = $1`+only+` ORDER BY received_at DESC, record_id LIMIT 2000`, args...)
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"records": list})
}
