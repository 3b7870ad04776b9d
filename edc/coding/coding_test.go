package coding

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

func said(err error) string {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return strings.TrimSpace(e.Code + " " + e.Place)
	}
	return fmt.Sprint(err)
}

func TestATextIsComparedInOneForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{" Head\u3000 Ache ": "head ache", "ＨＥＡＤＡＣＨＥ（头痛）": "headache(头痛)", "Ｃｏｖｉｄ－１９": "covid-19", "": ""} {
		if got := Plain(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"头痛 headache": "头痛|headache", "headache (头痛)": "头痛|headache", "头痛": "", "headache": "", "2 型糖尿病 type 2": "", "2 型": "型|2"} {
		han, other, ok := halves(text)
		if got := strings.TrimSuffix(han+"|"+other, "|"); got != want || ok != (want != "") {
			t.Errorf("%q: %q", text, got)
		}
	}
	long := strings.Repeat("药", 500)
	if a, b := indexed(long), indexed(long+"片"); a == b || len(a) > 700 || indexed("药") != "药" {
		t.Errorf("long texts: %q %q", a, b)
	}
}

// with is a folder of the demo's dictionary with one file changed.
func with(kind, file, old, text string) fs.FS {
	from := demo.Dictionary(kind, "demo-1.0", "en")
	m := fstest.MapFS{}
	entries, _ := fs.ReadDir(from, ".")
	for _, e := range entries {
		b, _ := fs.ReadFile(from, e.Name())
		if e.Name() == file {
			b = bytes.Replace(b, []byte(old), []byte(text), 1)
		}
		m[e.Name()] = &fstest.MapFile{Data: b}
	}
	return m
}

func TestAFileThatIsNoneIsRefusedAtItsLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, file, old, text, want string }{
		{"meddra", "llt.asc", "92002$Giddiness$91001", "92002$Giddiness", "coding.file_parent llt.asc, line 2"},
		{"meddra", "llt.asc", "92002$Giddiness$91001$$$$$$$Y$$", "92002$Giddiness", "coding.file_fields llt.asc, line 2"},
		{"meddra", "llt.asc", "92002$Giddiness", "92002$", "coding.file_name llt.asc, line 2"},
		{"meddra", "llt.asc", "92002$", "91001$", "coding.file_twice llt.asc, line 2"},
		{"meddra", "llt.asc", "$91001$$$$$$$Y", "$91001$$$$$$$1", "coding.file_currency llt.asc, line 1"},
		{"meddra", "llt.asc", "Giddiness", "Gid\x00diness", "coding.file_nul llt.asc, line 2"},
		{"meddra", "mdhier.asc", "91001$", "9 1001$", "coding.file_code mdhier.asc, line 1"},
		{"whodrug", "DD.txt", "90000201", "9000020é", "coding.file_code DD.txt, line 3"},
		{"whodrug", "DD.txt", "Omeprazole", "", "coding.file_columns DD.txt, line 6"},
		{"whodrug", "INA.txt", "X01    2", "X01    7", "coding.file_level INA.txt, line 2"},
		{"whodrug", "DDA.txt", "X02AA", "X09AA", "coding.file_parent DDA.txt, line 3"},
	} {
		if _, err := Read(Kind(c.kind), "en", with(c.kind, c.file, c.old, c.text)); said(err) != c.want {
			t.Errorf("%s %q: %s, want %s", c.file, c.text, said(err), c.want)
		}
	}
	if _, err := Read(MedDRA, "en", fstest.MapFS{"LLT.ASC": {}}); said(err) != "coding.file_missing mdhier.asc" {
		t.Error(err)
	}
	// An older distribution is in Latin-1.
	terms, err := Read(MedDRA, "en", with("meddra", "llt.asc", "Giddiness", "Giddin\xe9ss"))
	if err != nil || terms[14].Name != "Giddinéss" {
		t.Errorf("Latin-1: %v %v", terms, err)
	}
	// Columns are characters, whatever they take in UTF-8.
	terms, err = Read(WHODrug, "en", fstest.MapFS{"INA.txt": {Data: []byte("X01    2Fats\n")}, "DDA.txt": {Data: nil}, "DD.txt": {Data: []byte("90000101001 \xe9\xe9                Caf\xe9ine\n")}})
	if err != nil || len(terms) != 1 || terms[0].Code != "90000101001" || terms[0].Name != "Caféine" {
		t.Errorf("columns: %+v %v", terms, err)
	}
	if version, language, err := MedDRARelease(demo.Dictionary("meddra", "demo-1.1", "zh-CN")); version != "demo-1.1" || language != "Chinese" || err != nil {
		t.Error(version, language, err)
	}
}

