package notice

import (
	"context"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/odm"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

const noticeColumns = `notice_id, state, doc, parent, sender, created, targets, addressed, reminders, reason`

func scanNotice(r *store.Rows) (n *Notice, err error) {
	n = &Notice{}
	var id string
	var state State
	var created int64
	if err := r.Scan(&id, &state, &n.doc, &n.Parent, &n.Sender, &created, &n.Targets, &n.Addressed, &n.Reminders, &n.Reason); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(n.doc), &n.Draft); err != nil {
		return nil, err
	}
	n.ID, n.State, n.Created = id, state, store.Time(created)
	return n, nil
}

// find reads a notice. how ends the statement: who will change the notice holds it.
func find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id, how string) (*Notice, error) {
	all, err := store.All(ctx, tx, scanNotice, `SELECT `+noticeColumns+` FROM notice WHERE study_id = $1 AND notice_id = $2`+how, study, id)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.NotFound, "notice.unknown", id).At("notice")
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Get returns a notice, or NotFound notice.unknown.
func (s *Service) Get(ctx context.Context, study casebook.StudyID, id string) (n *Notice, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error { n, err = find(ctx, tx, study, id, ""); return err })
	return n, err
}

// example is a text of a notice in a language, as some recipient reads it; where nobody reads that language, as all would.
func example(ctx context.Context, tx *store.Tx, study casebook.StudyID, n *Notice, lang string) (t frozen, err error) {
	all, err := store.All(ctx, tx, func(r *store.Rows) (t frozen, err error) {
		err = r.Scan(&t.ID, &t.Language, &t.Title, &t.Body)
		return t, err
	}, `SELECT text_id, language, title, body FROM notice_text WHERE study_id = $1 AND notice_id = $2 AND language = $3 ORDER BY text_id LIMIT 1`, study, n.ID, lang)
	if err != nil || len(all) == 0 {
		return frozen{Language: lang, Title: n.alike(n.Title, lang), Body: n.alike(n.Body, lang)}, err
	}
	return all[0], nil
}

// Recipient is a person at a site with what became of a notice there.
type Recipient struct {
	Site         casebook.SiteID `json:"site"`
	User         casebook.UserID `json:"user"`
	Role         auth.Role       `json:"role"`
	Addressed    int64           `json:"-"`
	Received     int64           `json:"-"`
	Read         int64           `json:"-"`
	Acknowledged int64           `json:"-"`
	Answered     int64           `json:"-"`
	Signature    string          `json:"-"`
	Answer       string          `json:"-"`
	Revision     int64           `json:"revision"`
	Reminded     int64           `json:"reminded"`

	text string
}

const recipientColumns = `site_id, user_id, role, text_id, addressed, received, read, acknowledged, answered, signature, answer, revision, reminded`

func scanRecipient(r *store.Rows) (to Recipient, err error) {
	err = r.Scan(&to.Site, &to.User, &to.Role, &to.text, &to.Addressed, &to.Received, &to.Read, &to.Acknowledged, &to.Answered,
		&to.Signature, &to.Answer, &to.Revision, &to.Reminded)
	return to, err
}

// missing reports whether something is still expected of a recipient.
func (n *Notice) missing(to *Recipient) bool {
	return to.Received == 0 || to.Read == 0 || n.Ack != None && to.Acknowledged == 0 || n.Form != nil && to.Answered == 0
}

// page is how many recipients are read at once.
const page = 1000

// each calls fn for the recipients of a notice in order, page by page, so that memory does not grow with their number.
func each(ctx context.Context, db *store.DB, study casebook.StudyID, id string, fn func(*Recipient) error) error {
	var site casebook.SiteID
	var user casebook.UserID
	for first := true; ; first = false {
		var all []Recipient
		err := db.View(ctx, func(tx *store.Tx) (err error) {
			all, err = after(ctx, tx, study, id, site, user, first)
			return err
		})
		if err != nil {
			return err
		}
		for i := range all {
			if err := fn(&all[i]); err != nil {
				return err
			}
		}
		if len(all) < page {
			return nil
		}
		site, user = all[len(all)-1].Site, all[len(all)-1].User
	}
}

// after reads the page of recipients behind one of them.
func after(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string, site casebook.SiteID, user casebook.UserID, first bool) ([]Recipient, error) {
	from := int64(1)
	if first {
		from = 0
	}
	return store.All(ctx, tx, scanRecipient, `SELECT `+recipientColumns+` FROM notice_recipient WHERE study_id = $1 AND notice_id = $2
		AND ($5 = 0 OR site_id > $3 OR site_id = $3 AND user_id > $4) ORDER BY site_id, user_id LIMIT $6`, study, id, site, user, from, page)
}

// wholeStudy is what stands in the place of a site's name for those who have a role at all sites.
func wholeStudy() odm.Text { return i18n.Texts("notice.whole_study") }
