// Package export writes a study's casebooks as files for others: ODM-XML, Dataset-JSON, FHIR, SAS transport files, spreadsheets,
// NDJSON, and cuts that are the same bytes on any machine. It reads the ledger alone, casebook by casebook, up to one place in its order, and refuses to write what
// stands in a table without an entry.
package export

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/edc/coding"
	"casebook/edc/normal"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"golang.org/x/sync/errgroup"
)

// Bytes writes the file with a SHA-256 that stands at a form of a study.
type Bytes func(ctx context.Context, study casebook.StudyID, hash string, out io.Writer) error

// Cut is a study up to one place in its order. It stays what it is while the study goes on.
type Cut struct {
	Bytes    Bytes // of the files at forms, which an archive carries
	Trial    trial.Trial
	Size     int64     // entries that are in it
	Until    time.Time // when the last of them got its place
	versions []*trial.Version
	sites    []trial.Site
	people   map[casebook.UserID]auth.Account
	ranges   []normal.Range
	coded    coding.Setup
	only     []casebook.SiteID // nil for all
	inactive bool              // subjects that were set aside, too
	db       *store.DB
	told     func(casebooks int) // is called after each casebook, if it is there
}

// Casebook is one subject of a cut: what was there at its end, and every entry that led to it, oldest first.
type Casebook struct {
	patient.Subject
	*record.Past
	Entries []ledger.Entry
	normal  map[record.Key][]normal.Judged     // by form: where a reference range holds
	coded   map[record.Key][]coding.Occurrence // by form: the texts that are to be coded, with their terms
}

