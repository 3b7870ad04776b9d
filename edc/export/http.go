package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

const maxAsk = 16 << 10 // bytes of a wish

// Routes are the addresses of a desk.
func (d *Desk) Routes() []auth.Route {
	const path = "/api/v1/studies/{study}/exports"
	may := auth.SiteInside(auth.ExportMake)
	return []auth.Route{
		{Pattern: "GET " + path, Policy: may, Handle: d.getJobs},
		{Pattern: "POST " + path, Policy: may, Handle: d.postJob},
		{Pattern: "DELETE " + path + "/{export}", Policy: may, Handle: d.deleteJob},
		{Pattern: "GET " + path + "/{export}/file", Policy: may, Handle: d.getFile},
		{Pattern: "GET /api/v1/studies/{study}/subjects/{subject}/pdf", Policy: auth.SiteInside(auth.AuditRead), Handle: d.getPrint},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

type jobAnswer struct {
	ID       string            `json:"id"`
	Format   string            `json:"format"`
	Sites    []casebook.SiteID `json:"sites"` // none for all
	AsOf     time.Time         `json:"asOf,omitzero"`
	State    string            `json:"state"`
	Steps    int               `json:"steps"`
	Of       int               `json:"of"`
	AskedAt  time.Time         `json:"askedAt"`
	Finished time.Time         `json:"finishedAt,omitzero"`
	Until    time.Time         `json:"until,omitzero"`
	Entries  int64             `json:"entries"`
	Moment   time.Time         `json:"moment,omitzero"`
	Name     string            `json:"name"`
	Bytes    int64             `json:"bytes"`
	SHA256   string            `json:"sha256"`
	Code     string            `json:"code,omitempty"` // why it failed
	Why      odm.Text          `json:"why,omitempty"`
}

func answerOf(j Job) jobAnswer {
	a := jobAnswer{j.ID, j.Format, append([]casebook.SiteID{}, j.Sites...), j.AsOf, j.State, j.Steps, j.Of, j.AskedAt, j.Finished, j.Until, j.Entries, j.Moment, j.Name, j.Bytes, j.SHA256, "", nil}
	if j.Err != nil {
		e, ok := errors.AsType[*casebook.Error](j.Err)
		if !ok {
			e = casebook.Fail(casebook.Internal, "export.failed")
		}
		a.Code, a.Why = e.Code, odm.Text(i18n.Texts(e.Code, e.Args...))
	}
	return a
}

// getJobs answers which formats there are and how one's own exports stand.
func (d *Desk) getJobs(w http.ResponseWriter, r *http.Request) error {
	p := auth.From(r.Context())
	p.Sites(auth.ExportMake, studyOf(r)) // only one's own are shown, whatever the site
	names, jobs := []string{}, []jobAnswer{}
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	for _, j := range d.Jobs(studyOf(r), p.User) {
		jobs = append(jobs, answerOf(j))
	}
	return web.JSON(w, http.StatusOK, map[string]any{"formats": names, "exports": jobs})
}

// postJob asks for an export: {format, site, asOf}. Without a site it is of every site at which this person may.
func (d *Desk) postJob(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Format string          `json:"format"`
		Site   casebook.SiteID `json:"site"`
		AsOf   string          `json:"asOf"` // a day, meaning its end in UTC, or a moment
	}
	if err := web.Decode(r, maxAsk, &in); err != nil {
		return err
	}
	at, err := Moment(in.AsOf)
	if err != nil {
		return err
	}
	all, sites := auth.From(r.Context()).Sites(auth.ExportMake, studyOf(r))
	switch {
	case in.Site != "" && (all || slices.Contains(sites, in.Site)):
		sites = []casebook.SiteID{in.Site}
	case in.Site != "":
		return casebook.Fail(casebook.NotFound, "trial.site_unknown", in.Site).At("/site")
	case all:
		sites = nil
	}
	ctx := r.Context()
	if len(sites) == 1 {
		ctx, _ = auth.Act(ctx, auth.ExportMake, studyOf(r), sites[0])
	}
	j, err := d.Ask(ctx, Wish{studyOf(r), in.Format, sites, at})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusAccepted, answerOf(j))
}

