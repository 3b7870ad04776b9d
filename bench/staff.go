package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/edc"
	"casebook/edc/coding"
	"casebook/edc/export"
	"casebook/edc/normal"
	"casebook/gateway"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
)

// The study of the staff's measurements: one visit of 40 forms with 44 items each, every item with a check. Site 01 has full casebooks,
// 10,000 pages of 44 values; at site 02 each form holds four values that fail their checks, which makes 120,000 queries; site 03
// takes what is wanted beyond.
const (
	desk = casebook.StudyID("DESK")

	forms    = 40
	items    = 44
	full     = 250 // subjects of site 01
	partly   = 750 // subjects of site 02
	few      = 57  // subjects whose casebooks are 100,000 values
	password = "quiet-otters-swim-upstream"
)

// ward is that study in a database of its own, with the people's door to it.
type ward struct {
	b       *bench
	dir     string
	db      *store.DB
	ledger  *ledger.Ledger
	trials  *trial.Service
	forms   *record.Service
	study   *record.Study
	server  *httptest.Server
	cookie  string
	raw     *sql.DB // the same file without the product
	values  int     // that are kept
	numbers map[casebook.SiteID]int
}

var staffMigrations = []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, record.Migrations, normal.Migrations, coding.Migrations}

func (w *ward) path() string { return filepath.Join(w.dir, "desk.db") }

