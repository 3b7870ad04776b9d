package upload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"go.uber.org/goleak"
)

// TestMain is also the server that TestALargeFileOutlivesItsServers kills.
func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		rows, err := strconv.ParseInt(os.Getenv(childRows), 10, 64)
		if err == nil {
			err = serveLarge(path, rows)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

const study casebook.StudyID = "PILOT"

var migrations = []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, record.Migrations, Migrations}

// archive is a study that runs elsewhere and is watched here: two sites, forms for DM, VS and AE.
type archive struct {
	*Service
	t   *testing.T
	ctx context.Context
}

func both(t *testing.T, fn func(t *testing.T, a *archive)) {
	world := casebook.Outside()
	storetest.Both(t, world, migrations, func(t *testing.T, db *store.DB) {
		l := ledger.New(db, ledger.Options{})
		trials := trial.New(l, patient.New(l))
		a := &archive{New(l, record.New(l, trials), trials), t, casebook.WithActor(t.Context(), casebook.Actor{User: "linyue", Role: "coordinator", Location: "701"})}
		def, left, err := Define(string(study), "A pilot", []Head{
			{"DM", strings.Split("STUDYID,USUBJID,SITEID,RFSTDTC,SEX,ARM", ",")},
			{"VS", strings.Split("USUBJID,VSSEQ,VSTESTCD,VSORRES,VSSTRESN,VISITNUM", ",")},
			{"AE", strings.Split("USUBJID,AESEQ,AETERM", ",")}})
		a.must(err)
		if !slices.Equal(left, []string{"ARM"}) {
			t.Errorf("left out is %v: what would unblind, and nothing else", left)
		}
		_, err = trials.Import(a.ctx, def, "TRAINING")
		a.must(err)
		for _, id := range []casebook.SiteID{"701", "702"} {
			_, err = trials.AddSite(a.ctx, study, trial.Site{ID: id, Name: odm.Text{"en": "Hospital"}, Zone: "UTC"})
			a.must(err)
		}
		fn(t, a)
	})
}

