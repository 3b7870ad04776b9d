package export

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm/odmtest"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// empty is an instance on which there is nothing.
func empty(t *testing.T, engine string) *house {
	h := &house{t: t, clock: casebook.NewClock(morning.Add(24 * time.Hour))}
	h.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "system", Role: "system", Location: "system"})
	world := casebook.World{Now: h.clock.Now, Rand: casebook.Outside().Rand}
	h.db = storetest.Open(t, storetest.DSN(t, engine), world, []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, record.Migrations})
	h.ledger = ledger.New(h.db, ledger.Options{})
	h.trials = trial.New(h.ledger, patient.New(h.ledger))
	h.forms = record.New(h.ledger, h.trials)
	return h
}

// replay brings an archive into the instance.
func (h *house) replay() Replay {
	return Replay{Ledger: h.ledger, Trials: h.trials, Forms: h.forms, In: trial.Training, Zone: "Asia/Shanghai",
		Keep: func(_ context.Context, _ *ledger.Writer, _ []ledger.Entry, files map[string][]byte) error {
			h.scans = files
			return nil
		}}
}

// scan is a file, and large one that no comment of an archive carries alone.
var (
	scan  = []byte("%PDF-1.7 a signed page")
	large = bytes.Repeat([]byte("%PDF-1.7 a signed page; "), piece/24+1)
)

// attach puts the scan at a form, or makes it inactive there, as package site/document does.
func (h *house) attach(k record.Key, off *record.Detached) {
	h.t.Helper()
	h.clock.Add(time.Minute)
	content := h.scan
	if content == nil {
		content = scan
	}
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	h.scans = map[string][]byte{hash: content}
	after := record.Attachments{Subject: k.Subject, Ref: k.Ref(), Files: []record.Attached{{Name: "page.pdf", Media: "application/pdf", Size: int64(len(content)), Hash: hash, By: "linyue", At: h.clock.Now().UTC()}}}
	h.must(h.ledger.Write(h.ctx, demo.ID, func(w *ledger.Writer) error {
		e := ledger.Entry{What: record.FileAttached, Site: "03", Subject: k.Subject, Ref: string(k.Subject) + "/" + k.Ref()}
		if off != nil {
			before, err := json.Marshal(after)
			if err != nil {
				return err
			}
			e.What, e.Old, e.Reason = record.FileDetached, string(before), off.Reason
			after.Files[0].Off = off
		}
		text, err := json.Marshal(after)
		if err != nil {
			return err
		}
		e.New = string(text)
		w.Record(h.ctx, e)
		return record.Enclose(h.ctx, w, k, after)
	}))
}

// story is what the casebooks' entries say, each on a line.
func (h *house) story() (lines []string) {
	h.place()
	c, err := Open(h.ctx, h.db, h.trials, demo.ID, time.Time{})
	h.must(err)
	c.inactive = true
	h.must(c.Each(h.ctx, func(b *Casebook) error {
		for _, e := range b.Entries {
			lines = append(lines, fmt.Sprint(e.Site, e.Subject, e.What, e.Ref, e.Old, e.New, e.Reason, e.Actor, e.Role, e.Location, e.Trace, e.At, e.DeviceAt))
		}
		return nil
	}))
	slices.Sort(lines) // entries of one moment come in any order on PostgreSQL
	return lines
}

func (h *house) digests() Digests {
	c, err := Open(h.ctx, h.db, h.trials, demo.ID, time.Time{})
	h.must(err)
	d, err := c.Digests(h.ctx)
	h.must(err)
	return d
}

// intact holds the rows against the ledger.
func (h *house) intact() {
	h.t.Helper()
	h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
		entries, err := ledger.Read(h.ctx, tx, demo.ID, 0, 1000)
		for _, fold := range []ledger.Fold{record.NewFold(demo.ID), patient.NewFold(demo.ID)} {
			for i := range entries {
				fold.Entry(&entries[i])
			}
			found, err := fold.Compare(h.ctx, tx)
			if err != nil || len(found) > 0 {
				h.t.Errorf("%v %v", found, err)
			}
		}
		return err
	}))
}