func FuzzReadDictionary(f *testing.F) {
	f.Add("91001$90011$90011$90001$a$b$c$d$e$$90001$Y$", "91001$Dizziness$91001$$$$$$$Y$$", true)
	f.Add("X01    2Fats\n", "900001010010N26CB01N/A         Name\n", false)
	f.Add("0000A0010", "0000000000000000A0000000000\x80\xff", false)
	f.Fuzz(func(t *testing.T, above, terms string, meddra bool) {
		kind, folder := WHODrug, fstest.MapFS{"ina.txt": {Data: []byte(above)}, "dd.TXT": {Data: []byte(terms)}, "DDA.txt": {Data: []byte(terms)}}
		if meddra {
			kind, folder = MedDRA, fstest.MapFS{"mdhier.asc": {Data: []byte(above)}, "llt.asc": {Data: []byte(terms)}}
		}
		all, err := Read(kind, "en", folder)
		if err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid || e.Place == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, term := range all {
			if term.Code == "" || term.Name == "" || len(term.Paths) == 0 || term.Paths[0][0].Code != term.Code {
				t.Fatalf("%+v", term)
			}
		}
		_ = rowsOf(Dictionary{}, all).digest()
	})
}

const study casebook.StudyID = "HTN-24"

// desk is the study HTN-24 with the invented dictionaries, and a coder at it.
type desk struct {
	*testing.T
	*Service
	ctx     context.Context
	clock   *casebook.Clock
	trials  *trial.Service
	subject casebook.SubjectID
	read    int64 // entries that the follower has seen
}

func both(t *testing.T, fn func(d *desk)) {
	t.Helper()
	clock := casebook.NewClock(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
	storetest.Both(t, world, []fs.FS{ledger.Migrations, patient.Migrations, trial.Migrations, record.Migrations, Migrations}, func(t *testing.T, db *store.DB) {
		l := ledger.New(db, ledger.Options{})
		d := &desk{T: t, clock: clock, trials: trial.New(l, patient.New(l))}
		d.Service = New(l, record.New(l, d.trials))
		d.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "hexiao", Role: "datamanager", Location: "sponsor"})
		definition, _, err := odm132.Read(bytes.NewReader(demo.Study()))
		d.must(err)
		_, err = d.trials.Import(d.ctx, definition, trial.Training)
		d.must(err)
		_, err = d.trials.AddSite(d.ctx, study, trial.Site{ID: "03", Name: odm.Text{"en": "Qinghe"}, Zone: "Asia/Shanghai", State: trial.Active})
		d.must(err)
		p, err := d.trials.Enrol(d.ctx, study, patient.Enrolment{Site: "03"})
		d.must(err)
		d.subject = p.ID
		for _, language := range []string{"en", "zh-CN"} {
			d.load("meddra", "demo-1.0", language)
			d.load("whodrug", "demo-1.0", language)
		}
		d.must(d.Set(d.ctx, study, Setup{Items: []Item{{Item: "IT.AETERM", Kind: MedDRA, Context: []string{"IT.AESEV"}}, {Item: "IT.CMTRT", Kind: WHODrug, Context: []string{"IT.CMINDC"}}},
			Versions: map[Kind]string{MedDRA: "demo-1.0", WHODrug: "demo-1.0"}}, ""))
		fn(d)
	})
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) want(err error, code string) {
	d.Helper()
	if said(err) != code {
		d.Errorf("got %s, want %s", said(err), code)
	}
}

