package notice

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// maxFilings is how often a notice is filed.
const maxFilings = 100

// filedAtOnce is at how many sites a notice is filed in one transaction.
const filedAtOnce = 50

// filed is a part of a filing in the ledger.
type filed struct {
	Filing int64   `json:"filing"`
	Sites  []shelf `json:"sites"`
}

// shelf is where a notice stands in a site's file: the documents' ids, the notice first and then its attachments.
type shelf struct {
	Site      casebook.SiteID `json:"site"`
	Documents []string        `json:"documents"`
}

// fileAt is when a notice files itself: when it closes, or else at its deadline.
func (s *Service) fileAt(n *Notice) int64 {
	switch {
	case s.o.Files.File == nil:
		return 0
	case !n.Closes.IsZero():
		return store.Micros(n.Closes)
	case !n.Deadline.IsZero():
		return store.Micros(n.Deadline)
	}
	return 0
}

// A notice without an end is looked at each day; settled is how long it waits for those missing before it is filed.
const (
	daily   = 24 * time.Hour
	settled = 30 * daily
)

// lookAt is when it is first seen whether anybody is missing, of a notice without an end.
func (s *Service) lookAt(n *Notice) int64 {
	if s.o.Files.File == nil || s.fileAt(n) > 0 {
		return 0
	}
	return store.Micros(n.Created.Add(daily))
}

