package document

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/site"
	"casebook/site/document/bucket"
	"casebook/site/document/clamd"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// Service is the file room.
type Service struct {
	// Scanner looks at what people bring before it is kept; nil where there is none.
	Scanner *clamd.Scanner

	ledger *ledger.Ledger
	db     *store.DB
	world  casebook.World
	bucket *bucket.Bucket

	reauthenticate func(r *http.Request, user, password string) error
}

// New returns the file room of l's database. The bytes of what people bring stand in b, or with nil in the database. Before a
// signature reauthenticate proves who signs.
func New(l *ledger.Ledger, b *bucket.Bucket, reauthenticate func(r *http.Request, user, password string) error) *Service {
	return &Service{ledger: l, db: l.DB(), world: l.DB().World(), bucket: b, reauthenticate: reauthenticate}
}

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const study = "/api/v1/studies/{study}"
	const one = study + "/documents/{document}"
	read, file, accept := auth.SiteInside(auth.SiteRead), auth.SiteInside(auth.DocumentFile), auth.SiteInside(auth.DocumentAccept)
	own := []auth.Route{
		{Pattern: "GET " + study + "/documents", Policy: read, Handle: s.list},
		{Pattern: "POST " + study + "/documents", Policy: auth.InStudy(auth.StudyManage), Handle: s.upload},
		{Pattern: "POST " + study + "/sites/{site}/documents", Policy: file, Handle: s.upload},
		{Pattern: "GET " + one, Policy: read, Handle: s.get},
		{Pattern: "POST " + one + "/versions", Policy: file, Handle: s.uploadVersion},
		{Pattern: "GET " + one + "/versions/{number}", Policy: read, Handle: s.download},
		{Pattern: "POST " + one + "/acceptance", Policy: accept, Handle: s.accept},
		{Pattern: "POST " + one + "/refusal", Policy: accept, Handle: s.refuse},
		{Pattern: "POST " + study + "/files", Policy: auth.InStudy(auth.StudyManage), Handle: s.keep},
		{Pattern: "PUT " + study + "/expected-documents", Policy: auth.InStudy(auth.StudyManage), Handle: s.putExpected},
	}
	return slices.Concat(own, s.attachmentRoutes())
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

const maxAbout = 16 << 10

// shown is a document as the page sees it.
type shown struct {
	keep.Record[Document] `json:",embed"`
	State                 State `json:"state"`
	Pending               bool  `json:"pending"` // the last version waits for a decision
	May                   may   `json:"may"`
}

// may says what the reader can do with it.
type may struct {
	File   bool `json:"file"`
	Decide bool `json:"decide"`
}

// shelf is a site's file, or the study's own, with what is expected in it.
type shelf struct {
	Site  casebook.SiteID `json:"site"`
	Name  odm.Text        `json:"name,omitempty"`
	Have  int             `json:"have"` // expected and in order
	Slots []Slot          `json:"slots"`
	File  bool            `json:"file"` // the reader may add to it
}

type room struct {
	Today     plan.Date             `json:"today"`
	Zones     []Zone                `json:"zones"`
	Types     []Type                `json:"types"`
	Expected  keep.Record[Expected] `json:"expected"`
	Shelves   []shelf               `json:"shelves"` // those that lack most first; the study's own before all
	Documents []shown               `json:"documents"`
}

// reader is what somebody may do at the sites of a study.
type reader struct {
	user               casebook.UserID
	anywhere           bool
	read, file, decide func(casebook.SiteID) bool
}

func (s *Service) reader(r *http.Request) reader {
	p := auth.From(r.Context())
	all, some := p.Sites(auth.SiteRead, studyOf(r))
	files := site.Sight(r, auth.DocumentFile)
	return reader{user: p.User, anywhere: all || len(some) > 0, read: site.Sight(r, auth.SiteRead), decide: site.Sight(r, auth.DocumentAccept),
		file: func(at casebook.SiteID) bool {
			return at != "" && files(at) || at == "" && p.Allows(auth.StudyManage, studyOf(r), "")
		}}
}