// eventful is a day with everything that a casebook knows.
func (h *house) eventful() {
	h.day()
	st, err := h.forms.Study(h.ctx, demo.ID)
	h.must(err)
	monitor := casebook.WithActor(h.t.Context(), casebook.Actor{User: "chenrui", Role: "monitor", Location: "sponsor"})
	h.clock.Add(time.Minute)
	h.must(h.ledger.Write(monitor, demo.ID, func(w *ledger.Writer) error {
		if _, err := h.forms.Review(monitor, w, record.Look{Key: vitals("03-001"), Kind: record.SDV, Seen: 9}); err != nil {
			return err
		}
		_, err := h.forms.Raise(monitor, w, st, record.Question{Key: vitals("03-001"), Group: "IG.VS", Repeat: "1", Item: "IT.DIA", Text: map[string]string{"en": "Is it 91?"}})
		return err
	}))
	h.save("03-001", "second reading", "IT.DIA", "93") // voids the signature
	h.attach(vitals("03-001"), nil)
	h.clock.Add(time.Minute)
	h.must(h.ledger.Write(h.ctx, demo.ID, func(w *ledger.Writer) error {
		_, err := h.forms.Switch(h.ctx, w, st, vitals("07-001"), record.Part{}, false, "entered for another subject")
		return err
	}))
	h.must(h.ledger.Write(monitor, demo.ID, func(w *ledger.Writer) error {
		w.Record(monitor, ledger.Entry{What: "epro.zone.changed", Site: "03", Subject: "03-001", Ref: "phone-1", New: `{"zone":"Asia/Urumqi"}`})
		for _, path := range []string{vitals("03-001").ItemPath("IG.VS", "1", "IT.SYS"), ""} {
			if _, err := h.forms.Move(monitor, w, st, record.Scope{Study: demo.ID, Subject: "03-001", Path: path}, record.Freeze, ""); err != nil {
				return err
			}
		}
		return nil
	}))
	h.must(h.ledger.Write(h.ctx, demo.ID, func(w *ledger.Writer) error {
		s, err := patient.Find(h.ctx, w.Tx, demo.ID, "03-001")
		if err != nil {
			return err
		}
		return patient.Consented(h.ctx, w, s, 2)
	}))
	_, err = patient.New(h.ledger).SetStatus(h.ctx, demo.ID, "07-001", patient.Inactive, "enrolled twice")
	h.must(err)
}

func TestAnArchiveComesBackAsItWas(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			first := build(t, engine)
			first.scan = large
			first.eventful()
			file := first.write("odm1.3.2-archival", time.Time{})
			odmtest.Valid(t, "../..", "odm-1.3.2/ODM1-3-2.xsd", file)
			a, err := ReadArchive(file)
			first.must(err)
			second := empty(t, engine)
			replay := second.replay()
			second.must(replay.Run(second.ctx, a, true))
			if _, err := second.trials.Get(second.ctx, demo.ID); casebook.KindOf(err) != casebook.NotFound {
				t.Errorf("a trial left the study: %v", err)
			}
			second.must(replay.Run(second.ctx, a, false))
			want, got := first.story(), second.story()
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("the trail is\n%s\nwas\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if a, b := first.digests(), second.digests(); a != b {
				t.Errorf("digests %s, were %s", b, a)
			}
			second.intact()
			for _, content := range second.scans {
				if len(second.scans) != 1 || !bytes.Equal(content, large) {
					t.Errorf("%d files came back, one of %d bytes", len(second.scans), len(content))
				}
			}
			if again, err := ReadArchive(second.write("odm1.3.2-archival", time.Time{})); err != nil || again.Digests != a.Digests || len(again.Entries) != len(a.Entries) {
				t.Errorf("archived again: %v, %d entries", err, len(again.Entries))
			}
			if err := replay.Run(second.ctx, a, false); casebook.KindOf(err) != casebook.Conflict {
				t.Errorf("into a study with subjects: %v", err)
			}
		})
	}
}

