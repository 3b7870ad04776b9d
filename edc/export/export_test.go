package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/edc/coding"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/odm/odmtest"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A house is the study HTN-24 with one subject at site 03 and one at 07.
type house struct {
	t      *testing.T
	ctx    context.Context
	db     *store.DB
	clock  *casebook.Clock
	ledger *ledger.Ledger
	trials *trial.Service
	forms  *record.Service
	scan   []byte            // the file that is attached; nil for a small one
	scans  map[string][]byte // that stand at forms, by hash: as package site/document keeps them
}

// bytes writes a file that stands at a form.
func (h *house) bytes(_ context.Context, _ casebook.StudyID, hash string, out io.Writer) error {
	_, err := out.Write(h.scans[hash])
	return err
}

var morning = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func both(t *testing.T, fn func(t *testing.T, h *house)) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, build(t, engine))
		})
	}
}

func build(t *testing.T, engine string) *house {
	t.Helper()
	return buildOf(t, engine, func(*odm.Version) {})
}

// buildOf is build with another definition.
func buildOf(t *testing.T, engine string, alter func(*odm.Version)) *house {
	t.Helper()
	h := &house{t: t, clock: casebook.NewClock(morning)}
	h.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "linyue", Role: "coordinator", Location: "03"})
	world := casebook.World{Now: h.clock.Now, Rand: casebook.Outside().Rand}
	migrations := []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, record.Migrations, coding.Migrations}
	h.db = storetest.Open(t, storetest.DSN(t, engine), world, migrations)
	h.ledger = ledger.New(h.db, ledger.Options{})
	h.trials = trial.New(h.ledger, patient.New(h.ledger))
	h.forms = record.New(h.ledger, h.trials)
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	h.must(err)
	alter(study.Versions[0])
	_, err = h.trials.Import(h.ctx, study, trial.Training)
	h.must(err)
	for _, s := range demo.Sites() {
		if s.ID == "03" || s.ID == "07" {
			_, err = h.trials.AddSite(h.ctx, demo.ID, trial.Site{ID: s.ID, Name: s.Name, Zone: s.Zone})
			h.must(err)
		}
	}
	for _, site := range []casebook.SiteID{"03", "07"} {
		_, err = h.trials.Enrol(h.ctx, demo.ID, patient.Enrolment{Site: site})
		h.must(err)
	}
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// save enters values of the vital signs at screening, a minute later.
func (h *house) save(subject casebook.SubjectID, reason string, values ...string) {
	h.t.Helper()
	h.clock.Add(time.Minute)
	s := record.Save{Key: vitals(subject), Expect: -1, Reason: reason}
	for i := 0; i < len(values); i += 2 {
		v := record.Value{Group: "IG.VS", Repeat: "1", Item: values[i], Value: values[i+1]}
		if v.Item == "IT.HEIGHT" || v.Item == "IT.WEIGHT" {
			v.Group = "IG.BODY"
		}
		if blank, ok := strings.CutPrefix(v.Value, "blank:"); ok {
			v.Value, v.Blank = "", blank
		}
		s.Items = append(s.Items, v)
	}
	_, err := h.forms.Save(h.ctx, s)
	h.must(err)
}

func vitals(subject casebook.SubjectID) record.Key {
	return record.Key{Study: demo.ID, Subject: subject, Event: "E.SCR", EventRepeat: "1", Form: "F.VS", FormRepeat: "1"}
}

// day is a day at the site: values, a correction, one taken back, one that cannot be had, a signature and what voids it.
func (h *house) day() {
	const one, two = "03-001", "07-001"
	h.save(one, "", "IT.VSDAT", "2026-03-02", "IT.VSTIM", "08:30", "IT.SYS", "246", "IT.DIA", "91", "IT.PULSE", "70", "IT.VSARM", "blank:not_done", "IT.HEIGHT", "171", "IT.WEIGHT", "68.5")
	h.save(two, "", "IT.VSDAT", "2026-03-02", "IT.SYS", "150")
	h.save(one, "typing error", "IT.SYS", "146")
	h.save(one, "of another patient", "IT.PULSE", "")
	h.save(one, "", "IT.PULSE", "72")
	h.clock.Add(time.Minute)
	st, err := h.forms.Study(h.ctx, demo.ID)
	h.must(err)
	ctx := casebook.WithActor(h.t.Context(), casebook.Actor{User: "zhouning", Role: "investigator", Location: "03"})
	h.must(h.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error {
		_, err := h.forms.Sign(ctx, w, st, record.Signing{Scope: record.Scope{Study: demo.ID, Subject: one, Path: vitals(one).Ref()}, Name: "Zhou Ning", Meaning: "approval", Zone: "Asia/Shanghai"})
		return err
	}))
}

func (h *house) write(format string, asOf time.Time) []byte {
	h.t.Helper()
	h.place()
	c, err := Open(h.ctx, h.db, h.trials, demo.ID, asOf)
	h.must(err)
	c.Bytes = h.bytes
	f, err := Find(format)
	h.must(err)
	var b bytes.Buffer
	h.must(f.File(h.ctx, c, &b))
	return b.Bytes()
}