// sees reports whether somebody may see what is at a site. What is the study's own is for everybody who sees a site.
func (v *reader) sees(at casebook.SiteID) bool {
	return at == "" && v.anywhere || at != "" && v.read(at)
}

func (v *reader) show(k keep.Record[Document], today plan.Date) shown {
	x := shown{Record: k, State: k.Doc.State(today), Pending: k.Doc.pending()}
	x.May = may{v.file(k.Site), x.Pending && v.decide(k.Site) && k.Doc.last().FiledBy != v.user}
	return x
}

// list answers the documents of the study's file and of the reader's sites, and what is expected, expires or lacks.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	v, out := s.reader(r), room{Today: plan.DateOf(s.world.Now()), Zones: Zones, Types: Types, Shelves: []shelf{}, Documents: []shown{}}
	var sites []trial.Site
	var all []keep.Record[Document]
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if out.Expected, err = expectedIn(r.Context(), tx, studyOf(r)); err != nil {
			return err
		}
		if sites, err = trial.SitesOf(r.Context(), tx, studyOf(r)); err != nil {
			return err
		}
		all, err = keep.List[Document](r.Context(), tx, studyOf(r), documents)
		return err
	})
	if err != nil {
		return err
	}
	for _, at := range append([]trial.Site{{}}, sites...) {
		if !v.sees(at.ID) {
			continue
		}
		today := site.Today(s.world.Now(), at.Zone)
		here := slices.DeleteFunc(slices.Clone(all), func(k keep.Record[Document]) bool { return k.Site != at.ID })
		one := shelf{Site: at.ID, Name: at.Name, Slots: slots(out.Expected.Doc.Types, at.ID != "", here, today), File: v.file(at.ID)}
		for _, slot := range one.Slots {
			if slot.State == Valid || slot.State == Expiring {
				one.Have++
			}
		}
		out.Shelves = append(out.Shelves, one)
		for _, k := range here {
			out.Documents = append(out.Documents, v.show(k, today))
		}
	}
	slices.SortStableFunc(out.Shelves, func(a, b shelf) int {
		lacks := func(x shelf) int { return len(x.Slots) - x.Have }
		return cmp.Or(cmp.Compare(min(len(a.Site), 1), min(len(b.Site), 1)), cmp.Compare(lacks(b), lacks(a)))
	})
	slices.SortStableFunc(out.Documents, func(a, b shown) int {
		return cmp.Or(cmp.Compare(a.State.rank(), b.State.rank()), cmp.Compare(a.Doc.Type, b.Doc.Type))
	})
	return web.JSON(w, http.StatusOK, out)
}

// enter returns the document of the address with the right to do action there; a foreign one is answered like one that is
// not there.
func (s *Service) enter(r *http.Request, action auth.Action) (ctx context.Context, k keep.Record[Document], zone string, err error) {
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if k, err = find(r.Context(), tx, studyOf(r), r.PathValue("document")); err != nil || k.Site == "" {
			return err
		}
		at, err := trial.FindSite(r.Context(), tx, studyOf(r), k.Site)
		zone = at.Zone
		return err
	})
	v := s.reader(r)
	if action == auth.DocumentFile && k.Site == "" {
		action = auth.StudyManage
	}
	ctx, ok := auth.Act(r.Context(), action, studyOf(r), k.Site)
	switch {
	case err != nil:
	case !v.sees(k.Site):
		err = unknown()
	case !ok && (action != auth.SiteRead || k.Site != ""):
		err = casebook.Fail(casebook.Forbidden, "auth.forbidden")
	}
	return ctx, k, zone, err
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, status int, k keep.Record[Document], zone string) error {
	v := s.reader(r)
	return web.JSON(w, status, v.show(k, site.Today(s.world.Now(), zone)))
}

// upload files a new document at the site of the address, or in the study's own file.
func (s *Service) upload(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := s.place(r)
	if err != nil {
		return err
	}
	in, f, err := receive(r)
	if err != nil {
		return err
	}
	in.Seen = 0
	return s.file(ctx, w, r, at, "", in, f)
}

