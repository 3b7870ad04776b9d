package trial_test

import (
	"context"
	"testing"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/trial"
)

// studies makes an acceptance copy with two versions, and an empty study with patients.
func studies(t *testing.T, ctx context.Context, s *trial.Service) (tested, real casebook.StudyID) {
	t.Helper()
	tested, real = "HTN-24-UAT", "HTN-24-P"
	must(s.Create(ctx, trial.Trial{ID: tested, Name: "Copy", Environment: trial.Acceptance}))(t)
	must(s.Create(ctx, trial.Trial{ID: real, Name: "Study", Environment: trial.Production}))(t)
	must(s.Publish(ctx, tested, draft("V1", "one")))(t)
	must(s.Publish(ctx, tested, draft("V2", "two")))(t)
	return tested, real
}

var passed = trial.Tests{Files: []trial.TestFile{{Name: "vs.cases", SHA256: "aa"}}, SHA256: "bb", Cases: 3, Passed: 3}

func TestATestedVersionIsPromotedWithTheSameContentAndItsOrigin(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		tested, real := studies(t, ctx, s)
		must(s.AddSite(ctx, tested, wangshu("01")))(t)
		was := must(s.Version(ctx, tested, 2))(t)
		v := must(s.Promote(ctx, tested, 2, real, passed))(t)
		if v.Number != 1 || v.Hash != was.Hash || v.Definition.OID != "V2" {
			t.Errorf("promoted %d, %s", v.Number, v.Hash)
		}
		all := must(s.Versions(ctx, real))(t)
		if o := all[0].Origin; o == nil || o.Study != tested || o.Version != 2 || o.Hash != v.Hash || o.Purpose != trial.Acceptance || o.Tests.Passed != 3 || all[0].PublishedBy != "gao" {
			t.Errorf("its origin is %+v", all[0])
		}
		if sites := must(s.Sites(ctx, real))(t); len(sites) != 0 {
			t.Errorf("sites came over: %+v", sites)
		}
		if found := verify(t, ctx, l); found != nil {
			t.Errorf("nobody touched a row: %v", found)
		}
	})
}

func TestOnlyACopyIsPromotedAndOnlyIntoAStudyWithPatients(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, _ *ledger.Ledger) {
		tested, real := studies(t, ctx, s)
		must(s.Promote(ctx, tested, 1, real, passed))(t)
		_, err := s.Promote(ctx, real, 1, tested, passed)
		wantCode(t, err, casebook.Conflict, "trial.promote_from")
		_, err = s.Promote(ctx, tested, 2, tested, passed)
		wantCode(t, err, casebook.Conflict, "trial.promote_to")
		_, err = s.Promote(ctx, tested, 1, real, passed)
		wantCode(t, err, casebook.Conflict, "trial.version_unchanged")
		_, err = s.Promote(ctx, tested, 9, real, passed)
		wantCode(t, err, casebook.NotFound, "trial.version_unknown")
	})
}

func TestAnOriginThatIsPutInLaterIsFound(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		tested, real := studies(t, ctx, s)
		must(s.Promote(ctx, tested, 1, real, passed))(t)
		err := l.DB().Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE trial_version SET origin = '' WHERE study_id = $1`, real)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if found := verify(t, ctx, l); len(found) != 1 || found[0] != "trial_version 1 altered: origin" {
			t.Errorf("found %v", found)
		}
	})
}
