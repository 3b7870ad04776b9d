package document

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// attachments are scans and images that stand at a form of a casebook, by subject and form.
const attachments keep.Kind = "attachment"

const attachmentsPath = "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments"

func (s *Service) attachmentRoutes() []auth.Route {
	return []auth.Route{
		{Pattern: "GET " + attachmentsPath, Policy: auth.SiteInside(auth.FormRead), Handle: s.attached},
		{Pattern: "POST " + attachmentsPath, Policy: auth.SiteInside(auth.FormWrite), Handle: s.attach},
		{Pattern: "GET " + attachmentsPath + "/{number}", Policy: auth.SiteInside(auth.FormRead), Handle: s.fetch},
		{Pattern: "POST " + attachmentsPath + "/{number}/inactive", Policy: auth.SiteInside(auth.FormWrite), Handle: s.detach},
	}
}

const (
	maxAttachments = 100 // files at one form
	maxWhy         = 1000
)

// scans are the types that stand at a form.
var scans = []string{"application/pdf", "image/png", "image/jpeg"}

// page finds the form that the address names, asks whether this person may do action at its subject's site, and returns
// the context that acts so. A subject of a foreign site is answered like one that does not exist.
func (s *Service) page(r *http.Request, action auth.Action) (context.Context, record.Key, casebook.SiteID, error) {
	k := record.Key{Study: studyOf(r), Subject: casebook.SubjectID(r.PathValue("subject")), Event: r.PathValue("event"), EventRepeat: r.PathValue("eventRepeat"),
		Form: r.PathValue("form"), FormRepeat: r.PathValue("formRepeat")}
	var found patient.Subject
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		found, err = patient.Find(r.Context(), tx, k.Study, k.Subject)
		return err
	})
	ctx, ok := auth.Act(r.Context(), action, k.Study, found.Site)
	if err == nil && !ok {
		err = patient.Unknown(k.Subject)
	}
	return ctx, k, found.Site, err
}

func attachmentID(k record.Key) string { return string(k.Subject) + "/" + k.Ref() }

func attachmentsOf(ctx context.Context, tx *store.Tx, k record.Key) (keep.Record[record.Attachments], error) {
	found, err := keep.Find[record.Attachments](ctx, tx, k.Study, attachments, attachmentID(k))
	if found.Version == 0 {
		found.Doc = record.Attachments{Subject: k.Subject, Ref: k.Ref(), Files: []record.Attached{}}
	}
	return found, err
}

// attached answers the files that stand at a form, those that are inactive too.
func (s *Service) attached(w http.ResponseWriter, r *http.Request) error {
	ctx, k, _, err := s.page(r, auth.FormRead)
	if err != nil {
		return err
	}
	return s.answerAttached(ctx, w, k, http.StatusOK)
}

func (s *Service) answerAttached(ctx context.Context, w http.ResponseWriter, k record.Key, status int) error {
	var found keep.Record[record.Attachments]
	err := s.db.View(ctx, func(tx *store.Tx) (err error) { found, err = attachmentsOf(ctx, tx, k); return err })
	if err != nil {
		return err
	}
	return web.JSON(w, status, map[string]any{"version": found.Version, "files": found.Doc.Files})
}

// attaching is what is said of a scan that is brought to a form, or to an item of it that has a value.
type attaching struct {
	Group  string `json:"group,omitempty"`
	Repeat string `json:"repeat,omitempty"`
	Item   string `json:"item,omitempty"`
	Note   string `json:"note,omitempty"`
}

// attach keeps a scan or image at a form that was begun: PDF, PNG or JPEG, as found in its bytes. A form with two parts
// (RFC 7578): about, {group, repeat, item, note}, and file.
func (s *Service) attach(w http.ResponseWriter, r *http.Request) error {
	ctx, k, at, err := s.page(r, auth.FormWrite)
	if err != nil {
		return err
	}
	var in attaching
	f, err := receiveAbout(r, &in)
	if err != nil {
		return err
	}
	if !slices.Contains(scans, f.Media) {
		return casebook.Fail(casebook.Unsupported, "document.scan_kind", f.Name).At("file")
	}
	if err := site.Fits("note", in.Note, false, 2000); err != nil {
		return err
	}
	if err := s.carry(ctx, k.Study, at, f); err != nil {
		return err
	}
	err = s.ledger.WriteNew(ctx, k.Study, func(w *ledger.Writer) error {
		found, err := openPage(ctx, w, k, in)
		if err != nil {
			return err
		}
		if len(found.Doc.Files) >= maxAttachments {
			return casebook.Fail(casebook.Conflict, "document.scan_many", maxAttachments)
		}
		if slices.ContainsFunc(found.Doc.Files, func(a record.Attached) bool { return a.Hash == f.Hash && a.Off == nil && a.Item == in.Item }) {
			return casebook.Fail(casebook.Conflict, "document.scan_there", f.Name).At("file")
		}
		after := found.Doc
		file := record.Attached{Name: f.Name, Media: f.Media, Size: f.Size, Hash: f.Hash,
			Group: in.Group, Repeat: in.Repeat, Item: in.Item, Note: in.Note, By: casebook.ActorFrom(ctx).User, At: w.Now.UTC()}
		if err := open(ctx, w.Tx, k, &file); err != nil {
			return err
		}
		after.Files = append(slices.Clone(after.Files), file)
		if err := f.put(ctx, w); err != nil {
			return err
		}
		return change(ctx, w, k, at, found, after, ledger.Entry{What: record.FileAttached})
	})
	if err != nil {
		return err
	}
	return s.answerAttached(ctx, w, k, http.StatusCreated)
}

