package export

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// Archive is an archival file of ours as it was read.
type Archive struct {
	Study   *odm.Study
	Sites   []trial.Site // without a zone, which ODM does not say
	Entries []ledger.Entry
	Files   map[string][]byte // that stand at forms, by SHA-256
	Arrival
}

// ReadArchive reads an archival file that this package wrote. Errors, each with its line: Invalid export.archive_other for a
// file that tells no entries, Unprocessable export.archive_altered for a save whose values are not those that were archived.
func ReadArchive(file []byte) (*Archive, error) {
	a := &Archive{Files: map[string][]byte{}}
	sum := sha256.Sum256(file)
	a.SHA256 = hex.EncodeToString(sum[:])
	if err := a.head(file); err != nil {
		return nil, err
	}
	study, _, err := odm132.Read(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	a.Study = study
	r := reading{archive: a, values: map[string]record.Value{}}
	if err := odm132.ReadHistory(bytes.NewReader(file), r.item, r.comment); err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(a.Entries, func(x, y ledger.Entry) int { return cmp.Compare(x.Index, y.Index) })
	if len(a.Entries) == 0 || a.State == "" {
		return nil, casebook.Fail(casebook.Invalid, "export.archive_other")
	}
	a.count()
	return a, a.carries()
}

// count tells how much came.
func (a *Archive) count() {
	subjects := map[casebook.SubjectID]bool{}
	for _, e := range a.Entries {
		subjects[e.Subject] = true
		if e.At.After(a.Until) {
			a.Until = e.At
		}
	}
	a.Subjects, a.Arrival.Entries = len(subjects), len(a.Entries)
}

// head reads the digests and the sites.
func (a *Archive) head(file []byte) error {
	d := xml.NewDecoder(bytes.NewReader(file))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			line, _ := d.InputPos()
			return casebook.Fail(casebook.Invalid, "odm.xml", err.Error()).At(fmt.Sprint("line ", line))
		}
		t, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		said := map[string]string{}
		for _, at := range t.Attr {
			said[at.Name.Local] = at.Value
		}
		switch t.Name.Local {
		case "ODM":
			a.Digests = digestsIn(said["Description"])
		case "Location":
			if said["LocationType"] == "Site" {
				a.Sites = append(a.Sites, trial.Site{ID: casebook.SiteID(said["OID"]), Name: odm.Text{"en": said["Name"]}})
			}
		case "ClinicalData":
			return nil
		}
	}
}

// reading is an archive while its entries are read: a save begins with its comment and ends before the next.
type reading struct {
	archive *Archive
	save    *archived
	line    int
	subject casebook.SubjectID
	values  map[string]record.Value // as they stand, by subject and place
	news    map[string]record.Value // of the save that is being read
}

func (r *reading) comment(at odm132.Datum, text string) error {
	if file, ok := strings.CutPrefix(text, archivedFile); ok {
		if err := r.archive.part(file); err != nil {
			return casebook.Fail(casebook.Invalid, "export.archive_other").At(fmt.Sprint("line ", at.Line)).Wrap(err)
		}
		return nil
	}
	body, ok := strings.CutPrefix(text, archivedEntry)
	if !ok {
		return nil
	}
	if err := r.end(); err != nil {
		return err
	}
	a := &archived{}
	if err := json.Unmarshal([]byte(body), a); err != nil {
		return casebook.Fail(casebook.Invalid, "export.archive_other").At(fmt.Sprint("line ", at.Line)).Wrap(err)
	}
	subject := casebook.SubjectID(at.Subject)
	if a.What != record.Saved {
		e := a.entry()
		e.Subject = subject
		r.archive.Entries = append(r.archive.Entries, e)
		return nil
	}
	r.save, r.line, r.subject, r.news = a, at.Line, subject, map[string]record.Value{}
	return nil
}

func (r *reading) item(d odm132.Datum) error {
	if r.save == nil || d.Transaction == inside {
		return nil
	}
	v := record.Value{Group: d.Group, Repeat: cmp.Or(d.GroupRepeat, "1"), Item: d.Item, Value: d.Value}
	if blank, ok := strings.CutPrefix(d.Comment, "blank: "); ok && v.Value == "" {
		v.Blank = blank
	}
	r.news[r.place(v)] = v
	return nil
}

func (r *reading) place(v record.Value) string {
	return strings.Join([]string{string(r.subject), r.save.Ref, v.Group, v.Repeat, v.Item}, "\x00")
}