func (a *archive) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func code(err error) string {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

func idOf(file string) string {
	var d Digest
	_, _ = d.Write([]byte(file))
	return d.ID()
}

func pieceOf(file string, n int64) []byte {
	return []byte(file[n*PieceSize : min(int64(len(file)), (n+1)*PieceSize)])
}

// send hands a file over, piece by piece.
func (a *archive) send(name, file string, at ...casebook.SiteID) Upload {
	a.t.Helper()
	return a.sendTo(name, file, false, at...)
}

func (a *archive) sendTo(name, file string, trial bool, at ...casebook.SiteID) Upload {
	a.t.Helper()
	u, err := a.Begin(a.ctx, study, idOf(file), name, int64(len(file)), at, trial)
	for err == nil && u.State == Receiving {
		u, err = a.Put(a.ctx, study, u.ID, u.Pieces, pieceOf(file, u.Pieces))
	}
	a.must(err)
	return u
}

// work waits until all that was sent is read to its end.
func (a *archive) work() {
	a.t.Helper()
	for did := true; did; {
		var err error
		did, err = a.Work(a.ctx)
		a.must(err)
	}
}

func (a *archive) bring(name, file string, at ...casebook.SiteID) (Upload, []Finding) {
	a.t.Helper()
	u := a.send(name, file, at...)
	a.work()
	u, err := a.Get(a.ctx, study, u.ID)
	a.must(err)
	found, err := a.Findings(a.ctx, study, u.ID)
	a.must(err)
	return u, found
}

func (a *archive) saves() (n int) {
	a.t.Helper()
	a.must(a.ledger.Seal(a.ctx, study))
	a.must(a.db.View(a.ctx, func(tx *store.Tx) error {
		entries, err := ledger.Read(a.ctx, tx, study, 0, 100_000)
		for _, e := range entries {
			if e.What == record.Saved {
				n++
			}
		}
		return err
	}))
	return n
}

// intact compares the files and the forms with the ledger.
func (a *archive) intact() []ledger.Finding {
	a.t.Helper()
	a.must(a.ledger.Seal(a.ctx, study))
	var all []ledger.Finding
	for _, f := range []ledger.Fold{NewFold(study), record.NewFold(study)} {
		a.must(a.db.View(a.ctx, func(tx *store.Tx) error {
			entries, err := ledger.Read(a.ctx, tx, study, 0, 100_000)
			if err != nil {
				return err
			}
			for i := range entries {
				f.Entry(&entries[i])
			}
			found, err := f.Compare(a.ctx, tx)
			all = append(all, found...)
			return err
		}))
	}
	return all
}

const people = "STUDYID,USUBJID,SITEID,RFSTDTC,SEX,ARM\nPILOT,01-701-1,701,2014-01-02,F,Placebo\nPILOT,01-702-1,702,2014-02-03,M,Drug\n"

// readings are vital signs of both subjects, n each, over three visits.
func readings(n int) string {
	var b strings.Builder
	b.WriteString("USUBJID,VSSEQ,VSTESTCD,VSORRES,VSSTRESN,VISITNUM\r\n")
	for _, who := range []string{"01-701-1", "01-702-1"} {
		for i := range n {
			fmt.Fprintf(&b, "%s,%d,SYSBP,%d,%d,%d\r\n", who, i+1, 110+i%40, 110+i%40, 1+i%3)
		}
	}
	return b.String()
}

// A large file comes in pieces, is gone on with where it stopped, is checked against its digest, and is taken in once.
func TestAFileIsUploadedInPiecesAndTakenInOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *archive) {
		if u, _ := a.bring("dm.csv", people); u.State != Done || u.Format != FormatSDTM || u.Tally.Enrolled != 2 || u.Tally.Rows != 2 {
			t.Fatalf("the subjects: %+v", u)
		}
		file := readings(30) + strings.Repeat("\r\n", PieceSize/2) // blank lines are no rows
		u, err := a.Begin(a.ctx, study, idOf(file), `C:\data\vs.csv`, int64(len(file)), nil, false)
		if err != nil || u.Name != "vs.csv" || u.State != Receiving || u.Pieces != 0 {
			t.Fatalf("begun as %+v %v", u, err)
		}
		if _, err := a.Put(a.ctx, study, u.ID, 1, pieceOf(file, 1)); code(err) != "upload.gap" {
			t.Errorf("a piece out of order: %v", err)
		}
		if _, err := a.Put(a.ctx, study, u.ID, 0, pieceOf(file, 0)[1:]); code(err) != "upload.piece" {
			t.Errorf("a piece too short: %v", err)
		}
		_, err = a.Put(a.ctx, study, u.ID, 0, pieceOf(file, 0))
		a.must(err)
		if again, err := a.Put(a.ctx, study, u.ID, 0, pieceOf(file, 0)); err != nil || again.Pieces != 1 {
			t.Errorf("a piece once more: %+v %v", again, err)
		}
		other := append([]byte("x"), pieceOf(file, 0)[1:]...)
		if _, err := a.Put(a.ctx, study, u.ID, 0, other); code(err) != "upload.piece_other" {
			t.Errorf("another piece in its place: %v", err)
		}
		if did, err := a.Work(a.ctx); did || err != nil {
			t.Errorf("half a file was worked on: %v %v", did, err)
		}
		u, found := a.bring("renamed.csv", file) // it goes on after the first piece
		if u.State != Done || u.Pieces != 2 || u.Tally.Changed != 2*30*3 || u.Tally.Forms != 6 || u.Tally.Aside != 0 || len(found) != 0 || u.Passed != u.Rows {
			t.Errorf("taken in: %+v %v", u, found)
		}
		n := a.saves()
		if again, _ := a.bring("vs.csv", file); again.State != Done || again.ChangedAt != u.ChangedAt {
			t.Errorf("the same bytes again are %+v", again)
		}
		if again, err := a.Again(a.ctx, study, u.ID); err != nil || again.State != Taking {
			t.Fatalf("read once more: %+v %v", again, err)
		}
		a.work()
		if again, err := a.Get(a.ctx, study, u.ID); err != nil || again.Tally.Changed != 0 || a.saves() != n {
			t.Errorf("read once more it changed %+v %v, %d saves, not %d", again.Tally, err, a.saves(), n)
		}
		if bad := a.intact(); len(bad) > 0 {
			t.Errorf("verification finds %v", bad)
		}
		a.must(a.db.Update(a.ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(a.ctx, `UPDATE upload_piece SET bytes = $3 WHERE study_id = $1 AND upload_id = $2 AND n = 0`, study, u.ID, other)
			return err
		}))
		if bad := a.intact(); len(bad) != 1 || bad[0].Row != u.ID {
			t.Errorf("of a piece that was altered verification finds %v", bad)
		}
	})
}