// place waits until every entry has its place in the order: on PostgreSQL a sequencer gives it.
func (h *house) place() { h.placeIn(demo.ID) }

func (h *house) placeIn(study casebook.StudyID) {
	if !h.db.Postgres() {
		return
	}
	ctx, stop := context.WithCancel(h.ctx)
	done := make(chan error, 1)
	go func() { done <- h.ledger.Run(ctx) }()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for waiting := true; waiting; <-look.C {
		h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
			entries, err := ledger.Unplaced(h.ctx, tx, study)
			waiting = len(entries) > 0
			return err
		}))
	}
	stop()
	<-done
}

// replay is an independent reader of transactional ODM: it keeps what the file says was done, and complains of what cannot be.
type replay struct {
	values  map[string]string
	last    map[string]time.Time
	signed  []string
	created time.Time
}

func read(file []byte) (*replay, error) {
	r := &replay{values: map[string]string{}, last: map[string]time.Time{}}
	type element struct {
		name, key, transaction, value string
		audit                         time.Time
	}
	var stack []element
	var text strings.Builder
	dec := xml.NewDecoder(bytes.NewReader(file))
	clinical := false
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			text.Reset()
			a := map[string]string{}
			for _, at := range tok.Attr {
				a[at.Name.Local] = at.Value
			}
			switch tok.Name.Local {
			case "ODM":
				r.created, _ = time.Parse(time.RFC3339, a["CreationDateTime"])
			case "ClinicalData":
				clinical = true
			}
			e := element{name: tok.Name.Local, transaction: a["TransactionType"], value: a["Value"]}
			for _, k := range []string{"SubjectKey", "StudyEventOID", "StudyEventRepeatKey", "FormOID", "FormRepeatKey", "ItemGroupOID", "ItemGroupRepeatKey", "ItemOID"} {
				if a[k] != "" {
					e.key += "/" + a[k]
				}
			}
			stack = append(stack, e)
		case xml.CharData:
			text.Write(tok)
		case xml.EndElement:
			e := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			key := ""
			for _, s := range stack {
				key += s.key
			}
			switch {
			case !clinical:
			case e.name == "DateTimeStamp" && stack[len(stack)-1].name == "AuditRecord":
				at, err := time.Parse(time.RFC3339, text.String())
				if err != nil {
					return r, err
				}
				stack[len(stack)-2].audit = at
			case e.name == "Signature":
				r.signed = append(r.signed, key)
			case strings.HasSuffix(e.name, "Data") && e.name != "ClinicalData" && e.transaction != "":
				key += e.key
				at := e.audit
				if e.transaction == "Upsert" {
					return r, errors.New(key + ": Upsert")
				}
				if e.transaction != "Context" {
					if at.IsZero() {
						return r, errors.New(key + ": no audit")
					}
					if at.Before(r.last[key]) || at.After(r.created) {
						return r, fmt.Errorf("%s: %v is out of time", key, at)
					}
					r.last[key] = at
				}
				if e.name == "ItemData" {
					if _, had := r.values[key]; had != (e.transaction == "Update" || e.transaction == "Remove") && e.transaction != "Context" {
						return r, fmt.Errorf("%s: %s of what was there: %v", key, e.transaction, had)
					}
					switch e.transaction {
					case "Remove":
						delete(r.values, key)
					case "Insert", "Update":
						r.values[key] = e.value
					}
				}
			}
		}
	}
}

// now is what the tables hold, in the same terms.
func (h *house) now() map[string]string {
	all := map[string]string{}
	for _, subject := range []casebook.SubjectID{"03-001", "07-001"} {
		v, err := h.forms.Read(h.ctx, vitals(subject), time.Time{})
		h.must(err)
		for _, k := range v.Form.Items {
			all["/"+string(subject)+"/E.SCR/F.VS/"+k.Group+"/"+k.Item] = k.Value.Value
		}
	}
	return all
}

// E1 to E7: the history as a file, read by another reader, gives what is there; audit stands everywhere, in time.
func TestTheHistoryReplayedGivesWhatIsThere(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		for _, format := range []string{"odm1.3.2-transactional", "odm1.3.2-archival"} {
			file := h.write(format, time.Time{})
			odmtest.Valid(t, "../..", "odm-1.3.2/ODM1-3-2.xsd", file)
			r, err := read(file)
			if err != nil {
				t.Errorf("%s: %v", format, err)
			}
			if want := h.now(); !maps.Equal(r.values, want) || len(want) == 0 {
				t.Errorf("%s: replayed %v, want %v", format, r.values, want)
			}
			if len(r.signed) != 1 || r.signed[0] != "/03-001/E.SCR/F.VS" {
				t.Errorf("%s: signed %q", format, r.signed)
			}
			if got := bytes.Contains(file, []byte(`Archival="Yes"`)); got != (format == "odm1.3.2-archival") {
				t.Errorf("%s: Archival %v", format, got)
			}
			for _, want := range []string{"<ReasonForChange>typing error</ReasonForChange>", "blank: not_done", `OID="zhouning" UserType="Investigator"`, "sha256="} {
				if !bytes.Contains(file, []byte(want)) {
					t.Errorf("%s lacks %s", format, want)
				}
			}
		}
		h.theReaderSees(h.write("odm1.3.2-transactional", time.Time{}))
	})
}