// The reader that is kept beside an archive needs nothing of ours: it finds every value, and names the save, or the whole, that somebody altered.
func TestAnArchiveIsReadAndProvedWithoutUs(t *testing.T) {
	t.Parallel()
	const source = "../../cmd/casebook-read/main.go"
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	imports, _, _ := strings.Cut(string(text), ")\n")
	for _, line := range strings.Split(imports, "\n") {
		if path, ok := strings.CutPrefix(line, "\t\""); ok && (strings.Contains(path, ".") || strings.HasPrefix(path, "casebook")) {
			t.Errorf("it needs %s", line)
		}
	}
	if lines := regexp.MustCompile(`(?m)^\s*[^\s/].*$`).FindAllString(string(text), -1); len(lines) > 200 {
		t.Errorf("it has %d lines", len(lines))
	}
	dir := t.TempDir()
	reader := filepath.Join(dir, "reader")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", reader, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h := build(t, "sqlite")
	h.eventful()
	file := h.write("odm1.3.2-archival", time.Time{})
	read := func(name string, file []byte) (values, said string, err error) {
		path := filepath.Join(dir, name)
		h.must(os.WriteFile(path, file, 0o600))
		cmd := exec.CommandContext(t.Context(), reader, path)
		var out, complaint bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaint
		err = cmd.Run()
		return out.String(), complaint.String(), err
	}
	values, said, err := read("as-it-was.xml", file)
	if err != nil || !strings.Contains(said, h.digests().Trail) {
		t.Fatalf("%v: %s", err, said)
	}
	kept := 0
	h.place()
	c, err := Open(h.ctx, h.db, h.trials, demo.ID, time.Time{})
	h.must(err)
	c.inactive = true
	h.must(c.Each(h.ctx, func(b *Casebook) error {
		for _, f := range b.Past.Forms {
			for _, v := range f.Items {
				if v.Value.Value == "" && v.Blank == "" {
					continue
				}
				kept++
				line := strings.Join([]string{string(b.Subject.ID), f.Key.Ref(), v.Group, v.Repeat, v.Item, strconv.Quote(v.Value.Value), v.Blank, string(v.By)}, "\t")
				if !strings.Contains(values, line) {
					t.Errorf("not found: %s", line)
				}
			}
		}
		return nil
	}))
	if kept < 5 {
		t.Errorf("only %d values were there to be found", kept)
	}
	value := regexp.MustCompile(`(<ItemData [^>]*TransactionType="Insert" Value=")([^"]+)`)
	at := value.FindSubmatchIndex(file)
	altered := slices.Concat(file[:at[4]], []byte("7"), file[at[4]:])
	if _, said, err := read("value.xml", altered); err == nil || !strings.Contains(said, "is not what was archived") {
		t.Errorf("an altered value: %v, %s", err, said)
	}
	actor := bytes.Replace(file, []byte(`&quot;actor&quot;:&quot;`), []byte(`&quot;actor&quot;:&quot;x`), 1)
	if bytes.Equal(actor, file) {
		actor = bytes.Replace(file, []byte(`"actor":"`), []byte(`"actor":"x`), 1)
	}
	if _, said, err := read("actor.xml", actor); err == nil || !strings.Contains(said, "the file says") {
		t.Errorf("another person: %v, %s", err, said)
	}
}

const transactions = `<ODM ODMVersion="1.3" FileType="Transactional" FileOID="T" CreationDateTime="2021-06-02T10:21:02" xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:x="urn:x">
` + transaction + `</ODM>`
const transaction = `<ClinicalData StudyOID="OTHER" MetaDataVersionOID="16" x:AuditSubCategoryName="SubjectCreated"><SubjectData SubjectKey="S-1" TransactionType="Upsert">` + by + `<SiteRef LocationOID="UBC"/></SubjectData></ClinicalData>
<ClinicalData StudyOID="OTHER" MetaDataVersionOID="16" x:AuditSubCategoryName="Entered"><SubjectData SubjectKey="S-1"><SiteRef LocationOID="UBC"/><StudyEventData StudyEventOID="SCREEN" StudyEventRepeatKey="SCREEN[1]"><FormData FormOID="DM" FormRepeatKey="1"><ItemGroupData ItemGroupOID="DM"><ItemData ItemOID="DM.SEX" TransactionType="Upsert" Value="MALE">` + by + `</ItemData></ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData>
<ClinicalData StudyOID="OTHER" MetaDataVersionOID="16" x:AuditSubCategoryName="QueryOpen"><SubjectData SubjectKey="S-1"><SiteRef LocationOID="UBC"/><StudyEventData StudyEventOID="SCREEN" StudyEventRepeatKey="SCREEN[1]"><FormData FormOID="DM" FormRepeatKey="1"><ItemGroupData ItemGroupOID="DM"><ItemData ItemOID="DM.SEX" TransactionType="Upsert">` + by + `<x:Query Value="Sure?" Status="Open"/></ItemData></ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData>
<ClinicalData StudyOID="OTHER" MetaDataVersionOID="16" x:AuditSubCategoryName="Entered"><SubjectData SubjectKey="S-1"><SiteRef LocationOID="UBC"/><StudyEventData StudyEventOID="SCREEN" StudyEventRepeatKey="SCREEN[1]"><FormData FormOID="DM" FormRepeatKey="1"><ItemGroupData ItemGroupOID="DM"><ItemData ItemOID="DM.SEX" TransactionType="Upsert" Value="FEMALE">` + by + `</ItemData></ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData>
`
const by = `<AuditRecord><UserRef UserOID="rave"/><LocationRef LocationOID="UBC"/><DateTimeStamp>2008-12-04T16:58:51</DateTimeStamp><ReasonForChange>as told</ReasonForChange><SourceID>1</SourceID></AuditRecord>`

func TestTransactionsOfAnotherSystemAreReplayed(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := empty(t, engine)
			h.foreign([]byte(transactions), "OTHER", 5) // four, and the enrolment
		})
	}
}

