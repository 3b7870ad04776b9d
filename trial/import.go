package trial

import (
	"context"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
)

// Imported tells what Import did.
type Imported struct {
	Trial   Trial
	Created bool       // the trial was not there before
	Added   []*Version // those among the file's versions that were not published before
}

// Import takes in a study from a file, all or nothing: it creates the trial unless it is there, and publishes, in the
// file's order, the versions that were never published, each with those of the waivers that it needs. A trial that is there stays in its environment: what people
// practise on does not become, by one word on a command line, what patients take part in.
func (s *Service) Import(ctx context.Context, study *odm.Study, in Environment, waivers ...Waiver) (Imported, error) {
	t := Trial{ID: casebook.StudyID(study.OID), Name: study.Name, Description: study.Description, Environment: in}
	if err := t.check(); err != nil {
		return Imported{}, err
	}
	var done Imported
	err := s.ledger.WriteNew(ctx, t.ID, func(w *ledger.Writer) (err error) {
		done, err = s.importStudy(ctx, w, t, study.Versions, waivers)
		return err
	})
	if err != nil {
		return Imported{}, err
	}
	for i, v := range done.Added {
		if done.Added[i], err = s.keep(v); err != nil {
			return Imported{}, err
		}
	}
	return done, nil
}

func (s *Service) importStudy(ctx context.Context, w *ledger.Writer, t Trial, versions []*odm.Version, waivers []Waiver) (done Imported, err error) {
	if done.Created, err = create(ctx, w, t); err != nil {
		return done, err
	}
	kept, err := Find(ctx, w.Tx, t.ID)
	if err != nil {
		return done, err
	}
	if kept.Environment != t.Environment {
		return done, casebook.Fail(casebook.Conflict, "trial.environment_fixed", t.ID, kept.Environment).At("environment")
	}
	for _, v := range versions {
		var before int
		err := w.Row(ctx, `SELECT count(*) FROM trial_version WHERE study_id = $1 AND hash = $2`, w.Study, v.Hash()).Scan(&before)
		if err != nil {
			return done, err
		}
		if before > 0 {
			continue
		}
		added, err := s.publish(ctx, w, v, of(s.Problems(v), waivers))
		if err != nil {
			return done, err
		}
		done.Added = append(done.Added, added)
	}
	done.Trial, err = Find(ctx, w.Tx, t.ID)
	return done, err
}

// of are the waivers that answer for problems of one version.
func of(problems []Problem, waivers []Waiver) []Waiver {
	return slices.DeleteFunc(slices.Clone(waivers), func(w Waiver) bool {
		return !slices.ContainsFunc(problems, func(p Problem) bool { return p.Name == w.Name })
	})
}