// staffSide measures what the staff wait for.
func (b *bench) staffSide() error {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	dir, err := os.MkdirTemp("", "casebook-desk-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w := &ward{b: b, dir: dir, numbers: map[casebook.SiteID]int{}}
	if err := w.open(b.ctx); err != nil {
		return err
	}
	defer w.close()
	ctx := casebook.WithActor(b.ctx, casebook.Actor{User: "linyue", Role: "coordinator", Location: "01"})
	if err := w.fill(ctx, "01", few, items); err != nil {
		return err
	}
	small, err := w.twin(ctx)
	if err != nil {
		return err
	}
	defer small.close()
	steps := []func() error{
		func() error { return w.fill(ctx, "01", full-few, items) },
		func() error { return w.fill(ctx, "02", partly, 4) },
		func() error { return w.fill(ctx, "03", max(0, b.values-w.values)/(forms*items), items) },
		w.matrix, w.queries,
		func() error { return w.flat(small) },
		w.searches,
		w.copies, w.memory,
		func() error { return w.saves(ctx) }, // last, since it spoils forms
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// definition is that of the ward.
func definition() *odm.Study {
	v := &odm.Version{OID: "V1", Name: "1", EventRefs: []odm.Ref{{OID: "E"}}, Events: []odm.Event{{OID: "E", Name: "E", Type: odm.Scheduled}}}
	for f := range forms {
		form := odm.Form{OID: fmt.Sprintf("F%02d", f), Name: "Form", Groups: []odm.Ref{{OID: fmt.Sprintf("G%02d", f)}}}
		group := odm.ItemGroup{OID: form.Groups[0].OID, Name: "Group"}
		for i := range items {
			it := odm.Item{OID: fmt.Sprintf("I%02d.%02d", f, i), Name: "Item", DataType: "integer", Checks: []odm.RangeCheck{{Comparator: "LE", Values: []string{"500"}}}}
			group.Items = append(group.Items, odm.Ref{OID: it.OID})
			v.Items = append(v.Items, it)
		}
		v.Events[0].Forms = append(v.Events[0].Forms, odm.Ref{OID: form.OID})
		v.Forms, v.Groups = append(v.Forms, form), append(v.Groups, group)
	}
	return &odm.Study{OID: string(desk), Name: "Desk", Versions: []*odm.Version{v}}
}

// services are the product on the ward's database.
func (w *ward) services(ctx context.Context) (err error) {
	w.db, err = store.Open(ctx, "sqlite:"+w.path(), store.Options{World: casebook.Outside(), Migrations: staffMigrations, BatchTime: time.Minute})
	if err != nil {
		return err
	}
	w.ledger = ledger.New(w.db, ledger.Options{})
	w.trials = trial.New(w.ledger, patient.New(w.ledger))
	w.forms = record.New(w.ledger, w.trials)
	return nil
}

func (w *ward) open(ctx context.Context) error {
	if err := w.services(ctx); err != nil {
		return err
	}
	people := auth.New(w.ledger, casebook.Outside())
	people.Cost = auth.Cost{Memory: 64, Passes: 1} // whoever signs in once is no load
	boss := casebook.WithActor(ctx, casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
	_, err := w.trials.Import(boss, definition(), trial.Training)
	for _, site := range []casebook.SiteID{"01", "02", "03"} {
		if err == nil {
			_, err = w.trials.AddSite(boss, desk, trial.Site{ID: site, Name: odm.Text{"en": "Hospital"}, Zone: "UTC"})
		}
	}
	if err == nil {
		err = people.CreatePerson(boss, auth.NewPerson{User: "hexiao", Name: "He Xiao", Locale: "en", Password: password})
	}
	if err == nil {
		err = people.GrantRole(boss, "hexiao", auth.Grant{Study: desk, Role: auth.DataManager})
	}
	if err == nil {
		w.cookie, _, err = people.SignIn(ctx, "hexiao", password, "here", "")
	}
	if err == nil {
		w.study, err = w.forms.Study(ctx, desk)
	}
	if err != nil {
		return err
	}
	g, err := gateway.New(gateway.Options{World: casebook.Outside(), Auth: people, Trials: w.trials, Routes: slices.Concat(people.Routes(), edc.New(w.ledger, w.forms).Routes())})
	if err != nil {
		return err
	}
	w.server = httptest.NewServer(g)
	w.raw, err = sql.Open("sqlite", "file:"+w.path()+"?mode=ro&_pragma=cache_size(-16000)")
	return err
}

func (w *ward) close() {
	w.server.Close()
	w.raw.Close()
	w.db.Close()
}

func keyOf(site casebook.SiteID, subject, form int) record.Key {
	return record.Key{Study: desk, Subject: casebook.SubjectID(fmt.Sprintf("%s-%05d", site, subject)), Event: "E", EventRepeat: "1", Form: fmt.Sprintf("F%02d", form), FormRepeat: "1"}
}

const together = 25 // casebooks that are filled in one commit

// fill saves casebooks of some subjects more, judged as a person's saves are and written as patients' reports are, many at once.
// Values of site 02 fail their checks.
func (w *ward) fill(ctx context.Context, site casebook.SiteID, subjects, each int) error {
	st, who, begun := w.study.At(site), casebook.ActorFrom(ctx), time.Now()
	for from := 0; from < subjects; from += together {
		_, err := w.forms.Together(ctx, desk, record.Request{}, false, func(in *ledger.Writer) (string, error) {
			var filled []*record.Report
			judged := record.Context{Actor: who.User, Now: in.Now, Today: record.Today(in.Now), Zone: "UTC", NewID: w.db.World().NewID}
			for range min(together, subjects-from) {
				w.numbers[site]++
				n := w.numbers[site]
				if _, err := patient.Enrol(ctx, in, patient.Enrolment{Site: site, Subject: keyOf(site, n, 0).Subject}); err != nil {
					return "", err
				}
				for f := range forms {
					out, err := st.Apply(&record.Form{Key: keyOf(site, n, f), Site: site}, -1, page(site, n, f, each), judged)
					if err != nil {
						return "", err
					}
					filled = append(filled, record.NewReport(out, ledger.Entry{Actor: who.User, Role: who.Role, Location: who.Location}))
				}
			}
			return "", record.InsertIn(ctx, in, filled)
		})
		if err != nil {
			return err
		}
	}
	n := subjects * forms * each
	w.values += n
	fmt.Fprintf(os.Stderr, "filled: %d values more at site %s, %.0f values/s\n", n, site, float64(n)/time.Since(begun).Seconds())
	return nil
}

// page is what stands on one form.
func page(site casebook.SiteID, subject, form, each int) (values []record.Value) {
	for i := range each {
		value := 100 + (subject+7*form+13*i)%400
		if site == "02" {
			value += 500
		}
		values = append(values, valueOf(form, i, value))
	}
	return values
}

func valueOf(form, item, value int) record.Value {
	return record.Value{Group: fmt.Sprintf("G%02d", form), Repeat: "1", Item: fmt.Sprintf("I%02d.%02d", form, item), Value: fmt.Sprint(value)}
}

// get is how long the server takes to answer a page, in microseconds: the median of several.
func (w *ward) get(path string) (float64, error) {
	return several(func() error {
		q, err := http.NewRequestWithContext(w.b.ctx, http.MethodGet, w.server.URL+"/api/v1/studies/"+string(desk)+path, nil)
		if err != nil {
			return err
		}
		q.Header.Set("Cookie", "casebook_session="+w.cookie)
		res, err := w.server.Client().Do(q)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if n, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s, %d bytes, %v", path, res.Status, n, err)
		}
		return nil
	})
}

// several is the median of eleven, in microseconds.
func several(do func() error) (float64, error) {
	var took []float64
	for range 11 {
		begun := time.Now()
		if err := do(); err != nil {
			return 0, err
		}
		took = append(took, float64(time.Since(begun).Microseconds()))
	}
	return median(took), nil
}

// read is how long a bare program takes to read the rows of some statements, every column.
func (w *ward) read(statements ...string) (float64, error) {
	return several(func() error {
		for _, statement := range statements {
			if _, err := w.rows(statement, func([]any) error { return nil }); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *ward) rows(statement string, fn func([]any) error) (n int, err error) {
	rows, err := w.raw.QueryContext(w.b.ctx, statement)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	values, to := make([]any, len(names)), make([]any, len(names))
	for i := range to {
		to[i] = &values[i]
	}
	for ; rows.Next(); n++ {
		if err := errors.Join(rows.Scan(to...), fn(values)); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

// matrix compares the home of data entry, 1,000 subjects by 40 forms as JSON, with reading what its cells are made of.
func (w *ward) matrix() error {
	return w.b.pair(line{what: "matrix, 1,000 subjects × 40 forms", against: "bare reading of its rows", unit: "µs", goal: "≤ 3"},
		func(int) (float64, error) { return w.get("/matrix?limit=1000") },
		func(int) (float64, error) {
			return w.read(`SELECT * FROM patient WHERE study_id = 'DESK' ORDER BY subject_id LIMIT 1000`,
				`SELECT subject_id, event_oid, event_repeat, form_oid, form_repeat, state FROM record_form WHERE study_id = 'DESK' AND subject_id <= '02-00750' ORDER BY subject_id, event_oid, event_repeat, form_oid, form_repeat`,
				`SELECT subject_id, ref, state FROM record_query WHERE study_id = 'DESK' AND subject_id <= '02-00750' ORDER BY subject_id, query_id`)
		})
}

// queries compares a page of the list of queries with reading its hundred rows.
func (w *ward) queries() error {
	return w.b.pair(line{what: "a page of 120,000 queries", against: "bare reading of its rows", unit: "µs", goal: "≤ 3"},
		func(int) (float64, error) { return w.get("/queries?state=Open") },
		func(int) (float64, error) {
			return w.read(`SELECT * FROM record_query WHERE study_id = 'DESK' AND state = 'Open' ORDER BY opened_at, query_id LIMIT 100`)
		})
}

// twin is another ward that keeps 100,000 values, to compare with while this one grows.
func (w *ward) twin(ctx context.Context) (*ward, error) {
	small := &ward{b: w.b, dir: filepath.Join(w.dir, "small"), numbers: map[casebook.SiteID]int{}}
	if err := os.Mkdir(small.dir, 0o700); err != nil {
		return nil, err
	}
	if err := small.open(ctx); err != nil {
		return nil, err
	}
	return small, errors.Join(small.fill(ctx, "01", few, items), small.fill(ctx, "02", 1, 4)) // a page of queries
}

// flat compares the same pages in this study and in a small one.
func (w *ward) flat(small *ward) error {
	for _, p := range []struct{ what, path string }{{"matrix, 50 subjects", "/matrix?limit=50"}, {"a form", "/subjects/01-00001/forms/E/1/F00/1"}, {"a page of queries", "/queries?state=Open"}} {
		err := w.b.pair(line{what: fmt.Sprintf("%s, %d values kept", p.what, w.values), against: fmt.Sprint("the same at ", small.values), unit: "µs", goal: "≤ 1.5"},
			func(int) (float64, error) { return w.get(p.path) }, func(int) (float64, error) { return small.get(p.path) })
		if err != nil {
			return err
		}
	}
	return nil
}

// searches holds searches of the trail against what a page may take, 300 ms: each way of looking, and one that finds nothing.
func (w *ward) searches() error {
	var n int
	if err := w.raw.QueryRowContext(w.b.ctx, `SELECT count(*) FROM ledger_index WHERE study_id = 'DESK'`).Scan(&n); err != nil {
		return err
	}
	for _, s := range []struct{ what, query string }{{"by a person", "who=linyue"}, {"of a subject", "subject=01-00001"}, {"of a kind", "what=record.query.opened"},
		{"at a site until a day", "site=01&until=2100-01-01"}, {"for a value", "value=101"}, {"for what nobody entered", "value=nowhere"}} {
		err := w.b.pair(line{what: fmt.Sprintf("the trail of %d entries, searched %s", n, s.what), against: "300 ms", unit: "µs", goal: "≤ 1"},
			func(int) (float64, error) { return w.get("/trail?" + s.query) }, func(int) (float64, error) { return 300_000, nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// saves compares a save of one field of a form of 44, judged, with its reason, with a transaction of the store that writes rows of
// the same bytes at the same places: the form, its entry, the entry's place in an order and how long that order is.
func (w *ward) saves(ctx context.Context) error {
	var n int
	next := func() (record.Key, record.Value) {
		n++
		form := n * 11 % forms
		return keyOf("01", 1+n*97%full, form), valueOf(form, n%items, 100+n%397)
	}
	save := func() error {
		k, v := next()
		_, err := w.forms.Save(ctx, record.Save{Key: k, Expect: -1, Items: []record.Value{v}, Reason: "source corrected"})
		return err
	}
	var doc, entry, index []any
	take := func(into *[]any, statement string) error {
		_, err := w.rows(statement, func(v []any) error { *into = slices.Clone(v); return nil })
		return err
	}
	if err := errors.Join(save(), take(&doc, `SELECT doc FROM record_form WHERE study_id = 'DESK' AND version = 2 ORDER BY updated_at DESC LIMIT 1`),
		take(&entry, `SELECT e.* FROM ledger_index i JOIN ledger_entry e ON e.study_id = i.study_id AND e.entry_id = i.entry_id WHERE i.study_id = 'DESK' ORDER BY i.idx DESC LIMIT 1`),
		take(&index, `SELECT * FROM ledger_index WHERE study_id = 'DESK' ORDER BY idx DESC LIMIT 1`)); err != nil {
		return err
	}
	index[0] = "BARE"
	bare := func() error {
		k, _ := next()
		id := fmt.Sprintf("019ce236-5ee0-74ae-bf9d-%012d", n)
		entry[1], entry[2], index[1], index[3] = string(k.Subject), id, n, id
		return w.db.Update(ctx, func(tx *store.Tx) error {
			_, err1 := tx.Exec(ctx, `UPDATE record_form SET doc = $1 WHERE study_id = $2 AND subject_id = $3 AND event_oid = $4 AND event_repeat = $5 AND form_oid = $6 AND form_repeat = $7`,
				doc[0], k.Study, k.Subject, k.Event, k.EventRepeat, k.Form, k.FormRepeat)
			_, err2 := tx.Exec(ctx, `INSERT INTO ledger_entry VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)`, entry...)
			_, err3 := tx.Exec(ctx, `INSERT INTO ledger_index VALUES($1,$2,$3,$4,$5,$6)`, index...)
			_, err4 := tx.Exec(ctx, `INSERT INTO ledger_head(study_id, size, sealed_at) VALUES('BARE', 1, $1)
				ON CONFLICT (study_id) DO UPDATE SET size = ledger_head.size + 1, sealed_at = excluded.sealed_at`, n)
			return errors.Join(err1, err2, err3, err4)
		})
	}
	timed := func(do func() error) func(int) (float64, error) {
		return func(int) (float64, error) {
			begun, done := time.Now(), 0
			for ; time.Since(begun) < w.b.length/2; done++ {
				if err := do(); err != nil {
					return 0, err
				}
			}
			return float64(time.Since(begun).Microseconds()) / float64(done), nil
		}
	}
	return w.b.pair(line{what: "save of a field with its checks", against: "bare transaction of the same rows", unit: "µs", goal: "≤ 1.5"}, timed(save), timed(bare))
}

// copies compares 10,000 casebook pages of 44 values as CSV, with their trail, with a copy of their rows as text.
func (w *ward) copies() error {
	milliseconds := func(do func(dir string) error) func(int) (float64, error) {
		return func(int) (float64, error) {
			dir, err := os.MkdirTemp(w.dir, "copy-")
			if err != nil {
				return 0, err
			}
			defer os.RemoveAll(dir)
			begun := time.Now()
			err = do(dir)
			return float64(time.Since(begun).Milliseconds()), err
		}
	}
	return w.b.pair(line{what: "10,000 pages × 44 values to CSV", against: "raw copy of their rows", unit: "ms", goal: "≤ 3"},
		milliseconds(func(dir string) error { return w.csv(w.b.ctx, dir, "01") }),
		milliseconds(func(dir string) error {
			return errors.Join(w.copy(dir, "record_form", `SELECT * FROM record_form WHERE study_id = 'DESK' AND subject_id < '02'`),
				w.copy(dir, "ledger_entry", `SELECT * FROM ledger_entry WHERE study_id = 'DESK' AND subject_id > '' AND subject_id < '02'`))
		}))
}

// csv exports some sites, or all.
func (w *ward) csv(ctx context.Context, dir string, sites ...casebook.SiteID) error {
	format, err := export.Find("csv")
	if err != nil {
		return err
	}
	cut, err := export.Open(ctx, w.db, w.trials, desk, time.Time{})
	if err != nil {
		return err
	}
	if len(sites) > 0 {
		cut.At(sites)
	}
	return format.Files(ctx, cut, func(name string) (io.WriteCloser, error) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		return os.Create(path)
	})
}

// copy writes rows into a file, every column, with a tab behind each.
func (w *ward) copy(dir, table, statement string) error {
	f, err := os.Create(filepath.Join(dir, table))
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 64<<10)
	_, err = w.rows(statement, func(values []any) error {
		for _, v := range values {
			switch v := v.(type) {
			case string:
				out.WriteString(v)
			case []byte:
				out.Write(v)
			case int64:
				out.WriteString(strconv.FormatInt(v, 10))
			}
			out.WriteByte('\t')
		}
		return out.WriteByte('\n')
	})
	return errors.Join(err, out.Flush(), f.Close())
}

// memory has all that is kept exported by a process of its own, and compares the most memory that it held with what it may hold.
func (w *ward) memory() error {
	bound := func(int) (float64, error) { return 128, nil }
	return w.b.pair(line{what: fmt.Sprintf("memory of an export of %d values", w.values), against: "128 MB", unit: "MB", goal: "≤ 1"}, func(round int) (float64, error) {
		cmd := exec.CommandContext(w.b.ctx, os.Args[0], "-export", w.dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return 0, err
		}
		kilobytes, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		return kilobytes / 1024, err
	}, bound)
}

// exportAll is that process. It prints the most memory that it held, in KB; rusage would count what its parent held.
func exportAll(ctx context.Context, dir string) error {
	w := &ward{dir: dir}
	if err := w.services(ctx); err != nil {
		return err
	}
	defer w.db.Close()
	to, err := os.MkdirTemp(dir, "export-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(to)
	if err := w.csv(ctx, to); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, most, found := strings.Cut(string(status), "VmHWM:")
	if !found {
		return errors.New("this system does not say how much memory a process held")
	}
	most, _, _ = strings.Cut(most, "kB")
	fmt.Println(strings.TrimSpace(most))
	return nil
}