// Rave's sample has 1,113 transactions and no definitions.
func TestRavesTransactionsAreReplayed(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(filepath.Join(cmp.Or(os.Getenv("CASEBOOK_CORPUS"), "../../../shared/data"), "edc/odm/rave_clinical_audit_records.xml"))
	if err != nil {
		t.Skip("the collection of files is not there")
	}
	if n := bytes.Count(file, []byte("<AuditRecord>")); n != 1113 {
		t.Fatalf("the file has %d transactions", n)
	}
	h := empty(t, storetest.Engines[0])
	h.foreign(file, "Mediflex", 1113+len(seen(regexp.MustCompile(`SubjectKey="([^"]+)"`), file)))
}

func seen(what *regexp.Regexp, file []byte) map[string]bool {
	all := map[string]bool{}
	for _, m := range what.FindAllSubmatch(file, -1) {
		all[string(m[1])] = true
	}
	return all
}

// foreign replays a file, looks at the casebooks after each of its transactions, and archives and reads them again.
func (h *house) foreign(file []byte, study casebook.StudyID, entries int) {
	h.t.Helper()
	a, err := ReadForeign(file)
	h.must(err)
	if len(a.Entries) != entries || !a.Inferred {
		h.t.Fatalf("%d entries, want %d; inferred %v", len(a.Entries), entries, a.Inferred)
	}
	h.must(h.replay().Run(h.ctx, a, false))
	if !h.db.Postgres() { // where entries wait for their place, those of one moment come in any order
		h.afterEach(study, a)
	}
	h.placeIn(study)
	c, err := Open(h.ctx, h.db, h.trials, study, time.Time{})
	h.must(err)
	var again bytes.Buffer
	h.must(archival(h.ctx, c, &again))
	odmtest.Valid(h.t, "../..", "odm-1.3.2/ODM1-3-2.xsd", again.Bytes())
	b, err := ReadArchive(again.Bytes())
	h.must(err)
	if len(b.Entries) != len(a.Entries) || b.Digests.Trail != a.Digests.Trail || !h.db.Postgres() && b.Digests != a.Digests {
		h.t.Errorf("exported again: %d entries, digests %v; were %d, %v", len(b.Entries), b.Digests, len(a.Entries), a.Digests)
	}
}

// afterEach holds the casebook as of every entry against a list of values that is kept beside.
func (h *house) afterEach(study casebook.StudyID, a *Archive) {
	var first int64
	h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
		size, err := ledger.Size(h.ctx, tx, study)
		first = size - int64(len(a.Entries)) - 1 // the last says that it was replayed
		return err
	}))
	values := map[casebook.SubjectID]map[string]string{}
	for i, e := range a.Entries {
		of := values[e.Subject]
		if of == nil {
			of = map[string]string{}
			values[e.Subject] = of
		}
		if e.What == record.Saved {
			var c record.Change
			h.must(json.Unmarshal([]byte(e.New), &c))
			for _, v := range c.Items {
				if of[e.Ref+"/"+v.Group+"/"+v.Repeat+"/"+v.Item] = v.Value; v.Value == "" {
					delete(of, e.Ref+"/"+v.Group+"/"+v.Repeat+"/"+v.Item)
				}
			}
		}
		p, err := h.forms.Casebook(h.ctx, study, e.Subject, record.Moment{Size: first + int64(i) + 1})
		h.must(err)
		got := map[string]string{}
		for _, f := range p.Forms {
			for _, k := range f.Items {
				got[f.Ref()+"/"+k.Group+"/"+k.Repeat+"/"+k.Item] = k.Value.Value
			}
		}
		if !maps.Equal(got, of) {
			h.t.Fatalf("after entry %d (%s) the casebook of %s holds %v, want %v", i, e.What, e.Subject, got, of)
		}
	}
}

// The control: what was altered in a file does not come back.
func TestAnAlteredArchiveIsRefused(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.Engines[0])
	h.eventful()
	file := h.write("odm1.3.2-archival", time.Time{})
	for name, change := range map[string][2]string{
		"a value": {`Value="246"`, `Value="146"`}, "a reason": {"typing error", "as told by phone"}, "who signed": {"zhouning", "linyue"}, "a file": {archivedFile, "said "}, "nothing is told": {archivedEntry, "said "},
	} {
		altered := bytes.ReplaceAll(file, []byte(change[0]), []byte(change[1]))
		if bytes.Equal(altered, file) {
			t.Errorf("%s: there is no %s", name, change[0])
		}
		a, err := ReadArchive(altered)
		if err == nil {
			second := empty(t, storetest.Engines[0])
			err = second.replay().Run(second.ctx, a, false)
		}
		if kind := casebook.KindOf(err); kind != casebook.Unprocessable && kind != casebook.Invalid {
			t.Errorf("%s is changed: %v", name, err)
		}
	}
}
