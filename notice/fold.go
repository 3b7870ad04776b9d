package notice

import (
	"context"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold returns the fold that compares a study's notices, the texts that were read, who they went to and what came back
// with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, notices: map[string]*folded{}}
}

// folded is a notice as its entries add it up.
type folded struct {
	doc, parent, reason string
	sender              casebook.UserID
	cancelled           bool
	targets             int64
	texts               map[string]frozen
	to                  map[recipientKey]*Recipient
	attached            []Attachment
	filed               map[casebook.SiteID]shelved
}

type recipientKey struct {
	site casebook.SiteID
	user casebook.UserID
}

type fold struct {
	study    casebook.StudyID
	notices  map[string]*folded
	findings []ledger.Finding
}

func (f *fold) found(table, row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	take := map[string]func(*folded, *ledger.Entry) error{VerbAddressed: addressedIn, VerbCancelled: cancelledIn, VerbReceived: receivedIn, VerbRead: readIn,
		VerbAcknowledged: f.acknowledgedIn, VerbAnswered: answeredIn, VerbFiled: filedIn}[e.What]
	var err error
	switch {
	case e.What == VerbSent:
		err = f.sent(e)
	case take != nil && f.notices[e.Ref] == nil:
		f.found("ledger_entry", e.ID, "it is about a notice that the ledger does not know")
	case take != nil:
		err = take(f.notices[e.Ref], e)
	}
	if err != nil {
		f.found("ledger_entry", e.ID, "cannot be read")
	}
}

func (f *fold) sent(e *ledger.Entry) error {
	var said sent
	err := json.Unmarshal([]byte(e.New), &said)
	f.notices[e.Ref] = &folded{doc: ledger.Text(said.Draft), parent: said.Parent, sender: e.Actor, targets: said.Targets, texts: map[string]frozen{}, to: map[recipientKey]*Recipient{}, attached: said.Attachments,
		filed: map[casebook.SiteID]shelved{}}
	return err
}

func addressedIn(n *folded, e *ledger.Entry) error {
	var said addressed
	err := json.Unmarshal([]byte(e.New), &said)
	for _, t := range said.Texts {
		n.texts[t.ID] = t
	}
	for _, a := range said.To {
		n.to[recipientKey{a.Site, a.User}] = &Recipient{Site: a.Site, User: a.User, Role: a.Role, text: a.Text, Addressed: store.Micros(e.At)}
	}
	return err
}

func cancelledIn(n *folded, e *ledger.Entry) error {
	n.cancelled, n.reason = true, e.Reason
	return nil
}

// of finds the recipient of an entry; of one that nobody addressed there is a blank, and then no row that fits it.
func (n *folded) of(e *ledger.Entry, user casebook.UserID) *Recipient {
	key := recipientKey{e.Site, user}
	if n.to[key] == nil {
		n.to[key] = &Recipient{Site: e.Site, User: user}
	}
	return n.to[key]
}

func receivedIn(n *folded, e *ledger.Entry) error {
	var who whose
	err := json.Unmarshal([]byte(e.New), &who)
	n.of(e, who.User).Received = store.Micros(e.At)
	return err
}

func readIn(n *folded, e *ledger.Entry) error {
	var who whose
	err := json.Unmarshal([]byte(e.New), &who)
	n.of(e, who.User).Read = store.Micros(e.At)
	return err
}

// acknowledgedIn takes in an acknowledgement; a signed one must be over the text that the ledger says was read.
func (f *fold) acknowledgedIn(n *folded, e *ledger.Entry) error {
	var said confirmed
	err := json.Unmarshal([]byte(e.New), &said)
	to := n.of(e, said.User)
	to.Acknowledged = store.Micros(e.At)
	if m := said.Signature; m != nil {
		t := n.texts[to.text]
		if m.Content != contentOf(f.study, e.Ref, to, t.Language, t.Title, t.Body, n.attached) || m.Signer != said.User {
			f.found("ledger_entry", e.ID, ledger.SignedOther)
		}
		to.Signature = ledger.Text(*m)
	}
	return err
}

