package trial_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"golang.org/x/sync/errgroup"
)

var admin = casebook.Actor{User: "gao", Role: "admin", Location: "sponsor", Trace: strings.Repeat("cd", 16)}

// inLedger runs fn on both engines with an empty ledger, from a morning on. Every look at the clock takes a microsecond.
func inLedger(t *testing.T, fn func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger)) {
	clock := casebook.NewClock(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	tick := func() time.Time { clock.Add(time.Microsecond); return clock.Now() }
	world := casebook.World{Now: tick, Rand: casebook.Outside().Rand}
	storetest.Both(t, world, []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations}, func(t *testing.T, db *store.DB) {
		l := ledger.New(db, ledger.Options{})
		fn(t, casebook.WithActor(t.Context(), admin), trial.New(l, patient.New(l)), l)
	})
}

// definition is a small version with one question.
func definition(question string) *odm.Version {
	return &odm.Version{OID: "MDV.1", Name: "First",
		EventRefs: []odm.Ref{{OID: "E.1"}},
		Events:    []odm.Event{{OID: "E.1", Name: "Visit", Type: odm.Scheduled, Forms: []odm.Ref{{OID: "F.1"}}}},
		Forms:     []odm.Form{{OID: "F.1", Name: "Form", Groups: []odm.Ref{{OID: "G.1"}}}},
		Groups:    []odm.ItemGroup{{OID: "G.1", Name: "Group", Items: []odm.Ref{{OID: "I.1"}}}},
		Items:     []odm.Item{{OID: "I.1", Name: "Item", DataType: "text", Question: odm.Text{"en": question, "zh-CN": "问题"}}},
	}
}

var htn = trial.Trial{ID: "HTN-24", Name: "Hypertension", Environment: trial.Training}

func wangshu(id casebook.SiteID) trial.Site {
	return trial.Site{ID: id, Name: odm.Text{"en": "Wangshu", "zh-CN": "望舒"}, Zone: "Asia/Shanghai"}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantCode(t *testing.T, err error, kind casebook.Kind, code string) {
	t.Helper()
	if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != kind || e.Code != code {
		t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

func TestATrialWithItsSitesAndSubjects(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, _ *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		_, err := s.Create(ctx, htn)
		wantCode(t, err, casebook.Conflict, "trial.exists")
		must(s.AddSite(ctx, htn.ID, wangshu("01")))(t)
		_, err = s.AddSite(ctx, htn.ID, wangshu("01"))
		wantCode(t, err, casebook.Conflict, "trial.site_exists")
		_, err = s.AddSite(ctx, "NONE", wangshu("01"))
		wantCode(t, err, casebook.NotFound, "trial.unknown")
		later := wangshu("02")
		later.State = trial.Planned
		must(s.AddSite(ctx, htn.ID, later))(t)

		must(s.Enrol(ctx, htn.ID, patient.Enrolment{Site: "01"}))(t)
		_, err = s.Enrol(ctx, htn.ID, patient.Enrolment{Site: "02"})
		wantCode(t, err, casebook.Conflict, "trial.site_inactive")
		_, err = s.Enrol(ctx, htn.ID, patient.Enrolment{Site: "99"})
		wantCode(t, err, casebook.NotFound, "trial.site_unknown")
		_, err = s.SetSiteState(ctx, htn.ID, "02", trial.Active, "")
		wantCode(t, err, casebook.Unprocessable, "trial.reason_required")
		must(s.SetSiteState(ctx, htn.ID, "02", trial.Active, "the contract is signed"))(t)
		_, err = s.SetSiteState(ctx, htn.ID, "02", trial.Active, "again")
		wantCode(t, err, casebook.Conflict, "trial.site_changed")
		must(s.Enrol(ctx, htn.ID, patient.Enrolment{Site: "02"}))(t)

		sites := must(s.Sites(ctx, htn.ID))(t)
		if len(sites) != 2 || sites[1].State != trial.Active || sites[1].ActivatedAt.IsZero() || sites[0].Name.In("zh-CN") != "望舒" {
			t.Errorf("sites %+v", sites)
		}
		all := must(s.List(ctx, []casebook.StudyID{"HTN-24", "NONE"}))(t)
		if len(all) != 1 || all[0].Sites != 2 || all[0].Subjects != 2 || all[0].Name != "Hypertension" {
			t.Errorf("trials %+v", all)
		}
		page := must(s.Patients(ctx, htn.ID, patient.Query{AllSites: true}))(t)
		if len(page.Subjects) != 2 || page.Subjects[0].ID != "01-001" {
			t.Errorf("patients %+v", page)
		}
		_, err = s.Patients(ctx, "NONE", patient.Query{AllSites: true})
		wantCode(t, err, casebook.NotFound, "trial.unknown")
	})
}

func TestWhatATrialRefuses(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, _ *ledger.Ledger) {
		for _, c := range []struct {
			t    trial.Trial
			code string
		}{
			{trial.Trial{ID: casebook.Platform, Name: "x", Environment: trial.Training}, "trial.id_reserved"},
			{trial.Trial{ID: "a/b", Name: "x", Environment: trial.Training}, "trial.id_format"},
			{trial.Trial{ID: "", Name: "x", Environment: trial.Training}, "trial.id_format"},
			{trial.Trial{ID: "A", Name: " ", Environment: trial.Training}, "trial.name_missing"},
			{trial.Trial{ID: "A", Name: "x"}, "trial.environment"},
		} {
			_, err := s.Create(ctx, c.t)
			wantCode(t, err, casebook.Invalid, c.code)
		}
		must(s.Create(ctx, htn))(t)
		for _, c := range []struct {
			s    trial.Site
			code string
		}{
			{trial.Site{ID: "..", Name: odm.Text{"en": "x"}, Zone: "UTC"}, "trial.id_format"},
			{trial.Site{ID: "1", Zone: "UTC"}, "trial.name_missing"},
			{trial.Site{ID: "1", Name: odm.Text{"en": "x"}, Zone: "Local"}, "trial.zone"},
			{trial.Site{ID: "1", Name: odm.Text{"en": "x"}, Zone: "Mars/Olympus"}, "trial.zone"},
			{trial.Site{ID: "1", Name: odm.Text{"en": "x"}, Zone: "UTC", State: "asleep"}, "trial.site_state"},
		} {
			_, err := s.AddSite(ctx, htn.ID, c.s)
			wantCode(t, err, casebook.Invalid, c.code)
		}
	})
}