// What is bad in a file is told with its line and a code; what is good is taken in, and of what breaks off nothing is.
func TestBadRowsAreSetAsideWithTheirLineAndBrokenFilesAreRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *archive) {
		a.bring("dm.csv", people)
		vs := "USUBJID,VSSEQ,VSTESTCD,VSORRES,VSSTRESN,VISITNUM\n"
		ds := `{"name":"VS","records":2,"columns":[{"name":"USUBJID"},{"name":"VSSEQ"},{"name":"VSORRES"}],"rows":[`
		nd := strings.TrimSuffix(ds, `,"rows":[`) + "}\n"
		xml := `<ODM><ClinicalData StudyOID="PILOT"><SubjectData SubjectKey="01-701-1"><StudyEventData StudyEventOID="SE.STUDY"><FormData FormOID="F.AE"><ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="1"><ItemData ItemOID="IT.AE.AETERM" Value="COUGH"/></ItemGroupData></FormData>`
		for _, c := range []struct {
			name, file, state string
			changed           int64
			found             []string // line and code
		}{
			{"rows", vs + "01-701-1,1,SYSBP,120,120,1\n01-701-1,1,SYSBP,121,121,1\n01-999-9,1,SYSBP,120,120,1\n01-701-1,2,SYSBP,120,much,1\n01-701-1,3,SYSBP,1,1\n,4,SYSBP,1,1,1\n01-701-1,,SYSBP,1,1,1\n01-701-1,8,DIABP,80,80,1\n",
				Done, 6, []string{"3 upload.row_twice", "4 upload.subject_unknown", "5 odm.value.float", "6 upload.cells", "7 upload.no_subject", "8 upload.no_sequence"}},
			{"columns", "USUBJID,VSSEQ,VSORRES,VSMOOD\n01-701-1,11,5,good\n", Done, 1, []string{"1 upload.column_unknown"}},
			{"blinded", strings.Replace(people, ",F,", ",M,", 1), Done, 1, []string{"1 upload.column_blinded"}},
			{"no column of ours", "USUBJID,VSSEQ,VSMOOD\n01-701-1,1,good\n", Refused, 0, []string{"1 upload.columns"}},
			{"no domain", "USUBJID,XXSEQ,XXORRES\n01-701-1,1,1\n", Refused, 0, []string{"1 upload.domain_unknown"}},
			{"no subject", "VSSEQ,VSORRES\n1,1\n", Refused, 0, []string{"1 record.import_column"}},
			{"cut in a row", vs + "01-701-1,21,SYSBP,120,120,1\n01-701-1,22,SY", Refused, 0, []string{"3 upload.cut"}},
			{"cut in a quotation", vs + "01-701-1,21,SYSBP,120,120,1\n01-701-1,22,\"SYS\nBP", Refused, 0, []string{"3 upload.cut"}},
			{"a bare quotation mark", vs + "01-701-1,21,S\"YSBP,120,120,1\n", Refused, 0, []string{"2 record.import_csv"}},
			{"a row without an end", vs + "\"" + strings.Repeat("x", 3*maxRow), Refused, 0, []string{"2 upload.row_large"}},
			{"dataset", ds + `["01-701-1",31,"5"],` + "\n" + `["01-701-1",32]]}`, Done, 1, []string{"2 upload.cells"}},
			{"dataset cut", ds + `["01-701-1",33,"5"],` + "\n" + `["01-701-1",`, Refused, 0, []string{"2 upload.cut"}},
			{"dataset with too few", ds + `["01-701-1",34,"5"]]}`, Refused, 0, []string{"1 upload.records"}},
			{"lines", nd + "[\"01-701-1\",35,\"5\"]\n[\"01-701-1\",36,\"6\"]\n", Done, 2, nil},
			{"lines cut", nd + "[\"01-701-1\",37,\"5\"]\n", Refused, 0, []string{"2 upload.records"}},
			{"rows before columns", `{"name":"VS","rows":[["01-701-1"]]}`, Refused, 0, []string{"1 upload.json_order"}},
			{"values", "subject,event,form,item,value\n01-701-1,SE.STUDY,F.AE,IT.AE.AETERM,HEADACHE\n01-701-1,SE.STUDY,F.XX,IT.X,1\n", Done, 1, []string{"3 record.form_unknown"}},
			{"odm", xml + `</StudyEventData></SubjectData></ClinicalData></ODM>`, Done, 1, nil},
			{"odm cut", xml, Refused, 0, []string{"1 upload.cut"}},
			{"packed", "PK\x03\x04", Refused, 0, []string{"1 upload.format"}},
		} {
			n := a.saves()
			u, all := a.bring(c.name, c.file)
			var found []string
			for _, f := range all {
				found = append(found, fmt.Sprint(f.Line, " ", f.Code))
			}
			if u.State != c.state || u.Tally.Changed != c.changed || !slices.Equal(found, c.found) {
				t.Errorf("%s: %s, %d values, found %q, not %s, %d, %q", c.name, u.State, u.Tally.Changed, found, c.state, c.changed, c.found)
			}
			if c.state == Refused && a.saves() != n {
				t.Errorf("%s: refused, and yet something was saved", c.name)
			}
		}
		if bad := a.intact(); len(bad) > 0 {
			t.Errorf("verification finds %v", bad)
		}
	})
}