// place is the site of the address, or none, with the right to file there.
func (s *Service) place(r *http.Request) (context.Context, trial.Site, error) {
	if r.PathValue("site") != "" {
		return site.Enter(r, s.db, auth.DocumentFile)
	}
	ctx, _ := auth.Act(r.Context(), auth.StudyManage, studyOf(r), "") // the policy has asked
	return ctx, trial.Site{}, nil
}

// uploadVersion files a new version of a document.
func (s *Service) uploadVersion(w http.ResponseWriter, r *http.Request) error {
	ctx, k, zone, err := s.enter(r, auth.DocumentFile)
	if err != nil {
		return err
	}
	in, f, err := receive(r)
	if err != nil {
		return err
	}
	if in.Seen < 1 {
		return casebook.Fail(casebook.Stale, "site.changed").At("version")
	}
	return s.file(ctx, w, r, trial.Site{ID: k.Site, Zone: zone}, k.ID, in, f)
}

func (s *Service) file(ctx context.Context, w http.ResponseWriter, r *http.Request, at trial.Site, id string, in Filing, f *File) error {
	if err := s.carry(ctx, studyOf(r), at.ID, f); err != nil {
		return err
	}
	var k keep.Record[Document]
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) (err error) {
		id := id
		if id == "" {
			if id, err = NextID(ctx, w); err != nil {
				return err
			}
		}
		k, err = FileIn(ctx, w, at.ID, id, in, f)
		return err
	})
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusCreated, k, at.Zone)
}

// NextID is the id of the next document of the study.
func NextID(ctx context.Context, w *ledger.Writer) (string, error) {
	n, err := keep.Number(ctx, w, documents)
	return fmt.Sprintf("D-%04d", n), err
}

// receive reads a form with two parts (RFC 7578): about, in JSON, and then file. Errors: Unsupported
// request.media_type; Invalid document.form, request.cut and NewFile's; TooLarge document.file_large.
func receive(r *http.Request) (in Filing, f *File, err error) {
	f, err = receiveAbout(r, &in)
	return in, f, err
}

// formOf reads the head of a form.
func formOf(r *http.Request) (*multipart.Reader, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, casebook.Fail(casebook.Unsupported, "request.media_type", r.Header.Get("Content-Type"))
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "document.form").Wrap(err)
	}
	return parts, nil
}

func receiveAbout(r *http.Request, in any) (*File, error) {
	parts, err := formOf(r)
	if err != nil {
		return nil, err
	}
	about, _, err := part(r, parts, "about", maxAbout)
	if err != nil {
		return nil, err
	}
	if err := web.Parse(about, in); err != nil {
		return nil, err
	}
	content, name, err := part(r, parts, "file", MaxSize)
	if err != nil {
		return nil, err
	}
	return NewFile(name, content)
}

// part reads the next part of a form, which must have this name, of at most most bytes.
func part(r *http.Request, parts *multipart.Reader, name string, most int64) (content []byte, file string, err error) {
	p, err := parts.NextPart()
	if err != nil || p.FormName() != name {
		return nil, "", cut(r, casebook.Fail(casebook.Invalid, "document.form").At(name), err)
	}
	content, err = io.ReadAll(io.LimitReader(p, most+1))
	switch {
	case err != nil:
		return nil, "", cut(r, casebook.Fail(casebook.Invalid, "request.cut").At(name), err)
	case int64(len(content)) > most:
		return nil, "", casebook.Fail(casebook.TooLarge, "document.file_large", most>>20).At(name)
	}
	return content, p.FileName(), nil
}

// cut tells a body that is too large for the door, and a visitor who has left, from a form that is none.
func cut(r *http.Request, otherwise *casebook.Error, err error) error {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return casebook.Fail(casebook.TooLarge, "document.file_large", MaxSize>>20).At(otherwise.Place)
	}
	if r.Context().Err() != nil {
		return r.Context().Err()
	}
	return otherwise.Wrap(err)
}

// reading is who opened which version, and when.
type reading struct {
	User    casebook.UserID `json:"user"`
	Role    string          `json:"role"`
	At      time.Time       `json:"at"`
	Version int             `json:"version"`
}