func (d *desk) load(kind, version, language string) Dictionary {
	d.Helper()
	terms, err := Read(Kind(kind), language, demo.Dictionary(kind, version, language))
	d.must(err)
	loaded, err := d.Load(d.ctx, Dictionary{Kind: Kind(kind), Version: version, Language: language}, terms)
	d.must(err)
	return loaded
}

// write has the site write a term.
func (d *desk) write(form, n, item, text string, more ...string) {
	d.Helper()
	key := record.Key{Study: study, Subject: d.subject, Event: "E." + form, EventRepeat: "1", Form: "F." + form, FormRepeat: n}
	items := []record.Value{{Group: "IG." + form, Repeat: "1", Item: item, Value: text}}
	for i := 0; i+1 < len(more); i += 2 {
		items = append(items, record.Value{Group: "IG." + form, Repeat: "1", Item: more[i], Value: more[i+1]})
	}
	_, err := d.forms.Save(d.ctx, record.Save{Key: key, Expect: -1, Reason: "as the source says", Items: items})
	d.must(err)
}

// stand is every value with its state and code, in the order of the casebook.
func (d *desk) stand() (all []string, found []Occurrence) {
	d.Helper()
	_, found, err := d.List(d.ctx, study, ScopeAll)
	d.must(err)
	for _, o := range found {
		code := ""
		if o.Kept != nil {
			code = " " + o.Kept.Code() + " " + string(o.Kept.Source)
		}
		all = append(all, o.Verbatim+": "+string(o.State)+code)
	}
	return all, found
}

func (d *desk) stands(want ...string) []Occurrence {
	d.Helper()
	got, found := d.stand()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		d.Errorf("got  %s\nwant %s", strings.Join(got, "; "), strings.Join(want, "; "))
	}
	return found
}

func spotOf(o Occurrence) Spot { return Spot{o.Key.Subject, o.Place(), o.changes(), o.Verbatim} }

// verify is what verification says of this package's rows.
func (d *desk) verify(of casebook.StudyID) (found []string) {
	d.Helper()
	d.must(d.ledger.Seal(d.ctx, of))
	d.must(d.ledger.DB().View(d.ctx, func(tx *store.Tx) error {
		fold := NewFold(of)
		if _, err := ledger.Each(d.ctx, tx, of, 0, 10_000, func(e *ledger.Entry) error { fold.Entry(e); return nil }); err != nil {
			return err
		}
		all, err := fold.Compare(d.ctx, tx)
		for _, f := range all {
			found = append(found, f.Table+" "+f.Row+" "+strings.SplitN(f.What, ":", 2)[0])
		}
		return err
	}))
	return found
}

// From the loaded files to codes, decisions, synonyms, a changed text, and what verification makes of all of it.
func TestWhatTheSitesWroteIsCoded(t *testing.T) {
	t.Parallel()
	both(t, func(d *desk) {
		d.write("AE", "1", "IT.AETERM", "ＨＥＡＤＡＣＨＥ ", "IT.AESEV", "MILD")
		d.write("AE", "2", "IT.AETERM", "干咳 Dry cough")
		d.write("AE", "3", "IT.AETERM", "面部潮红 Flushing")
		d.write("AE", "4", "IT.AETERM", "The runs")
		d.write("CM", "1", "IT.CMTRT", "Glucolenta", "IT.CMINDC", "diabetes")
		d.write("CM", "2", "IT.CMTRT", "ibuprofen")
		n, err := d.Auto(d.ctx, study, ScopeAll)
		d.must(err)
		if n != 3 {
			d.Errorf("%d coded", n)
		}
		found := d.stands("ＨＥＡＤＡＣＨＥ : coded 91002 exact", "干咳 Dry cough: coded 92018 exact", "面部潮红 Flushing: todo", "The runs: todo",
			"Glucolenta: coded 90000201002 exact", "ibuprofen: todo")
		path := found[1].Kept.Path
		if len(path) != 5 || path[1].Name["zh-CN"] != "咳嗽" || path[1].Name["en"] != "Cough" || path[4].Level != "soc" || path[4].Code != "90004" {
			d.Errorf("the path of a cough: %v", path)
		}
		if drug := found[4]; len(drug.Kept.Path) != 6 || drug.Kept.Path[1].Name["en"] != "Metformin" || drug.Kept.Path[2].Code != "X02AA" || len(drug.Context) != 1 || drug.Context[0].Value != "diabetes" {
			d.Errorf("the path of a drug: %+v", drug)
		}
		d.decideByHand(found)
		d.reads(found[2], found[2].Verbatim, "92012")
		d.reads(found[2], "Flush", "")           // not what the form says
		d.reads(found[1], found[1].Verbatim, "") // its text has changed since
		d.tamper()
	})
}