// A centre reaches its own subjects, and is not told who is elsewhere; what came too early is taken in later.
func TestACentreReachesItsOwnSubjectsAndARowMayComeTooEarly(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *archive) {
		file := readings(2)
		u, found := a.bring("vs.csv", file, "701")
		if u.Tally.Aside != 4 || len(found) != 4 {
			t.Fatalf("before anybody is known: %+v %v", u, found)
		}
		a.bring("dm.csv", people)
		if _, err := a.Again(a.ctx, study, u.ID); err != nil {
			t.Fatal(err)
		}
		a.work()
		u, err := a.Get(a.ctx, study, u.ID)
		a.must(err)
		found, err = a.Findings(a.ctx, study, u.ID)
		a.must(err)
		if u.Tally.Changed != 6 || u.Tally.Aside != 2 || len(found) != 2 || found[0].Code != "upload.subject_unknown" || found[0].Place != "01-702-1" {
			t.Errorf("afterwards: %+v %v", u, found)
		}
	})
}

// A trial says what taking a file in does, subjects whom it enrols included, and does nothing, over several commits and where
// it is interrupted. What becomes of the file is decided by whoever has seen that.
func TestATrialSaysWhatAFileWouldDoAndSomebodyDecides(t *testing.T) {
	t.Parallel()
	n := 8000
	if testing.Short() {
		n = 800
	}
	var b strings.Builder
	b.WriteString("USUBJID,SITEID,RFSTDTC,SEX\n")
	for i := range n {
		site := "701"
		if i == n/2 {
			site = "799"
		}
		fmt.Fprintf(&b, "01-701-%d,%s,2014-01-02,F\n", i, site)
	}
	file, bad := b.String(), int64(n/2+2)
	both(t, func(t *testing.T, a *archive) {
		nothing := a.saves()
		u := a.sendTo("dm.csv", file, true)
		if _, err := a.Decide(a.ctx, study, u.ID, true); code(err) != "upload.not_judged" {
			t.Errorf("decided on before it was judged: %v", err)
		}
		ctx, stop := context.WithCancel(a.ctx)
		var all sync.WaitGroup
		all.Go(func() {
			for ctx.Err() == nil {
				if now, err := a.Get(a.ctx, study, u.ID); err != nil || now.Passed > 0 {
					stop()
				}
			}
		})
		if _, err := a.Work(ctx); err != nil && !errors.Is(err, context.Canceled) && casebook.KindOf(err) != casebook.Gone {
			t.Fatal(err)
		}
		stop()
		all.Wait()
		a.work()
		told := func() (Upload, []Finding) {
			u, err := a.Get(a.ctx, study, u.ID)
			a.must(err)
			found, err := a.Findings(a.ctx, study, u.ID)
			a.must(err)
			return u, found
		}
		judged, would := told()
		if judged.State != Judged || judged.Tally.Enrolled != int64(n-1) || judged.Tally.Aside != 1 || len(would) != 1 || would[0].Line != bad || would[0].Code != "trial.site_unknown" {
			t.Fatalf("judged: %+v %+v", judged, would)
		}
		if got := a.saves(); got != nothing {
			t.Errorf("the trial saved %d forms", got-nothing)
		}
		if left, err := a.Decide(a.ctx, study, u.ID, false); err != nil || left.State != LeftOut || left.Tally.Rows != judged.Tally.Rows {
			t.Errorf("left out: %+v %v", left, err)
		}
		a.work()
		if _, err := a.Again(a.ctx, study, u.ID); err != nil {
			t.Fatal(err)
		}
		a.work()
		if again, found := told(); again.State != Judged || !reflect.DeepEqual(again.Tally, judged.Tally) || !reflect.DeepEqual(found, would) || a.saves() != nothing {
			t.Errorf("judged once more: %+v %+v", again, found)
		}
		if taken, err := a.Decide(a.ctx, study, u.ID, true); err != nil || taken.State != Taking {
			t.Fatalf("taken: %+v %v", taken, err)
		}
		a.work()
		if done, found := told(); done.State != Done || !reflect.DeepEqual(done.Tally, judged.Tally) || !reflect.DeepEqual(found, would) || int64(a.saves()-nothing) != done.Tally.Forms {
			t.Errorf("taken in: %+v %+v, not %+v %+v", done, found, judged, would)
		}
		if bad := a.intact(); len(bad) > 0 {
			t.Errorf("verification finds %v", bad)
		}
	})
}