// Moment reads a day, meaning its end in UTC, or a moment of RFC 3339; "" is the zero time.
func Moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Microsecond), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, casebook.Fail(casebook.Invalid, "export.moment", text).At("as-of")
	}
	return at, nil
}

// deleteJob stops one's own export, or throws its file away.
func (d *Desk) deleteJob(w http.ResponseWriter, r *http.Request) error {
	p := auth.From(r.Context())
	p.Sites(auth.ExportMake, studyOf(r))
	if err := d.Drop(studyOf(r), p.User, r.PathValue("export")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// getFile sends a file to whoever asked for it, if they still may have it, with its digest in Repr-Digest (RFC 9530).
func (d *Desk) getFile(w http.ResponseWriter, r *http.Request) error {
	p := auth.From(r.Context())
	all, sites := p.Sites(auth.ExportMake, studyOf(r))
	for _, j := range d.Jobs(studyOf(r), p.User) {
		if j.ID == r.PathValue("export") && !all && (len(j.Sites) == 0 || slices.ContainsFunc(j.Sites, func(s casebook.SiteID) bool { return !slices.Contains(sites, s) })) {
			return casebook.Fail(casebook.NotFound, "export.unknown").At("export")
		}
	}
	j, file, err := d.Fetch(r.Context(), studyOf(r), p.User, r.PathValue("export"))
	if err != nil {
		return err
	}
	defer file.Close()
	sum, err := hex.DecodeString(j.SHA256)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+j.Name+`"`)
	h.Set("Content-Length", strconv.FormatInt(j.Bytes, 10))
	h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	_, err = io.Copy(w, file)
	return err
}

// getPrint sends a casebook as PDF, as it is or as of ?asOf. Those of a site that the subject was transferred from get it as it
// was when it left, whatever is asked: their copy of what they entered and signed.
func (d *Desk) getPrint(w http.ResponseWriter, r *http.Request) error {
	ctx, study, id := r.Context(), studyOf(r), casebook.SubjectID(r.PathValue("subject"))
	at, err := Moment(r.URL.Query().Get("asOf"))
	if err != nil {
		return err
	}
	found, err := patient.New(d.ledger).Get(ctx, study, id)
	if err != nil {
		return err
	}
	site, left := found.Site, ledger.Entry{Index: -1}
	all, sites := auth.From(ctx).Sites(auth.AuditRead, study)
	if !all && !slices.Contains(sites, found.Site) {
		if left, err = d.left(ctx, study, id, sites); err != nil {
			return err
		}
		site = left.Site
	}
	ctx, _ = auth.Act(ctx, auth.AuditRead, study, site)
	cut, err := Open(ctx, d.ledger.DB(), d.trials, study, at)
	if err != nil {
		return err
	}
	if left.Index >= 0 && left.Index < cut.Size {
		cut.Until, cut.Size = left.SealedAt.UTC(), left.Index+1
	}
	b, err := cut.One(ctx, id)
	if err != nil {
		return err
	}
	if !all {
		b.Queries = slices.DeleteFunc(b.Queries, func(q record.Query) bool { return q.State == record.Candidate })
	}
	var out bytes.Buffer
	if err := cut.Print(ctx, &out, b); err != nil {
		return err
	}
	sum := sha256.Sum256(out.Bytes())
	err = d.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: Printed, Site: site, Subject: id, Ref: string(id), New: hex.EncodeToString(sum[:])})
		return nil
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `attachment; filename="`+url.PathEscape(string(study)+"-"+string(id))+`.pdf"`)
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(out.Bytes())
	return err
}

// left is the entry by which the subject went away from the last of the sites at which it was; NotFound patient.unknown where
// it never was.
func (d *Desk) left(ctx context.Context, study casebook.StudyID, id casebook.SubjectID, sites []casebook.SiteID) (last ledger.Entry, err error) {
	err = d.ledger.DB().View(ctx, func(tx *store.Tx) error {
		entries, err := ledger.Subject(ctx, tx, study, id)
		for _, e := range entries {
			if e.What == patient.VerbTransferred && e.Index >= 0 && slices.Contains(sites, e.Site) {
				last = e
			}
		}
		return err
	})
	if err == nil && last.ID == "" {
		err = patient.Unknown(id)
	}
	return last, err
}