// Open takes the study as of a moment, or as it is if the moment is zero. It fails with NotFound for a study that is not
// there and for one that had no entries yet.
func Open(ctx context.Context, db *store.DB, trials *trial.Service, study casebook.StudyID, at time.Time) (*Cut, error) {
	c := &Cut{db: db}
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		if c.Trial, err = trial.Find(ctx, tx, study); err != nil {
			return err
		}
		if at.IsZero() {
			c.Size, err = ledger.Size(ctx, tx, study)
		} else {
			c.Size, err = ledger.AsOf(ctx, tx, study, at)
		}
		if err != nil {
			return err
		}
		last, err := ledger.Read(ctx, tx, study, c.Size-1, 1)
		if err != nil {
			return err
		}
		if len(last) == 0 {
			return casebook.Fail(casebook.NotFound, "export.nothing", study).At("as-of")
		}
		c.Until = last[0].SealedAt.UTC()
		if c.ranges, err = normal.AsOf(ctx, tx, study, c.Size); err != nil {
			return err
		}
		if c.coded, err = coding.AsOf(ctx, tx, study, c.Size); err != nil {
			return err
		}
		c.people, err = auth.Accounts(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if c.sites, err = trials.Sites(ctx, study); err != nil {
		return nil, err
	}
	for n := 1; n <= c.Trial.Version; n++ {
		v, err := trials.Version(ctx, study, n)
		if err != nil {
			return nil, err
		}
		if !v.PublishedAt.After(c.Until) {
			c.versions = append(c.versions, v)
		}
	}
	return c, nil
}

// Each calls fn with every casebook of the cut, by subject. It reads each in a moment of its own, so that a long export
// holds nothing that others wait for.
func (c *Cut) Each(ctx context.Context, fn func(*Casebook) error) error {
	g, ctx := errgroup.WithContext(ctx)
	ready := make(chan *Casebook)
	g.Go(func() error { // the next one is read while fn has this one
		defer close(ready)
		return c.subjects(ctx, func(s patient.Subject) error {
			b, err := c.casebook(ctx, s)
			if err != nil {
				return err
			}
			select {
			case ready <- b:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	g.Go(func() error {
		for b := range ready {
			if len(b.Entries) > 0 {
				if err := fn(b); err != nil {
					return err
				}
			}
			if c.told != nil {
				c.told(1)
			}
		}
		return nil
	})
	return g.Wait()
}

// subjects calls fn with every subject that is there now and whom the cut may hold, by id.
func (c *Cut) subjects(ctx context.Context, fn func(patient.Subject) error) error {
	q := patient.Query{AllSites: c.only == nil, Sites: c.only, Limit: patient.MaxLimit, Inactive: c.inactive}
	for {
		var page patient.Page
		err := c.db.View(ctx, func(tx *store.Tx) (err error) {
			page, err = patient.List(ctx, tx, c.Trial.ID, q)
			return err
		})
		if err != nil {
			return err
		}
		for _, s := range page.Subjects {
			if err := fn(s); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.After = page.Next
	}
}

// entries are those of a subject that are in the cut, oldest first.
func (c *Cut) entries(ctx context.Context, s casebook.SubjectID) (all []ledger.Entry, err error) {
	err = c.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = ledger.Subject(ctx, tx, c.Trial.ID, s)
		return err
	})
	return slices.DeleteFunc(all, func(e ledger.Entry) bool { return e.Index < 0 || e.Index >= c.Size }), err
}

func (c *Cut) casebook(ctx context.Context, s patient.Subject) (*Casebook, error) {
	b := &Casebook{Subject: s}
	var err error
	if b.Entries, err = c.entries(ctx, s.ID); err != nil {
		return nil, err
	}
	for i := range b.Entries {
		if e := &b.Entries[i]; secret(e.What) {
			e.Old, e.New = "", ""
		}
		if err := untold(&b.Entries[i]); err != nil {
			return nil, err
		}
	}
	if len(b.Entries) > 0 {
		if b.Subject, err = patient.After(b.Entries); err != nil {
			return nil, err
		}
	}
	b.Past = record.PastOf(c.Trial.ID, s.ID, b.Entries)
	c.judge(b)
	if err := c.code(b); err != nil {
		return nil, err
	}
	if c.only != nil { // what is proposed to ask is not shown to the site
		b.Queries = slices.DeleteFunc(b.Queries, func(q record.Query) bool { return q.State == record.Candidate })
	}
	return b, nil
}

// judge finds the reference ranges that hold for a casebook's values.
func (c *Cut) judge(b *Casebook) {
	if len(c.ranges) == 0 {
		return
	}
	b.normal = map[record.Key][]normal.Judged{}
	for _, f := range b.Forms {
		v := c.version(f.Definition)
		b.normal[f.Key] = normal.Judge(v.Index, c.ranges, normal.SourcesOf(v.Definition).Person(b.Forms), f)
	}
}

// code finds the terms of a casebook's texts.
func (c *Cut) code(b *Casebook) error {
	if len(c.coded.Items) == 0 {
		return nil
	}
	decided, err := coding.Decided(b.Entries)
	b.coded = map[record.Key][]coding.Occurrence{}
	for _, f := range b.Forms {
		b.coded[f.Key] = c.coded.Read(f, decided)
	}
	return err
}

// secret reports whether an entry's values are about passwords, tokens and PINs: their hashes do not leave.
func secret(verb string) bool {
	return strings.HasPrefix(verb, "auth.") || strings.HasPrefix(verb, "epro.device.")
}

// At narrows the cut to some sites: their subjects, themselves, and whoever made entries in those casebooks.
func (c *Cut) At(sites []casebook.SiteID) {
	c.only = sites
	c.sites = slices.DeleteFunc(slices.Clone(c.sites), func(s trial.Site) bool { return !slices.Contains(sites, s.ID) })
}

// actors are who made the entries of the cut, by user and role. It reads every entry, which only ODM's files need.
func (c *Cut) actors(ctx context.Context) (all []ledger.Acting, err error) {
	if c.only == nil {
		err = c.db.View(ctx, func(tx *store.Tx) (err error) {
			all, err = ledger.Actors(ctx, tx, c.Trial.ID, c.Size)
			return err
		})
		return all, err
	}
	seen := map[ledger.Acting]bool{}
	err = c.subjects(ctx, func(s patient.Subject) error {
		entries, err := c.entries(ctx, s.ID)
		for _, e := range entries {
			seen[ledger.Acting{User: e.Actor, Role: e.Role}] = true
		}
		return err
	})
	return slices.SortedFunc(maps.Keys(seen), func(a, b ledger.Acting) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Role, b.Role))
	}), err
}

// Casebooks is how many subjects the cut has, at most: those that were enrolled since it ended are counted, and not written.
func (c *Cut) Casebooks(ctx context.Context) (n int, err error) {
	err = c.db.View(ctx, func(tx *store.Tx) (err error) {
		n, err = patient.CountAt(ctx, tx, c.Trial.ID, patient.Query{AllSites: c.only == nil, Sites: c.only})
		return err
	})
	return n, err
}

// version returns the definition of a number; the newest when the number is not of this cut.
func (c *Cut) version(number int64) *trial.Version {
	for _, v := range c.versions {
		if int64(v.Number) == number {
			return v
		}
	}
	return c.versions[len(c.versions)-1]
}

// doubled reports whether a version of the cut asks for a form to be entered twice.
func (c *Cut) doubled() bool {
	return slices.ContainsFunc(c.versions, func(v *trial.Version) bool {
		return slices.ContainsFunc(v.Definition.Forms, func(f odm.Form) bool { return f.DoubleEntry })
	})
}

// groups are all item groups of all versions, each with all items that any version gave it, in the order of the newest.
func (c *Cut) groups() []odm.ItemGroup {
	var all []odm.ItemGroup
	at := map[string]int{}
	for _, v := range slices.Backward(c.versions) {
		for _, g := range v.Definition.Groups {
			i, known := at[g.OID]
			if !known {
				i = len(all)
				at[g.OID] = i
				all = append(all, odm.ItemGroup{OID: g.OID, Name: g.Name, Repeating: g.Repeating})
			}
			for _, r := range g.Items {
				if !slices.ContainsFunc(all[i].Items, func(have odm.Ref) bool { return have.OID == r.OID }) {
					all[i].Items = append(all[i].Items, odm.Ref{OID: r.OID})
				}
			}
		}
	}
	return all
}

// Format is a way to write a cut. One that makes several files writes a folder.
type Format struct {
	Name  string
	End   string // of the name of its one file, or of the archive
	File  func(ctx context.Context, c *Cut, out io.Writer) error
	Files func(ctx context.Context, c *Cut, create func(name string) (io.WriteCloser, error)) error

	// Paper is for people: the same values once more, laid out and printed, which a cut of the data leaves out.
	Paper bool

	// passes is how often the cut is read; nil is once.
	passes func(c *Cut) int
}

// Formats are all of them.
var Formats = []Format{
	{Name: "odm1.3.2", End: ".xml", File: snapshot, passes: eachVersion},
	{Name: "odm1.3.2-transactional", End: ".xml", File: transactional},
	{Name: "odm1.3.2-archival", End: ".xml", File: archival, passes: twice},
	{Name: "odm2", End: ".xml", File: snapshot2, passes: eachVersion},
	{Name: "dataset-json", End: ".zip", Files: datasets, passes: twice},
	{Name: "csv", End: ".zip", Files: sheets},
	{Name: "xlsx", End: ".xlsx", File: workbook},
	{Name: "fhir", End: ".zip", Files: responses},
	{Name: "xport", End: ".zip", Files: transports, passes: twice},
	{Name: "ndjson", End: ".ndjson", File: lines},
	{Name: "pdf", End: ".zip", Files: copies, Paper: true},
}

func eachVersion(c *Cut) int { return len(c.versions) }
func twice(*Cut) int         { return 2 }

// Write writes the format as one file: several files are put into an archive, and wait in dir until their turn ("" is the
// system's folder for temporary files).
func (f Format) Write(ctx context.Context, c *Cut, out io.Writer, dir string) error {
	if f.File != nil {
		return f.File(ctx, c, out)
	}
	z := zip.NewWriter(out)
	err := f.Files(ctx, c, func(name string) (io.WriteCloser, error) {
		file, err := os.CreateTemp(dir, "part-*")
		if err != nil {
			return nil, err
		}
		return &part{file, z, zip.FileHeader{Name: name, Method: zip.Deflate, Modified: c.Until}}, nil
	})
	return errors.Join(err, z.Close())
}

// part is a file of an archive. A zip has one file open at a time, so each is kept until it is closed.
type part struct {
	*os.File
	z    *zip.Writer
	head zip.FileHeader
}

// Close puts the file into the archive.
func (p *part) Close() error {
	defer os.Remove(p.Name())
	w, err := p.z.CreateHeader(&p.head)
	if err == nil {
		_, err = p.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(w, p.File)
	}
	return errors.Join(err, p.File.Close())
}

// Find returns the format of a name, or Invalid export.format_unknown.
func Find(name string) (Format, error) {
	for _, f := range Formats {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, casebook.Fail(casebook.Invalid, "export.format_unknown", name).At("format")
}