// opened is what the entry of a reading holds.
type opened struct {
	Version int    `json:"version"`
	Hash    string `json:"hash"`
}

// get answers one document with its last readers, newest first.
func (s *Service) get(w http.ResponseWriter, r *http.Request) error {
	ctx, k, zone, err := s.enter(r, auth.SiteRead)
	if err != nil {
		return err
	}
	v := s.reader(r)
	out := struct {
		shown   `json:",embed"`
		Readers []reading `json:"readers"`
	}{v.show(k, site.Today(s.world.Now(), zone)), []reading{}}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		found, err := ledger.Search(ctx, tx, studyOf(r), ledger.Filter{What: Read, AllSites: true, Ref: k.ID}, ledger.Place{}, 200)
		for _, e := range found.Entries {
			var o opened
			if e.Ref == k.ID && json.Unmarshal([]byte(e.New), &o) == nil {
				out.Readers = append(out.Readers, reading{e.Actor, e.Role, e.At, o.Version})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out)
}

// download answers a version's bytes, after who reads it was written down.
func (s *Service) download(w http.ResponseWriter, r *http.Request) error {
	ctx, k, _, err := s.enter(r, auth.SiteRead)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(k.Doc.Versions) {
		return unknown()
	}
	v := k.Doc.Versions[n-1]
	text, err := keep.Canonical(opened{n, v.Hash})
	if err != nil {
		return err
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: Read, Site: k.Site, Ref: k.ID, New: text})
		return nil
	})
	if err != nil {
		return err
	}
	return s.Answer(ctx, w, studyOf(r), v.loose())
}

// accept takes a version of a document as good, with the signature of somebody who did not file it.
func (s *Service) accept(w http.ResponseWriter, r *http.Request) error {
	ctx, k, zone, err := s.enter(r, auth.DocumentAccept)
	if err != nil {
		return err
	}
	var in struct {
		Version  int64  `json:"version"`
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxAbout, &in); err != nil {
		return err
	}
	if err := s.reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	return s.decide(ctx, w, r, k.ID, zone, in.Version, "")
}

// refuse sends a version of a document back, with the reason.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request) error {
	ctx, k, zone, err := s.enter(r, auth.DocumentAccept)
	if err != nil {
		return err
	}
	var in struct {
		Version int64  `json:"version"`
		Reason  string `json:"reason"`
	}
	if err := web.Decode(r, maxAbout, &in); err != nil {
		return err
	}
	if err := site.Fits("reason", in.Reason, true, 2000); err != nil {
		return err
	}
	return s.decide(ctx, w, r, k.ID, zone, in.Version, in.Reason)
}

func (s *Service) decide(ctx context.Context, w http.ResponseWriter, r *http.Request, id, zone string, seen int64, reason string) error {
	var k keep.Record[Document]
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) (err error) {
		k, err = Decide(ctx, w, id, seen, auth.From(ctx).Printed(), reason)
		return err
	})
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, k, zone)
}

// putExpected says which types of document the study and its sites are to have.
func (s *Service) putExpected(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Version int64    `json:"version"`
		Types   []string `json:"types"`
		Reason  string   `json:"reason"`
	}
	if err := web.Decode(r, maxAbout, &in); err != nil {
		return err
	}
	for i, id := range in.Types {
		if _, known := typeOf(id); !known || slices.Contains(in.Types[:i], id) {
			return casebook.Fail(casebook.Invalid, "document.type", id).At("types")
		}
	}
	if err := site.Fits("reason", in.Reason, true, 300); err != nil {
		return err
	}
	ctx, after := r.Context(), Expected{slices.Sorted(slices.Values(in.Types))}
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		before, err := expectedIn(ctx, w.Tx, w.Study)
		if err != nil {
			return err
		}
		return keep.Put(ctx, w, keep.Change{Kind: expected, Seen: in.Version, Before: before.Doc, After: after, Entry: ledger.Entry{What: ExpectedSet, Reason: in.Reason}})
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, keep.Record[Expected]{Version: in.Version + 1, Doc: after})
}