// openPage reads a form's files for a change: the form must have values and not be inactive.
func openPage(ctx context.Context, w *ledger.Writer, k record.Key, in attaching) (found keep.Record[record.Attachments], err error) {
	if _, err := patient.Hold(ctx, w.Tx, k.Study, k.Subject); err != nil { // two who attach at once wait for one another
		return found, err
	}
	have, err := record.Instances(ctx, w.Tx, k.Study, k.Subject)
	if err != nil {
		return found, err
	}
	if !slices.ContainsFunc(have, func(i record.Instance) bool {
		return i.Ref() == k.Ref() && i.State != record.Empty && i.State != record.Inactive
	}) {
		return found, casebook.Fail(casebook.Conflict, "document.scan_form").At("form")
	}
	if in.Item != "" {
		if value, err := record.ValueOf(ctx, w.Tx, k, in.Group, in.Repeat, in.Item); err != nil || value == "" {
			if err == nil {
				err = casebook.Fail(casebook.Unprocessable, "document.scan_item", in.Item).At("item")
			}
			return found, err
		}
	}
	return attachmentsOf(ctx, w.Tx, k)
}

// open refuses a change of a file that stands at a part which is frozen or locked.
func open(ctx context.Context, tx *store.Tx, k record.Key, f *record.Attached) error {
	standing, err := record.StandingsOf(ctx, tx, k.Study, k.Subject)
	if err != nil {
		return err
	}
	path := k.Ref()
	if f.Item != "" {
		path = k.ItemPath(f.Group, f.Repeat, f.Item)
	}
	switch standing.Stage(k.Subject, path) {
	case record.Frozen:
		return casebook.Fail(casebook.Conflict, "record.frozen").At("form")
	case record.Locked:
		return casebook.Fail(casebook.Conflict, "record.locked").At("form")
	}
	return nil
}

func change(ctx context.Context, w *ledger.Writer, k record.Key, at casebook.SiteID, before keep.Record[record.Attachments], after record.Attachments, e ledger.Entry) error {
	e.Subject = k.Subject
	c := keep.Change{Kind: attachments, ID: attachmentID(k), Site: at, Seen: before.Version, Entry: e, After: after}
	if before.Version > 0 {
		c.Before = before.Doc
	}
	if err := keep.Put(ctx, w, c); err != nil {
		return err
	}
	return record.Enclose(ctx, w, k, after)
}

// number is which of a form's files the address names.
func number(r *http.Request, files []record.Attached) (int, error) {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(files) {
		return 0, casebook.Fail(casebook.NotFound, "document.scan_unknown", r.PathValue("number")).At("number")
	}
	return n - 1, nil
}

// fetch answers the bytes of a file that stands at a form.
func (s *Service) fetch(w http.ResponseWriter, r *http.Request) error {
	ctx, k, _, err := s.page(r, auth.FormRead)
	if err != nil {
		return err
	}
	var found keep.Record[record.Attachments]
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) { found, err = attachmentsOf(ctx, tx, k); return err }); err != nil {
		return err
	}
	n, err := number(r, found.Doc.Files)
	if err != nil {
		return err
	}
	f := found.Doc.Files[n]
	return s.Answer(ctx, w, k.Study, Loose{f.Name, f.Media, f.Size, f.Hash})
}

// detach makes a file inactive, with the reason; its bytes stay: {reason}.
func (s *Service) detach(w http.ResponseWriter, r *http.Request) error {
	ctx, k, at, err := s.page(r, auth.FormWrite)
	if err != nil {
		return err
	}
	var in struct {
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxAbout, &in); err != nil {
		return err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	if err := site.Fits("reason", in.Reason, true, maxWhy); err != nil {
		return err
	}
	err = s.ledger.WriteNew(ctx, k.Study, func(w *ledger.Writer) error {
		found, err := openPage(ctx, w, k, attaching{})
		if err != nil {
			return err
		}
		n, err := number(r, found.Doc.Files)
		if err != nil {
			return err
		}
		after := found.Doc
		after.Files = slices.Clone(after.Files)
		if after.Files[n].Off != nil {
			return casebook.Fail(casebook.Conflict, "document.scan_off").At("number")
		}
		if err := open(ctx, w.Tx, k, &after.Files[n]); err != nil {
			return err
		}
		after.Files[n].Off = &record.Detached{By: casebook.ActorFrom(ctx).User, At: w.Now.UTC(), Reason: in.Reason}
		return change(ctx, w, k, at, found, after, ledger.Entry{What: record.FileDetached, Reason: in.Reason})
	})
	if err != nil {
		return err
	}
	return s.answerAttached(ctx, w, k, http.StatusOK)
}

// Restore puts back the files at forms that an archive's entries tell, with their bytes by hash, in a write that records those
// entries. The bytes stand in the database.
func Restore(ctx context.Context, w *ledger.Writer, told []ledger.Entry, files map[string][]byte) error {
	type last struct {
		ledger.Entry
		version int64
	}
	forms := map[string]last{}
	for _, e := range told {
		if e.What != record.FileAttached && e.What != record.FileDetached {
			continue
		}
		forms[e.Ref] = last{e, forms[e.Ref].version + 1}
		var a record.Attachments
		if err := json.Unmarshal([]byte(e.New), &a); err != nil {
			return err
		}
		hash := a.Last().Hash
		if err := (&File{Hash: hash, Bytes: files[hash]}).put(ctx, w); err != nil { // what is there already stays
			return err
		}
	}
	for id, l := range forms {
		if err := keep.Restore(ctx, w, attachments, id, l.Site, l.version, l.New); err != nil {
			return err
		}
	}
	return nil
}