func (d *desk) decideByHand(found []Occurrence) {
	d.Helper()
	flush, runs, ibuprofen, headache := found[2], found[3], found[5], found[0]
	decide := func(o Occurrence, c Choice) error {
		c.Spots = append(c.Spots, spotOf(o))
		return d.Decide(d.ctx, study, ScopeAll, c)
	}
	d.want(decide(runs, Choice{Code: "92010"}), "coding.not_current code")
	d.want(decide(runs, Choice{Code: "99999"}), "coding.term_unknown code")
	d.want(decide(ibuprofen, Choice{Code: "90000401001"}), "coding.class class")
	d.want(decide(headache, Choice{Code: "92004"}), "coding.reason reason")
	d.want(d.Decide(d.ctx, study, Scope{Sites: []casebook.SiteID{"01"}}, Choice{Spots: []Spot{spotOf(runs)}, Code: "91005"}), "coding.value_unknown "+runs.Place())
	d.must(decide(ibuprofen, Choice{Code: "90000401001", Class: "Y02AA"}))
	d.must(decide(flush, Choice{Code: "92012", Remember: true}))
	d.want(decide(flush, Choice{Code: "91007"}), "coding.forestalled "+flush.Place())
	d.must(decide(headache, Choice{Reason: "a migraine, by the letter"})) // taken back
	d.must(d.Ask(d.ctx, study, ScopeAll, spotOf(runs), odm.Text{"en": "What is meant?"}))

	// Another proposes nothing new, and only another may approve.
	d.want(d.Step(d.ctx, study, MedDRA, Plain(flush.Verbatim), Approved, ""), "coding.own")
	other := casebook.WithActor(d.ctx, casebook.Actor{User: "jiangtao", Role: "projectmanager", Location: "sponsor"})
	d.must(d.Step(other, study, MedDRA, Plain(flush.Verbatim), Approved, ""))
	d.write("AE", "5", "IT.AETERM", "面部潮红  flushing")
	d.write("AE", "2", "IT.AETERM", "干咳 cough") // the two halves name two terms
	n, err := d.Auto(d.ctx, study, ScopeAll)
	d.must(err)
	if n != 1 {
		d.Errorf("%d coded", n)
	}
	d.stands("ＨＥＡＤＡＣＨＥ : todo  person", "干咳 cough: changed 92018 exact", "面部潮红 Flushing: coded 92012 person", "The runs: todo",
		"面部潮红  flushing: coded 92012 synonym", "Glucolenta: coded 90000201002 exact", "ibuprofen: coded 90000401001 person")
	if got := d.verify(study); len(got) > 0 {
		d.Errorf("verification: %v", got)
	}
	if got := d.verify(casebook.Platform); len(got) > 0 {
		d.Errorf("verification of the dictionaries: %v", got)
	}
}

// reads looks at a value's row as a report of its event does.
func (d *desk) reads(o Occurrence, text, code string) {
	d.Helper()
	d.must(d.ledger.DB().View(d.ctx, func(tx *store.Tx) error {
		got, err := d.Coded(d.ctx, tx, study, o.Key.Subject, o.Key.Ref(), o.Repeat, text, MedDRA)
		if got.Code() != code {
			d.Errorf("%s is read as %q, want %q", o.Place(), got.Code(), code)
		}
		return err
	}))
}