func answeredIn(n *folded, e *ledger.Entry) error {
	var said answered
	err := json.Unmarshal([]byte(e.New), &said)
	to := n.of(e, said.User)
	to.Answered, to.Revision, to.Answer = store.Micros(e.At), said.Revision, ledger.Text(append([]record.Value{}, said.Values...))
	return err
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	all, err := store.All(ctx, tx, scanNotice, `SELECT `+noticeColumns+` FROM notice WHERE study_id = $1 ORDER BY notice_id`, f.study)
	if err != nil {
		return f.findings, err
	}
	for _, row := range all {
		n := f.notices[row.ID]
		switch {
		case n == nil:
			f.found("notice", row.ID, "put in: the ledger does not know it")
			continue
		case n.doc != row.doc || n.parent != row.Parent || n.sender != row.Sender || n.cancelled != (row.State == Cancelled) || n.reason != row.Reason ||
			n.targets != row.Targets || int64(len(n.to)) != row.Addressed:
			f.found("notice", row.ID, "altered: it is not as the ledger holds it")
		}
		if err := f.compareTexts(ctx, tx, row.ID, n); err != nil {
			return f.findings, err
		}
		if err := f.compareRecipients(ctx, tx, row.ID, n); err != nil {
			return f.findings, err
		}
		if err := f.compareFiled(ctx, tx, row.ID, n); err != nil {
			return f.findings, err
		}
		delete(f.notices, row.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(f.notices)) {
		f.found("notice", id, "removed: the ledger knows it")
	}
	return f.findings, nil
}

func (f *fold) compareTexts(ctx context.Context, tx *store.Tx, id string, n *folded) error {
	err := tx.Each(ctx, func(r *store.Rows) error {
		var t frozen
		if err := r.Scan(&t.ID, &t.Language, &t.Title, &t.Body); err != nil {
			return err
		}
		if n.texts[t.ID] != t {
			f.found("notice_text", id+"/"+t.ID, "it is not as the ledger holds it")
		}
		delete(n.texts, t.ID)
		return nil
	}, `SELECT text_id, language, title, body FROM notice_text WHERE study_id = $1 AND notice_id = $2`, f.study, id)
	for _, text := range slices.Sorted(maps.Keys(n.texts)) {
		f.found("notice_text", id+"/"+text, "removed: the ledger knows it")
	}
	return err
}

func (f *fold) compareRecipients(ctx context.Context, tx *store.Tx, id string, n *folded) error {
	err := tx.Each(ctx, func(r *store.Rows) error {
		row, err := scanRecipient(r)
		if err != nil {
			return err
		}
		row.Reminded = 0 // reminders are machinery
		key := recipientKey{row.Site, row.User}
		if said := n.to[key]; said == nil || *said != row {
			f.found("notice_recipient", id+"/"+string(row.Site)+"/"+string(row.User), "it is not as the ledger holds it")
		}
		delete(n.to, key)
		return nil
	}, `SELECT `+recipientColumns+` FROM notice_recipient WHERE study_id = $1 AND notice_id = $2`, f.study, id)
	for key := range n.to {
		f.found("notice_recipient", id+"/"+string(key.site)+"/"+string(key.user), "removed: the ledger knows it")
	}
	return err
}

// shelved is where a notice stands at a site, as the row says it.
type shelved struct {
	documents string
	filing    int64
}

func filedIn(n *folded, e *ledger.Entry) error {
	var said filed
	err := json.Unmarshal([]byte(e.New), &said)
	for _, x := range said.Sites {
		n.filed[x.Site] = shelved{ledger.Text(x.Documents), said.Filing}
	}
	return err
}

func (f *fold) compareFiled(ctx context.Context, tx *store.Tx, id string, n *folded) error {
	err := tx.Each(ctx, func(r *store.Rows) error {
		var site casebook.SiteID
		var row shelved
		if err := r.Scan(&site, &row.documents, &row.filing); err != nil {
			return err
		}
		if said, known := n.filed[site]; !known || said != row {
			f.found("notice_filed", id+"/"+string(site), "it is not as the ledger holds it")
		}
		delete(n.filed, site)
		return nil
	}, `SELECT site_id, documents, filing FROM notice_filed WHERE study_id = $1 AND notice_id = $2`, f.study, id)
	for _, site := range slices.Sorted(maps.Keys(n.filed)) {
		f.found("notice_filed", id+"/"+string(site), "removed: the ledger knows it")
	}
	return err
}
