package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/edc/export"
	"casebook/ledger"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type dataExport struct {
	Database `embed:""`
	Study    string `help:"The study." required:""`
	Format   string `help:"odm1.3.2, odm1.3.2-transactional, odm1.3.2-archival, odm2, ndjson, xlsx; or dataset-json, csv, fhir, xport, pdf, each a folder or a .zip." required:""`
	Out      string `help:"The file, or the folder." required:"" type:"path"`
	AsOf     string `help:"As it was then: a day, or a moment in RFC 3339; now when none is given." name:"as-of"`
	Waiting  string `help:"A file beside an archive for what opens the seals of first entries which wait for the second: whoever is to be the second must not read it." type:"path"`
}

// Run writes the file. It is complete or not there: what was begun and failed is removed.
func (c *dataExport) Run(ctx context.Context) error {
	format, err := export.Find(c.Format)
	if err != nil {
		return err
	}
	cut, err := c.cut(ctx, c.Study, c.AsOf)
	if err != nil {
		return err
	}
	defer cut.close()
	if err := cut.leaves(ctx, export.Made, format.Name); err != nil {
		return err
	}
	if c.Waiting != "" {
		if err := whole(c.Waiting, func(f *os.File) error { return cut.Openings(ctx, f) }); err != nil {
			return err
		}
	}
	if format.Files != nil && filepath.Ext(c.Out) != ".zip" {
		return format.Files(ctx, cut.Cut, inFolder(c.Out))
	}
	return whole(c.Out, func(f *os.File) error { return format.Write(ctx, cut.Cut, f, "") })
}

// taken is a study as of a moment, about to leave.
type taken struct {
	*export.Cut
	app *app
}

// leaves puts into the ledger that something of it leaves, before the first byte does: without an entry nothing leaves.
func (k *taken) leaves(ctx context.Context, what, ref string) error {
	ctx = operator(ctx)
	return k.app.ledger.Write(ctx, k.Trial.ID, func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: what, Ref: ref, New: ledger.Text(map[string]any{"asOf": k.Until, "entries": k.Size})})
		return nil
	})
}

func (k *taken) close() error { return k.app.close() }

// cut opens the database and takes a study as of a moment.
func (d Database) cut(ctx context.Context, study, asOf string) (*taken, error) {
	at, err := export.Moment(asOf)
	if err != nil {
		return nil, err
	}
	a, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	if at.IsZero() {
		err = a.ledger.Seal(ctx, casebook.StudyID(study)) // a server that has just stopped may have left its last entries without a place
	}
	var cut *export.Cut
	if err == nil {
		cut, err = export.Open(ctx, a.db, a.trials, casebook.StudyID(study), at)
	}
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	cut.Bytes = a.files.Copy
	return &taken{cut, a}, nil
}

// whole writes a file under another name and gives it its own when it is complete and on disk.
func whole(name string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing once it has its name
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// inFolder makes files in a folder, and the folders that they need.
func inFolder(dir string) func(name string) (io.WriteCloser, error) {
	return func(name string) (io.WriteCloser, error) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return nil, err
		}
		return os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	}
}

type cutCommand struct {
	Database `embed:""`
	Study    string `help:"The study." required:""`
	AsOf     string `help:"As it was then: a day, or a moment in RFC 3339; now when none is given." name:"as-of"`
	Out      string `help:"A new or empty folder." required:"" type:"path"`
}

// cutFile is one file of a cut and its digest.
type cutFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// manifest says what a cut is. Its own digest is the cut's: the same study as of the same place gives the same anywhere.
type manifest struct {
	Study   casebook.StudyID `json:"study"`
	Entries int64            `json:"entries"`
	At      time.Time        `json:"at"`
	Files   []cutFile        `json:"files"`
}

// Run writes every format of the study but the printed one into a folder, with a manifest, and prints the manifest's digest.
func (c *cutCommand) Run(ctx context.Context) error {
	if have, err := os.ReadDir(c.Out); err == nil && len(have) > 0 {
		return casebook.Fail(casebook.Conflict, "export.not_empty", c.Out)
	}
	cut, err := c.cut(ctx, c.Study, c.AsOf)
	if err != nil {
		return err
	}
	defer cut.close()
	if err := cut.leaves(ctx, export.Made, "cut"); err != nil {
		return err
	}
	m := manifest{Study: cut.Trial.ID, Entries: cut.Size, At: cut.Until}
	create := func(name string) (io.WriteCloser, error) {
		f, err := inFolder(c.Out)(name)
		return &digested{f, sha256.New(), 0, name, &m}, err
	}
	for _, format := range export.Formats {
		if format.Paper {
			continue
		}
		if format.Files != nil {
			err = format.Files(ctx, cut.Cut, func(name string) (io.WriteCloser, error) { return create(format.Name + "/" + name) })
		} else {
			err = one(create, extensions[format.Name], func(w io.Writer) error { return format.File(ctx, cut.Cut, w) })
		}
		if err != nil {
			return err
		}
	}
	slices.SortFunc(m.Files, func(a, b cutFile) int { return strings.Compare(a.Name, b.Name) })
	text, err := json.Marshal(m, jsontext.WithIndent("  "), json.Deterministic(true))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.Out, "manifest.json"), append(text, '\n'), 0o600); err != nil {
		return err
	}
	fmt.Printf("%x\n", sha256.Sum256(append(text, '\n')))
	return nil
}

// extensions are the names of the formats that are one file.
var extensions = map[string]string{"odm1.3.2": "snapshot.xml", "odm1.3.2-transactional": "transactional.xml", "odm1.3.2-archival": "archival.xml", "odm2": "odm2.xml",
	"xlsx": "tables.xlsx", "ndjson": "values.ndjson"}

func one(create func(string) (io.WriteCloser, error), name string, write func(io.Writer) error) error {
	w, err := create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(w), w.Close())
}

// digested is a file that notes its digest in the manifest when it is closed.
type digested struct {
	io.WriteCloser
	sum  hash.Hash
	n    int64
	name string
	into *manifest
}

func (d *digested) Write(b []byte) (int, error) {
	n, err := d.WriteCloser.Write(b)
	d.sum.Write(b[:n])
	d.n += int64(n)
	return n, err
}

func (d *digested) Close() error {
	d.into.Files = append(d.into.Files, cutFile{d.name, d.n, hex.EncodeToString(d.sum.Sum(nil))})
	return d.WriteCloser.Close()
}
