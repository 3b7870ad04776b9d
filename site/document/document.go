// Package document keeps the essential documents of a study and its sites (ICH E6, the trial master file): versions with
// their bytes, who accepted them with a signature, when they expire, what is expected and not there, and who has read them.
// It refuses a file that is not what its name says, and an acceptance by whoever filed it.
package document

import (
	"context"
	"embed"
	"io/fs"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's table.
var Migrations fs.FS = files

// The verbs of this package in the ledger.
const (
	Filed       = "document.filed"        // Ref: the document; New: it with the new version
	Accepted    = "document.accepted"     // Ref: the document
	Refused     = "document.refused"      // Ref: the document
	Read        = "document.read"         // Ref: the document; New: the version and its hash
	ExpectedSet = "document.expected.set" // Ref: nothing
	Infected    = "document.infected"     // Ref: the hash of a file that a scanner found malware in; New: its name and what was found
	Kept        = "document.kept"         // Ref: hash/name of a file that stands in no document
)

const (
	documents keep.Kind = "document" // by number
	expected  keep.Kind = "expected" // one for the study
)

// Book is what these verbs say of the study office's records.
var Book = keep.Book{Kinds: map[string]keep.Kind{Filed: documents, Accepted: documents, Refused: documents, ExpectedSet: expected, Kept: loose, record.FileAttached: attachments, record.FileDetached: attachments}}

// Document is one place in the file, with all that was ever filed there.
type Document struct {
	Type     string    `json:"type"`
	Title    string    `json:"title"`
	Versions []Version `json:"versions"`
}

// Version is one file with what became of it.
type Version struct {
	Name     string          `json:"name"`
	Media    string          `json:"media"`
	Size     int64           `json:"size"`
	Hash     string          `json:"hash"` // SHA-256 in hex
	Note     string          `json:"note,omitempty"`
	Issued   plan.Date       `json:"issued,omitzero"`
	Expires  plan.Date       `json:"expires,omitzero"`
	FiledBy  casebook.UserID `json:"filedBy"`
	FiledAt  time.Time       `json:"filedAt"`
	Accepted *site.Signature `json:"accepted,omitempty"`
	Refused  *site.End       `json:"refused,omitempty"`
}

func (v *Version) loose() Loose { return Loose{v.Name, v.Media, v.Size, v.Hash} }

// State is how a document stands.
type State string

// The states, the worst first.
const (
	Missing  State = "missing"
	Expired  State = "expired"
	Rejected State = "refused"  // nothing accepted, and the last was refused
	Waiting  State = "waiting"  // nothing accepted, and the last waits
	Expiring State = "expiring" // within 60 days
	Valid    State = "valid"
)

var ranks = []State{Missing, Expired, Rejected, Waiting, Expiring, Valid}

func (s State) rank() int { return slices.Index(ranks, s) }

// ahead is how many days before a document expires it is said.
const ahead = 60

func (d *Document) last() *Version { return &d.Versions[len(d.Versions)-1] }

// current is the newest accepted version, nil when there is none.
func (d *Document) current() *Version {
	for i := len(d.Versions) - 1; i >= 0; i-- {
		if d.Versions[i].Accepted != nil {
			return &d.Versions[i]
		}
	}
	return nil
}

// pending reports whether the last version waits for a decision.
func (d *Document) pending() bool { return d.last().Accepted == nil && d.last().Refused == nil }

// State is how the document stands on a day.
func (d *Document) State(today plan.Date) State {
	switch v := d.current(); {
	case v == nil && d.pending():
		return Waiting
	case v == nil:
		return Rejected
	case v.Expires == 0 || int(v.Expires-today) > ahead:
		return Valid
	case v.Expires < today:
		return Expired
	}
	return Expiring
}

// Filing is what is said of a file that is brought.
type Filing struct {
	Seen    int64     `json:"version"`        // of the document as it was seen, 0 for a new one
	Type    string    `json:"type,omitempty"` // of a new one
	Title   string    `json:"title"`
	Note    string    `json:"note,omitempty"`
	Issued  plan.Date `json:"issued,omitzero"`
	Expires plan.Date `json:"expires,omitzero"`
}

func (in *Filing) check(t Type, at casebook.SiteID) error {
	switch {
	case t.Site != (at != ""):
		return casebook.Fail(casebook.Invalid, "document.level", t.ID).At("type")
	case t.Expires && in.Expires == 0:
		return casebook.Fail(casebook.Invalid, "document.expiry_missing").At("expires")
	case in.Expires > 0 && in.Expires <= in.Issued:
		return casebook.Fail(casebook.Invalid, "document.expiry_order").At("expires")
	}
	if err := site.Fits("title", in.Title, true, 300); err != nil {
		return err
	}
	return site.Fits("note", in.Note, false, 2000)
}

// maxVersions bounds what one document may become.
const maxVersions = 200

// FileIn files a new document at a site, or with "" in the study's own file, or another version of the one with that id, in
// the caller's write. Errors: Invalid document.type, document.level, document.expiry_*, site.text_*; NotFound
// document.unknown; Conflict document.same for the bytes of the last version, document.versions; Stale site.changed.
func FileIn(ctx context.Context, w *ledger.Writer, at casebook.SiteID, id string, in Filing, f *File) (k keep.Record[Document], err error) {
	c := keep.Change{Kind: documents, ID: id, Site: at, Seen: in.Seen, Entry: ledger.Entry{What: Filed}}
	if in.Seen > 0 {
		if k, err = find(ctx, w.Tx, w.Study, id); err != nil {
			return k, err
		}
		in.Type, c.Before = k.Doc.Type, k.Doc
		k.Doc.Versions = slices.Clone(k.Doc.Versions)
	} else {
		k = keep.Record[Document]{ID: id, Site: at, Doc: Document{Type: in.Type}}
	}
	t, known := typeOf(in.Type)
	if !known {
		return k, casebook.Fail(casebook.Invalid, "document.type", in.Type).At("type")
	}
	if err := in.check(t, at); err != nil {
		return k, err
	}
	switch n := len(k.Doc.Versions); {
	case n == maxVersions:
		return k, casebook.Fail(casebook.Conflict, "document.versions", maxVersions)
	case n > 0 && k.Doc.last().Hash == f.Hash:
		return k, casebook.Fail(casebook.Conflict, "document.same").At("file")
	}
	k.Doc.Title = in.Title
	k.Doc.Versions = append(k.Doc.Versions, Version{Name: f.Name, Media: f.Media, Size: f.Size, Hash: f.Hash, Note: in.Note,
		Issued: in.Issued, Expires: in.Expires, FiledBy: casebook.ActorFrom(ctx).User, FiledAt: w.Now})
	if err := f.put(ctx, w); err != nil {
		return k, err
	}
	c.After = k.Doc
	k.Version++
	return k, keep.Put(ctx, w, c)
}

// Decide accepts the last version with the signature of the actor in ctx, who has proved to be who they are, or with a
// reason refuses it, in the caller's write. Errors: NotFound document.unknown; Conflict document.decided; Forbidden
// site.four_eyes for who filed it; Stale site.changed.
func Decide(ctx context.Context, w *ledger.Writer, id string, seen int64, printed, reason string) (k keep.Record[Document], err error) {
	if k, err = find(ctx, w.Tx, w.Study, id); err != nil {
		return k, err
	}
	by, before := casebook.ActorFrom(ctx).User, k.Doc
	if !k.Doc.pending() {
		return k, casebook.Fail(casebook.Conflict, "document.decided")
	}
	if k.Doc.last().FiledBy == by {
		return k, casebook.Fail(casebook.Forbidden, "site.four_eyes")
	}
	k.Doc.Versions = slices.Clone(k.Doc.Versions)
	what, last := Refused, k.Doc.last()
	if reason != "" {
		last.Refused = &site.End{By: by, At: w.Now, Reason: reason}
	} else {
		sig, err := site.Sign(ctx, w, "acceptance", *last, printed)
		if err != nil {
			return k, err
		}
		what, last.Accepted = Accepted, &sig
	}
	k.Version++
	return k, keep.Put(ctx, w, keep.Change{Kind: documents, ID: id, Site: k.Site, Seen: seen, Before: before, After: k.Doc, Entry: ledger.Entry{What: what, Reason: reason}})
}

func find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) (keep.Record[Document], error) {
	k, err := keep.Find[Document](ctx, tx, study, documents, id)
	if err == nil && k.Version == 0 {
		err = unknown()
	}
	return k, err
}