// tamper changes rows behind the ledger: each is named.
func (d *desk) tamper() {
	d.Helper()
	d.must(d.ledger.DB().Update(d.ctx, func(tx *store.Tx) error {
		for _, sql := range []string{`UPDATE coding_value SET coded_by = 'nobody' WHERE study_id = $1 AND place LIKE 'E.AE/1/F.AE/3%'`, `DELETE FROM coding_value WHERE study_id = $1 AND place LIKE 'E.CM/1/F.CM/1%'`,
			`DELETE FROM coding_synonym WHERE study_id = $1`, `UPDATE coding_setup SET doc = '{}' WHERE study_id = $1`} {
			if _, err := tx.Exec(d.ctx, sql, study); err != nil {
				return err
			}
		}
		_, err := tx.Exec(d.ctx, `UPDATE coding_entry SET name = 'Cough' WHERE release = $1 AND language = 'en' AND code = '92018'`, "meddra/demo-1.0")
		return err
	}))
	want := fmt.Sprintf("[coding_setup setup altered coding_value %s E.AE/1/F.AE/3/IG.AE/1/IT.AETERM altered coding_synonym meddra/面部潮红 flushing removed coding_value %s E.CM/1/F.CM/1/IG.CM/1/IT.CMTRT removed]", d.subject, d.subject)
	if got := fmt.Sprint(d.verify(study)); got != want {
		d.Errorf("got  %s\nwant %s", got, want)
	}
	if got := fmt.Sprint(d.verify(casebook.Platform)); got != "[coding_entry meddra/demo-1.0/en altered]" {
		d.Errorf("a term that was altered: %s", got)
	}
}