func TestVersionsAreNumberedAndNeverChange(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		_, err := s.Version(ctx, htn.ID, 0)
		wantCode(t, err, casebook.NotFound, "trial.no_version")
		mine := definition("How are you?")
		one := must(s.Publish(ctx, htn.ID, mine))(t)
		mine.Items[0].Question["en"] = "changed by its maker afterwards"
		if got := must(s.Version(ctx, htn.ID, 0))(t); got != one || got.Index.Item("I.1").Question["en"] != "How are you?" || got.Number != 1 {
			t.Errorf("the published version is %+v", got)
		}
		_, err = s.Publish(ctx, htn.ID, definition("How are you?"))
		wantCode(t, err, casebook.Conflict, "trial.version_unchanged")
		broken := definition("And this?")
		broken.Items[0].CodeList = "CL.NONE"
		_, err = s.Publish(ctx, htn.ID, broken)
		wantCode(t, err, casebook.Unprocessable, "trial.version_dangling")
		_, err = s.Version(ctx, htn.ID, 2)
		wantCode(t, err, casebook.NotFound, "trial.version_unknown")
		_, err = s.Publish(ctx, "NONE", mine)
		wantCode(t, err, casebook.NotFound, "trial.unknown")

		var g errgroup.Group // publishers at the same time get different numbers
		for i := range 8 {
			g.Go(func() error {
				_, err := s.Publish(ctx, htn.ID, definition(strings.Repeat("?", i+1)))
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		newest := must(s.Version(ctx, htn.ID, 0))(t)
		again := trial.New(l, patient.New(l)) // another process
		same := must(again.Version(ctx, htn.ID, 0))(t)
		if newest.Number != 9 || same.Number != 9 || same.Hash != newest.Hash || same.Hash != same.Definition.Hash() ||
			!same.PublishedAt.Equal(newest.PublishedAt) || same.PublishedBy != "gao" {
			t.Errorf("newest %d, elsewhere %d", newest.Number, same.Number)
		}
	})
}

func TestAnotherProcessKnowsANewVersionWithinASecond(t *testing.T) {
	t.Parallel()
	clock := casebook.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
	db := storetest.Open(t, storetest.DSN(t, "sqlite"), world, []fs.FS{ledger.Migrations, patient.Migrations, trial.Migrations})
	l := ledger.New(db, ledger.Options{})
	here, there := trial.New(l, patient.New(l)), trial.New(l, patient.New(l))
	ctx := casebook.WithActor(t.Context(), admin)
	must(here.Create(ctx, htn))(t)
	for n := 1; n <= 3; n++ {
		must(here.Publish(ctx, htn.ID, definition(strings.Repeat("?", n))))(t)
		if got := must(here.Version(ctx, htn.ID, 0))(t); got.Number != n {
			t.Errorf("its publisher sees %d, not %d", got.Number, n)
		}
		clock.Add(time.Second)
		if got := must(there.Version(ctx, htn.ID, 0))(t); got.Number != n {
			t.Errorf("a second later the other sees %d, not %d", got.Number, n)
		}
	}
}

func TestImportTakesInWhatIsNewAllOrNothing(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		file := &odm.Study{OID: "HTN-24", Name: "Hypertension", Versions: []*odm.Version{definition("one"), definition("two")}}
		broken := definition("three")
		broken.Forms[0].Groups[0].OID = "G.NONE"
		_, err := s.Import(ctx, &odm.Study{OID: "HTN-24", Name: "Hypertension", Versions: []*odm.Version{file.Versions[0], broken}}, trial.Training)
		wantCode(t, err, casebook.Unprocessable, "trial.version_dangling")
		_, err = s.Get(ctx, "HTN-24")
		wantCode(t, err, casebook.NotFound, "trial.unknown")

		first := must(s.Import(ctx, file, trial.Training))(t)
		if !first.Created || len(first.Added) != 2 || first.Trial.Version != 2 {
			t.Errorf("first %+v", first)
		}
		again := must(s.Import(ctx, file, trial.Training))(t)
		if again.Created || len(again.Added) != 0 || again.Trial.Version != 2 {
			t.Errorf("again %+v", again)
		}
		_, err = s.Import(ctx, file, trial.Production)
		wantCode(t, err, casebook.Conflict, "trial.environment_fixed")
		file.Versions = append(file.Versions, definition("three"))
		more := must(s.Import(ctx, file, trial.Training))(t)
		if len(more.Added) != 1 || more.Added[0].Number != 3 || more.Added[0].Index.Form("F.1") == nil {
			t.Errorf("more %+v", more)
		}
	})
}