// unknown answers for a document that is not there or not this person's: nobody can tell which.
func unknown() error { return casebook.Fail(casebook.NotFound, "document.unknown").At("document") }

// Expected is which types of document the study and each site are to have.
type Expected struct {
	Types []string `json:"types"`
}

func expectedIn(ctx context.Context, tx *store.Tx, study casebook.StudyID) (keep.Record[Expected], error) {
	k, err := keep.Find[Expected](ctx, tx, study, expected, "")
	if err == nil && k.Version == 0 {
		k.Doc.Types = usual()
	}
	return k, err
}

// Slot is one expected type at a site with how it stands.
type Slot struct {
	Type     string    `json:"type"`
	Title    odm.Text  `json:"title"`
	State    State     `json:"state"`
	Document string    `json:"document,omitempty"` // the one that decides
	Expires  plan.Date `json:"expires,omitzero"`
	Days     int       `json:"days,omitzero"` // until it expires
}

// slots says of each expected type how it stands, the worst first. Where there are several of a type, the worst counts.
func slots(types []string, atSite bool, have []keep.Record[Document], today plan.Date) []Slot {
	all := []Slot{}
	for _, id := range types {
		t, known := typeOf(id)
		if !known || t.Site != atSite {
			continue
		}
		slot := Slot{Type: id, Title: t.Title, State: Missing}
		for i := range have {
			d := &have[i]
			if d.Doc.Type != id {
				continue
			}
			if state := d.Doc.State(today); slot.State == Missing || state.rank() < slot.State.rank() {
				slot.State, slot.Document, slot.Expires, slot.Days = state, d.ID, 0, 0
				if v := d.Doc.current(); v != nil && v.Expires > 0 {
					slot.Expires, slot.Days = v.Expires, int(v.Expires-today)
				}
			}
		}
		all = append(all, slot)
	}
	slices.SortStableFunc(all, func(a, b Slot) int { return a.State.rank() - b.State.rank() })
	return all
}