// Work that is interrupted, and two processes at the same file, come to what one does that is left alone.
func TestAnInterruptedFileIsGoneOnWithAndNothingIsDoneTwice(t *testing.T) {
	t.Parallel()
	n := 2000
	if testing.Short() {
		n = 700
	}
	both(t, func(t *testing.T, a *archive) {
		a.bring("dm.csv", people)
		before := a.saves()
		u := a.send("vs.csv", readings(n))
		ctx, stop := context.WithCancel(a.ctx)
		var all sync.WaitGroup
		all.Go(func() {
			for ctx.Err() == nil {
				if now, err := a.Get(a.ctx, study, u.ID); err != nil || now.Passed > 0 {
					stop()
				}
			}
		})
		_, err := a.Work(ctx) // it may be done before it is stopped
		stop()
		all.Wait()
		if err != nil && !errors.Is(err, context.Canceled) && casebook.KindOf(err) != casebook.Gone {
			t.Fatal(err)
		}
		second := New(a.ledger, a.forms, a.trials)
		for _, s := range []*Service{a.Service, second} {
			all.Go(func() {
				for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
					now, err := s.Get(a.ctx, study, u.ID)
					if err != nil || now.State == Done {
						return
					}
					_, _ = s.Work(a.ctx)
				}
			})
		}
		all.Wait()
		u, err = a.Get(a.ctx, study, u.ID)
		if err != nil || u.State != Done || u.Tally.Changed != int64(2*n*3) || u.Tally.Rows != int64(2*n) {
			t.Errorf("in the end: %+v %v", u, err)
		}
		if got := int64(a.saves() - before); got != u.Tally.Forms {
			t.Errorf("%d saves, and %d are told of", got, u.Tally.Forms)
		}
	})
}