// end puts the values into the save that was read.
func (r *reading) end() error {
	if r.save == nil {
		return nil
	}
	e := r.save.entry()
	e.Subject = r.subject
	if r.save.Before != nil {
		e.Old = r.save.Before.Fill(func(v record.Value) record.Value { return r.values[r.place(v)] })
	}
	if r.save.After != nil {
		e.New = r.save.After.Fill(func(v record.Value) record.Value { return r.news[r.place(v)] })
	}
	if changeDigest(e.Old, e.New) != r.save.SHA256 {
		return casebook.Fail(casebook.Unprocessable, "export.archive_altered", r.save.ID).At(fmt.Sprint("line ", r.line))
	}
	for place, v := range r.news {
		r.values[place] = v
	}
	r.archive.Entries = append(r.archive.Entries, e)
	r.save = nil
	return nil
}

// Replay is what an archive comes back into.
type Replay struct {
	Ledger *ledger.Ledger
	Trials *trial.Service
	Forms  *record.Service
	Keep   func(ctx context.Context, w *ledger.Writer, told []ledger.Entry, files map[string][]byte) error // what entries tell of files at forms
	Opened []record.Opening                                                                                // first entries that wait, brought beside the archive
	In     trial.Environment                                                                               // of a study that is not there yet
	Zone   string                                                                                          // of its sites
}

// Run brings an archive's casebooks back, all or nothing: every entry with who made it, when, where and why, the rows that they
// add up to, and an entry of its own that says which file came when. A study that is not there is made of the file's
// definition; one that is there must have no subjects: Conflict export.replay_subjects. When what came back has not the
// digests that the file names, nothing is kept: Unprocessable export.archive_state.
func (p Replay) Run(ctx context.Context, a *Archive, dry bool) error {
	study := casebook.StudyID(a.Study.OID)
	subjects, digests, err := a.casebooks()
	switch {
	case err != nil:
		return err
	case digests != a.Digests:
		return casebook.Fail(casebook.Unprocessable, "export.archive_state")
	}
	_, err = p.Trials.Get(ctx, study)
	if casebook.KindOf(err) == casebook.NotFound {
		if dry {
			return nil
		}
		err = p.begin(ctx, a)
	}
	if err != nil {
		return err
	}
	st, err := p.Forms.Study(ctx, study)
	if err != nil {
		return err
	}
	err = p.Ledger.Write(ctx, study, func(w *ledger.Writer) error {
		n, err := patient.CountAt(ctx, w.Tx, study, patient.Query{AllSites: true, Inactive: true})
		if err == nil && n > 0 {
			err = casebook.Fail(casebook.Conflict, "export.replay_subjects", study, n)
		}
		if err == nil {
			err = p.write(ctx, w, st, a, subjects)
		}
		if err == nil && dry {
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		return nil
	}
	return err
}

var errDry = errors.New("export: nothing was to be kept")

// begin makes the study and its sites of what the file says.
func (p Replay) begin(ctx context.Context, a *Archive) error {
	var waivers []trial.Waiver
	for _, v := range a.Study.Versions {
		for _, problem := range p.Trials.Problems(v) {
			waivers = append(waivers, trial.Waiver{Name: problem.Name, Reason: "as it was archived"})
		}
	}
	if _, err := p.Trials.Import(ctx, a.Study, p.In, waivers...); err != nil {
		return err
	}
	for _, site := range a.Sites {
		site.Zone = p.Zone
		if _, err := p.Trials.AddSite(ctx, casebook.StudyID(a.Study.OID), site); err != nil {
			return err
		}
	}
	return nil
}

func (p Replay) write(ctx context.Context, w *ledger.Writer, st *record.Study, a *Archive, subjects []patient.Subject) error {
	var known []ledger.Entry
	for _, e := range a.Entries {
		e.Study, e.ID = w.Study, fmt.Sprint("entry ", e.Index)
		if record.Known(e.What) {
			known = append(known, e)
		} else if err := tell(&e); err != nil {
			return err
		}
		w.Record(ctx, e)
	}
	for _, s := range subjects {
		if err := patient.Restore(ctx, w, s); err != nil {
			return err
		}
	}
	text, err := json.Marshal(a.Arrival, json.Deterministic(true))
	if err != nil {
		return err
	}
	w.Record(ctx, ledger.Entry{What: Replayed, Ref: string(w.Study), New: string(text)})
	if err := p.Forms.Restore(ctx, w, st, known, p.Opened); err != nil {
		return err
	}
	return p.Keep(ctx, w, known, a.Files)
}

// casebooks adds up the entries: where each subject stands, and the digests.
func (a *Archive) casebooks() (subjects []patient.Subject, digests Digests, err error) {
	of := map[casebook.SubjectID][]ledger.Entry{}
	for _, e := range a.Entries {
		e.Study = casebook.StudyID(a.Study.OID)
		of[e.Subject] = append(of[e.Subject], e)
	}
	d := digester{}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		s, err := patient.After(of[id])
		if err == nil {
			err = d.add(s, record.PastOf(casebook.StudyID(a.Study.OID), id, of[id]), of[id])
		}
		if err != nil {
			return nil, Digests{}, err
		}
		subjects = append(subjects, s)
	}
	return subjects, d.sums(), nil
}