// look has a notice without an end filed when nobody is missing any more, or for long enough, and otherwise looks again
// tomorrow. The look is taken by one process; nobody else learns of it.
func (s *Service) look(ctx context.Context, d due) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := find(ctx, tx, d.study, d.id, tx.ForUpdate())
		if err != nil {
			return err
		}
		var missing int64
		err = tx.Row(ctx, `SELECT count(*) FROM notice_recipient WHERE study_id = $1 AND notice_id = $2
			AND (received = 0 OR read = 0 OR acknowledged = 0 AND $3 = 1 OR answered = 0 AND $4 = 1)`, d.study, d.id, truth(n.Ack != None), truth(n.Form != nil)).Scan(&missing)
		if err != nil {
			return err
		}
		if missing > 0 && tx.Now.Before(n.Created.Add(settled)) {
			_, err = tx.Exec(ctx, `UPDATE notice SET look_at = $4 WHERE study_id = $1 AND notice_id = $2 AND look_at = $3`, d.study, d.id, d.look, store.Micros(tx.Now.Add(daily)))
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE notice SET look_at = 0, file_at = $4 WHERE study_id = $1 AND notice_id = $2 AND look_at = $3`, d.study, d.id, d.look, store.Micros(tx.Now))
		return err
	})
}

// FileNow has a notice filed as it stands, for the actor in ctx: what was filed before gets another version.
func (s *Service) FileNow(ctx context.Context, study casebook.StudyID, id string) error {
	err := s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		n, err := find(ctx, w.Tx, study, id, w.ForUpdate())
		switch {
		case err != nil:
			return err
		case n.State == Sending || s.o.Files.File == nil:
			return casebook.Fail(casebook.Conflict, "notice.filing_early")
		}
		took, err := w.Exec(ctx, `UPDATE notice SET file_at = $3 WHERE study_id = $1 AND notice_id = $2 AND filings < $4`, study, id, store.Micros(w.Now), maxFilings)
		if err == nil && took == 0 {
			err = casebook.Fail(casebook.Conflict, "notice.filings", maxFilings)
		}
		w.Record(ctx, ledger.Entry{What: VerbFilingAsked, Ref: id})
		return err
	})
	s.rouse()
	return err
}

// fileNext files a notice at the next sites where this filing has not, and reports whether there may be more.
func (s *Service) fileNext(ctx context.Context, study casebook.StudyID, id string) (more bool, err error) {
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		more = false
		n, err := find(ctx, w.Tx, study, id, w.ForUpdate())
		if err != nil || n.State == Sending {
			return err
		}
		var filing, at int64
		if err := w.Row(ctx, `SELECT filings + 1, file_at FROM notice WHERE study_id = $1 AND notice_id = $2`, study, id).Scan(&filing, &at); err != nil {
			return err
		}
		if at == 0 || at > store.Micros(w.Now) {
			return nil
		}
		sites, err := unfiled(ctx, w.Tx, n, study, filing)
		if err != nil {
			return err
		}
		if len(sites) < filedAtOnce {
			_, err = w.Exec(ctx, `UPDATE notice SET filings = $3, file_at = 0 WHERE study_id = $1 AND notice_id = $2`, study, id, filing)
		}
		if err != nil || len(sites) == 0 {
			return err
		}
		more = len(sites) == filedAtOnce
		return s.fileAll(ctx, w, n, filing, sites)
	})
	return more, err
}

// unfiled are the first sites at which a filing has yet to put a notice. What was withdrawn is filed where somebody had it.
func unfiled(ctx context.Context, tx *store.Tx, n *Notice, study casebook.StudyID, filing int64) ([]casebook.SiteID, error) {
	return store.All(ctx, tx, func(r *store.Rows) (id casebook.SiteID, err error) { return id, r.Scan(&id) },
		`SELECT DISTINCT r.site_id FROM notice_recipient r WHERE r.study_id = $1 AND r.notice_id = $2 AND ($3 = 0 OR r.received > 0) AND NOT EXISTS
			(SELECT 1 FROM notice_filed f WHERE f.study_id = r.study_id AND f.notice_id = r.notice_id AND f.site_id = r.site_id AND f.filing >= $4)
			ORDER BY r.site_id LIMIT $5`, study, n.ID, truth(n.State == Cancelled), filing, filedAtOnce)
}

func (s *Service) fileAll(ctx context.Context, w *ledger.Writer, n *Notice, filing int64, sites []casebook.SiteID) error {
	about, err := trial.Find(ctx, w.Tx, w.Study)
	if err != nil {
		return err
	}
	all, err := trial.SitesOf(ctx, w.Tx, w.Study)
	if err != nil {
		return err
	}
	who, err := auth.Accounts(ctx, w.Tx)
	if err != nil {
		return err
	}
	said := filed{Filing: filing}
	for _, id := range sites {
		letters, err := lettersAt(ctx, w.Tx, w.Study, n.ID, id)
		if err != nil {
			return err
		}
		place := nameOf(all, id)
		p := &sheet{study: about.Name, site: place.In(letters[0].Language), notice: n, letters: letters, who: who}
		x := shelf{Site: id}
		if x.Documents, err = s.fileOne(ctx, w, id, p); err != nil {
			return err
		}
		_, err = w.Exec(ctx, `INSERT INTO notice_filed(study_id, notice_id, site_id, documents, filing) VALUES($1,$2,$3,$4,$5)
			ON CONFLICT (study_id, notice_id, site_id) DO UPDATE SET documents = excluded.documents, filing = excluded.filing`, w.Study, n.ID, id, ledger.Text(x.Documents), filing)
		if err != nil {
			return err
		}
		said.Sites = append(said.Sites, x)
	}
	w.Record(ctx, ledger.Entry{What: VerbFiled, Ref: n.ID, New: ledger.Text(said)})
	return nil
}

// fileOne files a notice at a site, and the first time its attachments, and returns all their documents.
func (s *Service) fileOne(ctx context.Context, w *ledger.Writer, at casebook.SiteID, p *sheet) ([]string, error) {
	n := p.notice
	documents, err := filedAs(ctx, w.Tx, w.Study, n.ID, at)
	if err != nil {
		return nil, err
	}
	first := Paper{Site: at, Kind: n.Kind, Title: shortened(p.letters[0].Title), Name: "notice.txt", Text: p.text()}
	if len(documents) > 0 {
		first.Document = documents[0]
	}
	main, err := s.o.Files.File(ctx, w, first)
	if err != nil || len(documents) > 0 {
		return documents, err
	}
	documents = append(documents, main)
	for i := range n.Attachments {
		a := &n.Attachments[i]
		id, err := s.o.Files.File(ctx, w, Paper{Site: at, Kind: n.Kind, Title: shortened(a.Name + " · " + first.Title), Name: a.Name, Attachment: a})
		if err != nil {
			return nil, err
		}
		documents = append(documents, id)
	}
	return documents, nil
}

// maxHeading is the longest title of a document, in bytes.
const maxHeading = 300

// shortened is a title that a document can have.
func shortened(title string) string {
	title = flat(title)
	for len(title) > maxHeading {
		_, last := utf8.DecodeLastRuneInString(title)
		title = title[:len(title)-last]
	}
	return title
}

func filedAs(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string, site casebook.SiteID) (documents []string, err error) {
	all, err := store.All(ctx, tx, func(r *store.Rows) (doc string, err error) { return doc, r.Scan(&doc) },
		`SELECT documents FROM notice_filed WHERE study_id = $1 AND notice_id = $2 AND site_id = $3`, study, id, site)
	if err == nil && len(all) > 0 {
		err = json.Unmarshal([]byte(all[0]), &documents)
	}
	return documents, err
}

// Filing is how far a notice is filed.
type Filing struct {
	Able  bool      `json:"able"`          // there is a file room
	Next  time.Time `json:"next,omitzero"` // when it files itself
	Last  time.Time `json:"last,omitzero"` // when at the latest, of one without an end that waits for those missing
	Times int64     `json:"times"`         // filings that are done
	Sites int64     `json:"sites"`         // at which it stands
}

// filing tells how far a notice is filed.
func (s *Service) filing(ctx context.Context, study casebook.StudyID, id string) (f Filing, err error) {
	f.Able = s.o.Files.File != nil
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var next, look, created int64
		err := tx.Row(ctx, `SELECT file_at, filings, look_at, created FROM notice WHERE study_id = $1 AND notice_id = $2`, study, id).Scan(&next, &f.Times, &look, &created)
		if err != nil {
			return err
		}
		if look > 0 {
			f.Last = store.Time(created).Add(settled)
		}
		if next > 0 {
			f.Next = store.Time(next)
		}
		return tx.Row(ctx, `SELECT count(*) FROM notice_filed WHERE study_id = $1 AND notice_id = $2`, study, id).Scan(&f.Sites)
	})
	return f, err
}

// lettersAt are a notice as its recipients at a site have it; of one that was withdrawn, those who had received it.
func lettersAt(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string, site casebook.SiteID) ([]Letter, error) {
	return store.All(ctx, tx, scanLetter, `SELECT `+letterColumns+` FROM notice_recipient r
		JOIN notice n ON n.study_id = r.study_id AND n.notice_id = r.notice_id
		JOIN notice_text t ON t.study_id = r.study_id AND t.notice_id = r.notice_id AND t.text_id = r.text_id
		WHERE r.study_id = $1 AND r.notice_id = $2 AND r.site_id = $3 AND (n.state <> 'cancelled' OR r.received > 0) ORDER BY r.user_id`, study, id, site)
}

// sheet is a notice on paper: what was read at a site, and what became of it there, in the language of its first recipient.
type sheet struct {
	study, site string
	notice      *Notice
	letters     []Letter
	who         map[casebook.UserID]auth.Account
	out         strings.Builder
}

func (p *sheet) language() string { return p.letters[0].Language }

func (p *sheet) say(code string, args ...any) {
	p.out.WriteString(i18n.Text(code, p.language(), args...) + "\n")
}

// when says what happened at a moment, if it did.
func (p *sheet) when(code string, us int64) {
	if us > 0 {
		p.out.WriteString("  ")
		p.say(code, stamp(us))
	}
}

// text writes the paper. Texts stand as they were read, each once.
func (p *sheet) text() string {
	n := p.notice
	p.say("notice.paper_head", n.ID, p.study, p.site)
	p.say("notice.paper_sent", n.Created.UTC().Format(time.RFC3339), called(p.who, n.Sender, p.language()))
	if n.State == Cancelled {
		p.say("notice.paper_withdrawn", n.Reason)
	}
	for _, a := range n.Attachments {
		p.say("notice.paper_attachment", a.Name, a.Size, a.Hash)
	}
	read := map[string]bool{}
	for _, l := range p.letters {
		if !read[l.Recipient.text] {
			read[l.Recipient.text] = true
			fmt.Fprintf(&p.out, "\n%s\n\n%s\n", l.Title, l.Body)
		}
	}
	p.out.WriteString("\n")
	p.say("notice.paper_receipts")
	for i := range p.letters {
		p.receipt(&p.letters[i].Recipient)
	}
	return strings.ReplaceAll(p.out.String(), "\x00", "")
}

// receipt writes what became of a notice with one recipient.
func (p *sheet) receipt(to *Recipient) {
	fmt.Fprintf(&p.out, "\n%s (%s, %s)\n", called(p.who, to.User, p.language()), to.User, to.Role)
	p.when("notice.paper_received", to.Received)
	p.when("notice.paper_read", to.Read)
	p.when("notice.paper_acknowledged", to.Acknowledged)
	var m Manifest
	if to.Signature != "" && json.Unmarshal([]byte(to.Signature), &m) == nil {
		p.out.WriteString("  ")
		p.say("notice.paper_signed", m.Name, m.At.UTC().Format(time.RFC3339), m.Content)
	}
	p.when("notice.paper_answered", to.Answered)
	given, _ := values(to.Answer) // what cannot be read was found by verification
	for _, v := range given {
		fmt.Fprintf(&p.out, "  %s = %s\n", questionOf(p.notice, v, p.language()), v.Value)
	}
	if p.notice.missing(to) {
		p.out.WriteString("  ")
		p.say("notice.paper_missing")
	}
}

// questionOf is what a value answers, as it was asked.
func questionOf(n *Notice, v record.Value, lang string) string {
	if n.Form != nil {
		if it := n.Form.Index().Item(v.Item); it != nil {
			return it.Question.In(lang)
		}
	}
	return v.Item
}