// followed has the follower read what it has not read yet.
func (d *desk) followed() {
	d.Helper()
	d.must(d.ledger.Seal(d.ctx, study))
	system := casebook.WithActor(d.ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	d.must(d.ledger.WriteNew(system, study, func(w *ledger.Writer) error {
		entries, err := ledger.Read(d.ctx, w.Tx, study, d.read, ledger.Batch)
		if err == nil {
			err = d.follow(system, w, entries)
		}
		d.read += int64(len(entries))
		return err
	}))
}

// Nobody presses a button: what has one meaning is coded as it is saved, a setup that asks for more codes it, and so does a synonym
// that is approved. What a person judged no machine touches.
func TestWhatHasOneMeaningIsCodedAsItIsSaved(t *testing.T) {
	t.Parallel()
	both(t, func(d *desk) {
		d.write("AE", "1", "IT.AETERM", "Headache")
		d.write("AE", "2", "IT.AETERM", "The runs")
		d.followed()
		found := d.stands("Headache: coded 91002 exact", "The runs: todo")
		if by := found[0].Kept.By; by != "system" {
			d.Errorf("coded by %s", by)
		}
		d.must(d.Decide(d.ctx, study, ScopeAll, Choice{Spots: []Spot{spotOf(found[1])}, Code: "92012", Remember: true}))
		d.write("AE", "1", "IT.AETERM", "Dry cough") // otherwise now, and as clear
		d.write("AE", "3", "IT.AETERM", "the runs")
		d.followed()
		found = d.stands("Dry cough: coded 92018 exact", "The runs: coded 92012 person", "the runs: todo")
		d.must(d.Decide(d.ctx, study, ScopeAll, Choice{Spots: []Spot{spotOf(found[0])}, Reason: "not dry"}))
		other := casebook.WithActor(d.ctx, casebook.Actor{User: "jiangtao", Role: "projectmanager", Location: "sponsor"})
		d.must(d.Step(other, study, MedDRA, "the runs", Approved, ""))
		d.followed()
		d.stands("Dry cough: todo  person", "The runs: coded 92012 person", "the runs: coded 92012 synonym")

		setup, _, err := d.List(d.ctx, study, ScopeAll)
		d.must(err)
		drugs := setup.Items[1]
		setup.Items = setup.Items[:1]
		d.must(d.Set(d.ctx, study, setup, "adverse events first"))
		d.write("CM", "1", "IT.CMTRT", "Glucolenta")
		d.followed()
		setup.Items = append(setup.Items, drugs)
		d.must(d.Set(d.ctx, study, setup, "medicines, too"))
		d.stands("Dry cough: todo  person", "The runs: coded 92012 person", "the runs: coded 92012 synonym", "Glucolenta: coded 90000201002 exact")
		if got := d.verify(study); len(got) > 0 {
			d.Errorf("verification: %v", got)
		}
	})
}

// A study goes over to another version of its dictionary, which moved one term, renamed one and keeps one for old data only.
func TestAStudyGoesOverToAnotherVersionOfItsDictionary(t *testing.T) {
	t.Parallel()
	both(t, func(d *desk) {
		for _, language := range []string{"en", "zh-CN"} {
			d.load("meddra", "demo-1.1", language)
		}
		d.write("AE", "1", "IT.AETERM", "Headache")
		d.write("AE", "2", "IT.AETERM", "Dry cough")
		d.write("AE", "3", "IT.AETERM", "Flushing")
		d.write("AE", "4", "IT.AETERM", "Rash")
		d.write("AE", "5", "IT.AETERM", "Headache")
		d.write("CM", "1", "IT.CMTRT", "Glucolenta")
		_, err := d.Auto(d.ctx, study, ScopeAll)
		d.must(err)
		before := d.stands("Headache: coded 91002 exact", "Dry cough: coded 92018 exact", "Flushing: coded 91007 exact", "Rash: coded 91012 exact", "Headache: coded 91002 exact",
			"Glucolenta: coded 90000201002 exact")
		d.write("AE", "5", "IT.AETERM", "Something else") // what was written otherwise since is not carried over
		told, err := d.Upgrade(d.ctx, study, MedDRA, "demo-1.1")
		d.must(err)
		fates := []string{}
		for _, s := range told {
			fates = append(fates, fmt.Sprint(s.Was[0].Code, " ", s.Fate, " ", s.Values))
		}
		if got := strings.Join(fates, ", "); got != "91002 same 1, 91007 moved 1, 91012 renamed 1, 92018 not_current 1" {
			d.Errorf("told %s", got)
		}
		_, err = d.Upgrade(d.ctx, study, MedDRA, "demo-9")
		d.want(err, "coding.setup_version version")
		d.stands("Headache: coded 91002 exact", "Dry cough: coded 92018 exact", "Flushing: coded 91007 exact", "Rash: coded 91012 exact", "Something else: changed 91002 exact",
			"Glucolenta: coded 90000201002 exact")

		setup, _, err := d.List(d.ctx, study, ScopeAll)
		d.must(err)
		setup.Versions = map[Kind]string{MedDRA: "demo-1.1", WHODrug: "demo-1.0"}
		d.want(d.Set(d.ctx, study, setup, ""), "coding.reason reason")
		d.must(d.Set(d.ctx, study, setup, "the half-yearly version"))
		after := d.stands("Headache: coded 91002 exact", "Dry cough: outdated 92018 exact", "Flushing: coded 91007 exact", "Rash: coded 91012 exact", "Something else: changed 91002 exact",
			"Glucolenta: coded 90000201002 exact")
		flushing := after[2].Kept
		if was := before[2].Kept; was.Path[4].Code != "90003" || flushing.Path[4].Code != "90005" || flushing.Version != "demo-1.1" || flushing.Changes != 2 {
			d.Errorf("flushing stood at %+v, stands at %+v", was, flushing)
		}
		if name := after[3].Kept.Path[0].Name["en"]; name != "Skin rash" {
			d.Errorf("a rash is called %q", name)
		}
		if glucose := after[5].Kept; glucose.Changes != 1 {
			d.Errorf("the other dictionary did not change, and its codes did: %+v", glucose)
		}
		if got := d.verify(study); len(got) > 0 {
			d.Errorf("verification: %v", got)
		}
	})
}
