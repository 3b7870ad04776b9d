package patient_test

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
	"casebook/store/storetest"

	"golang.org/x/sync/errgroup"
)

var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 123456000, time.UTC)
	nurse = casebook.Actor{User: "lin", Role: "coordinator", Location: "03", Trace: strings.Repeat("ab", 16)}
)

// inStudy runs fn on both engines with an empty study S1, from noon on. Every look at the clock takes a microsecond.
func inStudy(t *testing.T, fn func(t *testing.T, ctx context.Context, s *patient.Service, l *ledger.Ledger)) {
	clock := casebook.NewClock(noon)
	tick := func() time.Time { clock.Add(time.Microsecond); return clock.Now() }
	world := casebook.World{Now: tick, Rand: casebook.Outside().Rand}
	storetest.Both(t, world, []fs.FS{ledger.Migrations, patient.Migrations}, func(t *testing.T, db *store.DB) {
		l := ledger.New(db, ledger.Options{})
		fn(t, casebook.WithActor(t.Context(), nurse), patient.New(l), l)
	})
}

func ids(p patient.Page) (all []string) {
	for _, s := range p.Subjects {
		all = append(all, string(s.ID))
	}
	return all
}

func wantCode(t *testing.T, err error, kind casebook.Kind, code string) {
	t.Helper()
	if err == nil || casebook.KindOf(err) != kind || !strings.HasPrefix(err.Error(), code) {
		t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

func TestNumbersAreContiguousPerSite(t *testing.T) {
	t.Parallel()
	inStudy(t, func(t *testing.T, ctx context.Context, s *patient.Service, _ *ledger.Ledger) {
		if _, err := s.Enrol(ctx, "S1", patient.Enrolment{Site: "03", Subject: "03-004"}); err != nil {
			t.Fatal(err)
		}
		var g errgroup.Group
		for i := range 24 {
			g.Go(func() error {
				_, err := s.Enrol(ctx, "S1", patient.Enrolment{Site: []casebook.SiteID{"03", "07"}[i%2]})
				return err
			})
			g.Go(func() error { // one that is refused must not cost a number
				_, err := s.Enrol(ctx, "S1", patient.Enrolment{Site: "03", Subject: "03-004"})
				if casebook.KindOf(err) != casebook.Conflict {
					return fmt.Errorf("enrolled twice: %v", err)
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		page, err := s.InTrial(ctx, "S1", patient.Query{AllSites: true})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for n := range 13 {
			want = append(want, fmt.Sprintf("03-%03d", n+1)) // 03-004 was chosen, the twelve others assigned around it
		}
		for n := range 12 {
			want = append(want, fmt.Sprintf("07-%03d", n+1))
		}
		if got := ids(page); !slices.Equal(got, want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
	})
}

func TestPagesFollowEachOtherAndKeepToTheirSites(t *testing.T) {
	t.Parallel()
	inStudy(t, func(t *testing.T, ctx context.Context, s *patient.Service, l *ledger.Ledger) {
		for _, site := range []casebook.SiteID{"01", "02", "03"} {
			for range 5 {
				if _, err := s.Enrol(ctx, "S1", patient.Enrolment{Site: site, Status: patient.Screening}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := s.Enrol(ctx, "S2", patient.Enrolment{Site: "01"}); err != nil {
			t.Fatal(err)
		}
		var all []string
		q := patient.Query{Limit: 4, Sites: []casebook.SiteID{"01", "03", "09"}}
		for pages := 1; ; pages++ {
			page, err := s.InTrial(ctx, "S1", q)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, ids(page)...)
			if q.After = page.Next; q.After == "" {
				if pages != 3 {
					t.Errorf("%d pages of 4 for 10 subjects", pages)
				}
				break
			}
		}
		if want := strings.Fields("01-001 01-002 01-003 01-004 01-005 03-001 03-002 03-003 03-004 03-005"); !slices.Equal(all, want) {
			t.Errorf("got %v, want %v", all, want)
		}
		nobody, err := s.InTrial(ctx, "S1", patient.Query{})
		if err != nil || len(nobody.Subjects) != 0 {
			t.Errorf("who may see no site saw %v %v", nobody, err)
		}
		for _, limit := range []int{-1, patient.MaxLimit + 1} {
			_, err := s.InTrial(ctx, "S1", patient.Query{Limit: limit, AllSites: true})
			wantCode(t, err, casebook.Invalid, "patient.limit")
		}
		err = l.DB().View(ctx, func(tx *store.Tx) error {
			found, err := patient.FindAll(ctx, tx, "S1", []casebook.SubjectID{"01-001", "03-005", "nobody"})
			if len(found) != 2 || found["03-005"].Site != "03" {
				t.Errorf("found %v", found)
			}
			if err != nil {
				return err
			}
			counts, err := patient.Count(ctx, tx, []casebook.StudyID{"S1", "S2", "S3"})
			if counts["S1"] != 15 || counts["S2"] != 1 || len(counts) != 2 {
				t.Errorf("counted %v", counts)
			}
			for n, q := range map[int]patient.Query{15: {AllSites: true}, 10: {Sites: []casebook.SiteID{"01", "03"}, Status: patient.Screening},
				5: {Sites: []casebook.SiteID{"02"}, Status: patient.Screening}, 0: {AllSites: true, Status: patient.Completed}} {
				if got, err := patient.CountAt(ctx, tx, "S1", q); err != nil || got != n {
					t.Errorf("%+v selects %d, not %d (%v)", q, got, n, err)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestStatusMovesOnlyWhereItMayAndWithAReason(t *testing.T) {
	t.Parallel()
	inStudy(t, func(t *testing.T, ctx context.Context, s *patient.Service, l *ledger.Ledger) {
		added, err := s.Enrol(ctx, "S1", patient.Enrolment{Site: "03", Status: patient.Screening})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.SetStatus(ctx, "S1", added.ID, patient.Enrolled, "  ")
		wantCode(t, err, casebook.Unprocessable, "patient.reason_required")
		_, err = s.SetStatus(ctx, "S1", added.ID, "asleep", "tired")
		wantCode(t, err, casebook.Invalid, "patient.status_unknown")
		_, err = s.SetStatus(ctx, "S1", added.ID, patient.Completed, "done")
		wantCode(t, err, casebook.Conflict, "patient.status_change")
		_, err = s.SetStatus(ctx, "S1", "03-999", patient.Enrolled, "eligible")
		wantCode(t, err, casebook.NotFound, "patient.unknown")
		if _, err = s.SetStatus(ctx, "S1", added.ID, patient.Enrolled, "all criteria are met"); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(ctx, "S1", added.ID); err != nil || got.Status != patient.Enrolled || !got.EnrolledAt.Equal(added.EnrolledAt) || !got.StatusAt.After(noon) {
			t.Errorf("%+v %v", got, err)
		}
		var history []ledger.Entry
		err = l.DB().View(ctx, func(tx *store.Tx) (err error) {
			history, err = ledger.Subject(ctx, tx, "S1", added.ID)
			return err
		})
		if err != nil || len(history) != 2 {
			t.Fatalf("%d entries, %v", len(history), err)
		}
		e := history[1]
		if e.What != patient.VerbStatus || e.Old != `{"status":"screening"}` || e.New != `{"status":"enrolled"}` ||
			e.Reason != "all criteria are met" || e.Actor != "lin" || e.Site != "03" || e.Trace != nurse.Trace {
			t.Errorf("the entry says %+v", e)
		}
		at := added.EnrolledAt.Format(time.RFC3339Nano)
		if want := `{"subject":"03-001","site":"03","status":"screening","statusAt":"` + at + `","enrolledAt":"` + at + `"}`; history[0].New != want {
			t.Errorf("got %s", history[0].New)
		}
	})
}

func TestSubjectIDsFitAnAddressAndALabel(t *testing.T) {
	t.Parallel()
	inStudy(t, func(t *testing.T, ctx context.Context, s *patient.Service, _ *ledger.Ledger) {
		for _, good := range []casebook.SubjectID{"HTN-03-001", "受试者-1", "a.b_c"} {
			if _, err := s.Enrol(ctx, "S1", patient.Enrolment{Site: "03", Subject: good}); err != nil {
				t.Errorf("%q: %v", good, err)
			}
		}
		for _, bad := range []casebook.SubjectID{"..", "a b", "a/b", "a\x00", "a?b", "\xff", casebook.SubjectID(strings.Repeat("x", 65))} {
			_, err := s.Enrol(ctx, "S1", patient.Enrolment{Site: "03", Subject: bad})
			wantCode(t, err, casebook.Invalid, "patient.subject_format")
		}
		_, err := s.Enrol(ctx, "S1", patient.Enrolment{Subject: "P"})
		wantCode(t, err, casebook.Invalid, "patient.site_missing")
		_, err = s.Enrol(ctx, "S1", patient.Enrolment{Site: "03", Status: patient.Completed})
		wantCode(t, err, casebook.Invalid, "patient.first_status")
	})
}

// verify lists what casebook verify says of the subjects.
func verify(t *testing.T, ctx context.Context, l *ledger.Ledger) (found []string) {
	t.Helper()
	v, err := ledger.Verify(ctx, l.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{patient.NewFold(id)} })
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Findings {
		found = append(found, f.Table+" "+f.Row+" "+strings.SplitN(f.What, ":", 2)[0])
	}
	return found
}

func TestVerificationNamesEveryRowChangedBehindTheLedger(t *testing.T) {
	t.Parallel()
	inStudy(t, func(t *testing.T, ctx context.Context, s *patient.Service, l *ledger.Ledger) {
		for range 4 {
			if _, err := s.Enrol(ctx, "S1", patient.Enrolment{Site: "03"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.SetStatus(ctx, "S1", "03-004", patient.Withdrawn, "moved away"); err != nil {
			t.Fatal(err)
		}
		if found := verify(t, ctx, l); found != nil {
			t.Fatalf("nobody touched a row: %v", found)
		}
		err := l.DB().Update(ctx, func(tx *store.Tx) error {
			for _, statement := range []string{
				`UPDATE patient SET site_id = '07' WHERE subject_id = '03-001'`,
				`DELETE FROM patient WHERE subject_id = '03-002'`,
				`UPDATE patient SET status = 'enrolled' WHERE subject_id = '03-004'`,
				`INSERT INTO patient VALUES('S1','03-005','03','enrolled',0,0,0,'',0)`,
			} {
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"patient 03-001 altered", "patient 03-004 altered", "patient 03-005 put in", "patient 03-002 removed"}
		if found := verify(t, ctx, l); !slices.Equal(found, want) {
			t.Errorf("found %q, want %q", found, want)
		}
	})
}
