package upload

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"golang.org/x/sync/errgroup"
)

// large is a file of VS that is made while it is sent: each row has one kilobyte, so that any piece of it can be made alone. A
// subject has 200 rows, ten at each visit.
type large struct{ rows int64 }

const (
	largeHead = "USUBJID,VSSEQ,VSTESTCD,VSORRES,VSSTRESN,VISITNUM,VSREASND\r\n"
	largeRow  = 1 << 10
	perVisit  = 10
	perPerson = 200
)

func (f large) size() int64 { return int64(len(largeHead)) + f.rows*largeRow }

func (f large) row(i int64) string {
	k := i % perPerson
	row := fmt.Sprintf("01-701-%06d,%d,SYSBP,%d,%d,%d,", i/perPerson, k+1, 110+k%40, 110+k%40, 1+k/perVisit)
	return row + strings.Repeat("x", largeRow-2-len(row)) + "\r\n"
}

func (f large) piece(n int64) []byte {
	from, to := n*PieceSize, min(f.size(), (n+1)*PieceSize)
	var b strings.Builder
	at := int64(0)
	if n == 0 {
		b.WriteString(largeHead)
	} else {
		at = (from - int64(len(largeHead))) / largeRow
	}
	start := int64(0)
	if n > 0 {
		start = int64(len(largeHead)) + at*largeRow
	}
	for ; start+int64(b.Len()) < to; at++ {
		b.WriteString(f.row(at))
	}
	return []byte(b.String()[from-start : to-start])
}

func (f large) pieces() int64 { return (f.size() + PieceSize - 1) / PieceSize }

func (f large) id() string {
	var d Digest
	for n := range f.pieces() {
		_, _ = d.Write(f.piece(n))
	}
	return d.ID()
}

// people are a DM with everybody who has rows.
func (f large) people() string {
	var b strings.Builder
	b.WriteString("STUDYID,USUBJID,SITEID,RFSTDTC,SEX\n")
	for i := range (f.rows + perPerson - 1) / perPerson {
		fmt.Fprintf(&b, "PILOT,01-701-%06d,701,2014-01-02,F\n", i)
	}
	return b.String()
}

const (
	childFile = "CASEBOOK_UPLOAD_CHILD" // the database of a server that is to be killed
	childRows = "CASEBOOK_UPLOAD_ROWS"
	fullSize  = "CASEBOOK_UPLOAD_BYTES" // how large the file is; unset, a small one
)

func openLarge(ctx context.Context, path string) (*Service, *store.DB, error) {
	db, err := store.Open(ctx, "sqlite:"+path, store.Options{World: casebook.Outside(), Migrations: migrations, BatchTime: time.Minute})
	if err != nil {
		return nil, nil, err
	}
	l := ledger.New(db, ledger.Options{})
	trials := trial.New(l, patient.New(l))
	return New(l, record.New(l, trials), trials), db, nil
}

func operator(ctx context.Context) context.Context {
	return casebook.WithActor(ctx, casebook.Actor{User: "linyue", Role: "coordinator", Location: "701"})
}