// While one process takes a step of a file, another comes to the same step: it waits, sees that it has been taken, and
// leaves the file and the casebooks as they are. (Without the row's lock it took the step too, and its tally wiped out
// that of the first.)
func TestAStepThatAnotherProcessTakesIsNotTakenTwice(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *archive) {
		a.bring("dm.csv", people)
		u := a.send("vs.csv", readings(1))
		st, err := a.forms.Study(a.ctx, study)
		a.must(err)
		a.must(a.check(a.ctx, study, st, &u))
		before := a.saves()
		a.must(storetest.Between(a.ctx, a.db, func(tx *store.Tx) error {
			first, err := find(a.ctx, tx, study, u.ID, tx.ForUpdate())
			if err != nil {
				return err
			}
			first.State, first.Passed, first.Tally.Rows = Done, 2, 2
			return first.keep(a.ctx, tx, study)
		}, func() {
			if did, err := a.Work(a.ctx); did || err != nil {
				t.Errorf("the second did something: %v %v", did, err)
			}
		}))
		u, err = a.Get(a.ctx, study, u.ID)
		a.must(err)
		if u.State != Done || u.Passed != 2 || u.Tally.Rows != 2 || u.Tally.Changed != 0 || a.saves() != before {
			t.Errorf("in the end: %+v, and %d saves", u, a.saves()-before)
		}
	})
}

// What a row costs, and how large the memory grows: bytes a second, and the heap at the end beside the file.
func BenchmarkAFileIsTakenIn(b *testing.B) {
	world := casebook.Outside()
	ctx := casebook.WithActor(b.Context(), casebook.Actor{User: "linyue", Role: "coordinator", Location: "701"})
	db, err := store.Open(ctx, "sqlite:"+b.TempDir()+"/bench.db", store.Options{World: world, Migrations: migrations})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	l := ledger.New(db, ledger.Options{})
	trials := trial.New(l, patient.New(l))
	s := New(l, record.New(l, trials), trials)
	def, _, err := Define(string(study), "A pilot", []Head{{"DM", []string{"USUBJID", "SITEID", "SEX"}}, {"VS", strings.Split("USUBJID,VSSEQ,VSTESTCD,VSORRES,VSSTRESN,VISITNUM", ",")}})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := trials.Import(ctx, def, "TRAINING"); err != nil {
		b.Fatal(err)
	}
	for _, id := range []casebook.SiteID{"701", "702"} {
		if _, err := trials.AddSite(ctx, study, trial.Site{ID: id, Name: odm.Text{"en": "Hospital"}, Zone: "UTC"}); err != nil {
			b.Fatal(err)
		}
	}
	take := func(name, file string) {
		u, err := s.Begin(ctx, study, idOf(file), name, int64(len(file)), nil, false)
		for err == nil && u.State == Receiving {
			u, err = s.Put(ctx, study, u.ID, u.Pieces, pieceOf(file, u.Pieces))
		}
		for did := true; did && err == nil; {
			did, err = s.Work(ctx)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	take("dm.csv", people)
	n := 0
	for b.Loop() {
		file := strings.ReplaceAll(readings(5000), ",SYSBP,", fmt.Sprintf("%d,SYSBP,", n)) // other rows each time
		n++
		b.SetBytes(int64(len(file)))
		take("vs.csv", file)
	}
}