// theReaderSees is the control: each mistake, put into a good file, must be found.
func (h *house) theReaderSees(file []byte) {
	for mistake, edit := range map[string][2]string{
		"an update that is told as new":   {`TransactionType="Update"`, `TransactionType="Insert"`},
		"a first value told as a change":  {`TransactionType="Insert" Value="246"`, `TransactionType="Update" Value="246"`},
		"a value that is another":         {`Value="146"`, `Value="147"`},
		"a removal that is not told":      {`TransactionType="Remove"`, `TransactionType="Context"`},
		"a moment after the file's own":   {"<DateTimeStamp>2026-03-02T01:01:00Z", "<DateTimeStamp>2027-03-02T01:01:00Z"},
		"an upsert, which hides what was": {`TransactionType="Insert"`, `TransactionType="Upsert"`},
	} {
		broken := bytes.Replace(file, []byte(edit[0]), []byte(edit[1]), 1)
		if bytes.Equal(broken, file) {
			h.t.Errorf("%s: there is no %s in the file", mistake, edit[0])
			continue
		}
		if r, err := read(broken); err == nil && maps.Equal(r.values, h.now()) {
			h.t.Errorf("%s was not seen", mistake)
		}
	}
}

func TestASnapshotHoldsTheValuesTheirQueriesAndTheSignatureThatStands(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		signed := h.write("odm1.3.2", time.Time{})
		odmtest.Valid(t, "../..", "odm-1.3.2/ODM1-3-2.xsd", signed)
		for _, want := range []string{`ItemOID="IT.SYS" Value="146"`, `ItemOID="IT.VSARM" IsNull="Yes"`, "query Closed (system): Systolic blood pressure is above 200", "<Signature>"} {
			if !bytes.Contains(signed, []byte(want)) {
				t.Errorf("it lacks %s", want)
			}
		}
		if bytes.Contains(signed, []byte("AuditRecord")) {
			t.Error("it tells more than what is there")
		}
		h.save("03-001", "the source says so", "IT.DIA", "92")
		if changed := h.write("odm1.3.2", time.Time{}); bytes.Contains(changed, []byte("<Signature>")) {
			t.Error("a signature that a change voided is still shown")
		}
	})
}

// What was exported as of a moment is the same bytes later, whatever has happened since.
func TestAsOfAMomentTheFilesAreTheSameForEver(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		h.place()
		moment := h.clock.Now()
		before := map[string][]byte{}
		for _, f := range Formats {
			if f.File != nil {
				before[f.Name] = h.write(f.Name, moment)
			}
		}
		h.clock.Add(time.Hour)
		h.save("07-001", "the cuff was too small", "IT.SYS", "155")
		_, err := h.trials.Enrol(h.ctx, demo.ID, patient.Enrolment{Site: "03"})
		h.must(err)
		for name, was := range before {
			if is := h.write(name, moment); !bytes.Equal(is, was) {
				t.Errorf("%s is another file now", name)
			}
			if now := h.write(name, time.Time{}); bytes.Equal(now, was) {
				t.Errorf("%s does not see what has happened since", name)
			}
		}
		if _, err := Open(h.ctx, h.db, h.trials, demo.ID, morning.Add(-time.Hour)); casebook.KindOf(err) != casebook.NotFound {
			t.Errorf("before its first entry: %v", err)
		}
	})
}

type memory struct {
	bytes.Buffer
}

func (*memory) Close() error { return nil }

func TestTablesAreSafeForSpreadsheets(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		h.save("07-001", "=HYPERLINK(\"http://evil\")", "IT.SYS", "151")
		h.place()
		c, err := Open(h.ctx, h.db, h.trials, demo.ID, time.Time{})
		h.must(err)
		files := map[string]*memory{}
		h.must(sheets(h.ctx, c, func(name string) (io.WriteCloser, error) {
			files[name] = &memory{}
			return files[name], nil
		}))
		rows := func(name string) [][]string {
			rows, err := csv.NewReader(files[name]).ReadAll()
			h.must(err)
			return rows
		}
		vs := rows("data/IG.VS.csv")
		if len(vs) != 3 || vs[1][2] != "03-001" || vs[2][len(where)+4] != "151" {
			t.Errorf("vital signs: %q", vs)
		}
		if blanks := rows("blanks.csv"); len(blanks) != 2 || blanks[1][len(where)+3] != "not_done" {
			t.Errorf("blanks: %q", blanks)
		}
		if queries := rows("queries.csv"); len(queries) != 2 || queries[1][len(where)+3] != "Closed" {
			t.Errorf("queries: %q", queries)
		}
		for _, row := range rows("audit.csv") {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("a formula: %q", cell)
				}
			}
		}
	})
}