// serveLarge is the server that is killed: it takes the file from where it is, and says where it is.
func serveLarge(path string, rows int64) error {
	ctx := operator(context.Background())
	s, _, err := openLarge(ctx, path)
	if err != nil {
		return err
	}
	f := large{rows}
	id := f.id()
	u, err := s.Begin(ctx, study, id, "vs.csv", f.size(), nil, false)
	for err == nil && u.State == Receiving {
		u, err = s.Put(ctx, study, id, u.Pieces, f.piece(u.Pieces))
		fmt.Println(u.State, u.Pieces, u.Passed, resident())
	}
	if err != nil {
		return err
	}
	var g errgroup.Group
	done := make(chan struct{})
	g.Go(func() error {
		defer close(done)
		for did := true; did; {
			var err error
			if did, err = s.Work(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-done:
			if err := g.Wait(); err != nil {
				return err
			}
			u, err := s.Get(ctx, study, id)
			fmt.Println(u.State, u.Pieces, u.Passed, resident())
			return err
		case <-look.C:
			if u, err := s.Get(ctx, study, id); err == nil {
				fmt.Println(u.State, u.Pieces, u.Passed, resident())
			}
		}
	}
}

// resident is the most memory that this process had, in megabytes; 0 where nobody says.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kb, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, _ := strconv.ParseInt(kb, 10, 64)
	return n >> 10
}

// mostMemory is what a server that takes a file in may have, however large the file: megabytes.
const mostMemory = 300

// A file of many megabytes (of two gigabytes where CASEBOOK_UPLOAD_BYTES says so) is sent to a server that is killed in the middle of its
// pieces, while it checks the file, and twice while it takes it in. Each time the next server goes on. In the end every row is in the
// casebooks once, and no server had more memory than it may.
func TestALargeFileOutlivesItsServers(t *testing.T) {
	t.Parallel()
	size := int64(8 << 20)
	if testing.Short() {
		size = 3 << 20
	}
	if text := os.Getenv(fullSize); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		size = n
	}
	f := large{(size - int64(len(largeHead))) / largeRow / perPerson * perPerson}
	path := filepath.Join(t.TempDir(), "casebook.db")
	s, db, err := openLarge(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	a := &archive{s, t, operator(t.Context())}
	def, _, err := Define(string(study), "A pilot", []Head{{"DM", []string{"USUBJID", "SITEID", "SEX"}}, {"VS", strings.Split("USUBJID,VSSEQ,VSTESTCD,VSORRES,VSSTRESN,VISITNUM", ",")}})
	a.must(err)
	_, err = s.trials.Import(a.ctx, def, "TRAINING")
	a.must(err)
	_, err = s.trials.AddSite(a.ctx, study, trial.Site{ID: "701", Name: odm.Text{"en": "Hospital"}, Zone: "UTC"})
	a.must(err)
	if u, _ := a.bring("dm.csv", f.people()); u.Tally.Enrolled != f.rows/perPerson {
		t.Fatalf("people: %+v", u)
	}
	kills := []struct {
		what string
		now  func(state string, pieces, passed int64) bool
	}{
		{"in the middle of its pieces", func(state string, pieces, _ int64) bool { return state == Receiving && pieces >= f.pieces()/2 }},
		{"while it checks the file", func(state string, _, _ int64) bool { return state == Checking }},
		{"while it takes the file in", func(state string, _, passed int64) bool { return state == Taking && passed >= f.rows/5 }},
		{"and once more", func(state string, _, passed int64) bool { return state == Taking && passed >= f.rows/2 }},
		{"", func(string, int64, int64) bool { return false }},
	}
	most := int64(0)
	for _, kill := range kills {
		last, mem, killed := a.runChild(path, f.rows, kill.now)
		most = max(most, mem)
		if killed == (kill.what == "") {
			t.Fatalf("killed %s: %v, at %s", kill.what, killed, last)
		}
		t.Logf("killed %q at %s, %d MB", kill.what, last, mem)
	}
	if most > mostMemory {
		t.Errorf("a server had %d MB, and may have %d", most, mostMemory)
	}
	u, err := s.Get(a.ctx, study, f.id())
	a.must(err)
	if u.State != Done || u.Tally.Rows != f.rows || u.Tally.Aside != 0 || u.Tally.Changed != 3*f.rows || u.Tally.Forms != f.rows/perVisit {
		t.Errorf("of %d rows in the end: %+v", f.rows, u)
	}
	a.cutOff(f, path)
	if f.rows < 100_000 { // each form was saved once: a save that was lost, or done twice, would show here
		if got := int64(a.saves()); got != u.Tally.Forms+f.rows/perPerson {
			t.Errorf("%d saves for %d forms and %d people", got, u.Tally.Forms, f.rows/perPerson)
		}
		if found := a.intact(); len(found) != 0 {
			t.Errorf("the ledger does not explain: %v", found)
		}
		a.must(db.Update(a.ctx, func(tx *store.Tx) error { // the control: one form that was lost is seen
			_, err := tx.Exec(a.ctx, `DELETE FROM record_form WHERE study_id = $1 AND subject_id = '01-701-000000' AND form_oid LIKE '%VS%' AND event_repeat = '1'`, study)
			return err
		}))
		if found := a.intact(); len(found) == 0 {
			t.Error("a form was taken away, and nobody saw it")
		}
	}
}

// cutOff sends the same file as somebody has it who lost its end, in the middle of a row: half of it, and after a restart the rest. It is refused, at
// the line where it breaks off, and nothing of it is kept.
func (a *archive) cutOff(f large, path string) {
	a.t.Helper()
	size := f.size() - largeRow + 14 // of the last row the subject
	piece := func(n int64) []byte { return f.piece(n)[:min(PieceSize, size-n*PieceSize)] }
	var d Digest
	for n := range (size + PieceSize - 1) / PieceSize {
		_, _ = d.Write(piece(n))
	}
	put := func(s *Service, upTo int64) {
		u, err := s.Begin(a.ctx, study, d.ID(), "vs.csv", size, nil, false)
		for err == nil && u.State == Receiving && u.Pieces < upTo {
			u, err = s.Put(a.ctx, study, u.ID, u.Pieces, piece(u.Pieces))
		}
		a.must(err)
	}
	saves := func() (n int64) {
		a.must(a.db.View(a.ctx, func(tx *store.Tx) (err error) { n, err = ledger.Size(a.ctx, tx, study); return err }))
		return n
	}
	put(a.Service, f.pieces()/2)
	before := saves()
	again, db, err := openLarge(a.ctx, path)
	a.must(err)
	defer db.Close()
	put(again, f.pieces())
	a.must(a.ledger.Seal(a.ctx, study))
	a.work()
	u, err := a.Get(a.ctx, study, d.ID())
	a.must(err)
	found, err := a.Findings(a.ctx, study, d.ID())
	a.must(err)
	if u.State != Refused || u.Tally.Changed != 0 || len(found) != 1 || found[0].Line != f.rows+1 || found[0].Code != "upload.cut" {
		a.t.Errorf("a file that breaks off in line %d: %+v, found %+v", f.rows+1, u, found)
	}
	if n := saves(); n > before+2 { // that it was received, and that it was refused
		a.t.Errorf("the ledger grew by %d entries", n-before)
	}
}

// runChild runs a server until it is done, or until now says that it is to be killed.
func (a *archive) runChild(path string, rows int64, now func(state string, pieces, passed int64) bool) (last string, most int64, killed bool) {
	a.t.Helper()
	cmd := exec.CommandContext(a.ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childFile+"="+path, fmt.Sprintf("%s=%d", childRows, rows))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	a.must(err)
	a.must(cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var state string
		var pieces, passed, mem int64
		if _, err := fmt.Sscan(lines.Text(), &state, &pieces, &passed, &mem); err != nil {
			continue
		}
		last, most = lines.Text(), max(most, mem)
		if !killed && now(state, pieces, passed) {
			killed = true
			a.must(cmd.Process.Kill())
		}
	}
	if err := cmd.Wait(); !killed {
		a.must(err)
	}
	return last, most, killed
}