func TestVerificationNamesEveryRowChangedBehindTheLedger(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		later := wangshu("02")
		later.State = trial.Planned
		must(s.AddSite(ctx, htn.ID, wangshu("01")))(t)
		must(s.AddSite(ctx, htn.ID, later))(t)
		must(s.AddSite(ctx, htn.ID, wangshu("03")))(t)
		must(s.SetSiteState(ctx, htn.ID, "02", trial.Active, "the contract is signed"))(t)
		must(s.Publish(ctx, htn.ID, definition("one")))(t)
		must(s.Publish(ctx, htn.ID, definition("two")))(t)
		if found := verify(t, ctx, l); found != nil {
			t.Fatalf("nobody touched a row: %v", found)
		}
		err := l.DB().Update(ctx, func(tx *store.Tx) error {
			for _, statement := range []string{
				`UPDATE trial SET environment = 'PRODUCTION'`,
				`UPDATE trial_site SET zone = 'UTC' WHERE site_id = '01'`,
				`DELETE FROM trial_site WHERE site_id = '03'`,
				`INSERT INTO trial_site VALUES('HTN-24','04','{"en":"x"}','UTC','active',0,'')`,
				`UPDATE trial_version SET definition = replace(definition, 'two', 'too') WHERE number = 2`,
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
		want := []string{"trial HTN-24 altered: environment", "trial_site 01 altered: zone", "trial_site 04 put in:",
			"trial_version 2 altered: definition", "trial_site 03 removed: the"}
		if found := verify(t, ctx, l); !slices.Equal(found, want) {
			t.Errorf("found %q\nwant %q", found, want)
		}
	})
}

// verify lists what casebook verify says of the trial, each with its first words.
func verify(t *testing.T, ctx context.Context, l *ledger.Ledger) (found []string) {
	t.Helper()
	v, err := ledger.Verify(ctx, l.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{trial.NewFold(id)} })
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Findings {
		words := strings.Fields(f.Table + " " + f.Row + " " + f.What)
		found = append(found, strings.Join(words[:4], " "))
	}
	return found
}
