package trial

import (
	"context"
	"maps"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"
)

// Use is a version that a site works by, and since when.
type Use struct {
	Site    casebook.SiteID `json:"site"`
	Version int             `json:"version"`
	Since   time.Time       `json:"since"`
	By      casebook.UserID `json:"by"`
}

func same(u, v *odm.InUse) bool {
	return v != nil && u.Newest == v.Newest && maps.Equal(u.Sites, v.Sites) && maps.Equal(u.Country, v.Country)
}

// InUse tells which version each site works by. What other processes change is known here a second later at most, what
// this one changes at once; while nothing changes it is the same pointer. NotFound trial.no_version before the first.
func (s *Service) InUse(ctx context.Context, study casebook.StudyID) (*odm.InUse, error) {
	known, fresh := s.known(study)
	if fresh {
		return known.use, nil
	}
	if known.look != nil { // one looks, and who comes meanwhile learns from it: each second many come at once
		select {
		case known.look <- struct{}{}:
			defer func() { <-known.look }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if known, fresh = s.known(study); fresh {
			return known.use, nil
		}
	}
	at := s.now()
	var use *odm.InUse
	err := s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		use, err = inUse(ctx, tx, study)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.newest[study]
	if now.turn != known.turn {
		return use, nil // changed meanwhile: the next look finds it
	}
	if same(use, now.use) {
		use = now.use
	}
	if now.look == nil {
		now.look = make(chan struct{}, 1)
	}
	now.use, now.at = use, at
	s.newest[study] = now
	return use, nil
}

// known is what was last seen of a study, and whether that was within the second.
func (s *Service) known(study casebook.StudyID) (seen, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.newest[study]
	return known, known.use != nil && s.now().Sub(known.at).Abs() < freshness
}

// forget makes the next look find what this process has just changed.
func (s *Service) forget(study casebook.StudyID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.newest[study]
	s.newest[study] = seen{turn: known.turn + 1, look: known.look}
}

func inUse(ctx context.Context, tx *store.Tx, study casebook.StudyID) (*odm.InUse, error) {
	t, err := Find(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	if t.Version == 0 {
		return nil, casebook.Fail(casebook.NotFound, "trial.no_version", study).At("version")
	}
	use := &odm.InUse{Newest: t.Version, Sites: map[casebook.SiteID]int{}, Country: map[casebook.SiteID]string{}}
	sites, err := SitesOf(ctx, tx, study)
	for _, site := range sites {
		if site.Version > 0 {
			use.Sites[site.ID] = site.Version
		}
		if site.Country != "" {
			use.Country[site.ID] = site.Country
		}
	}
	return use, err
}

// Uses returns every version that the study's sites have worked by, by site and time.
func (s *Service) Uses(ctx context.Context, study casebook.StudyID) (all []Use, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(ctx, tx, scanUse, `SELECT site_id, number, since, set_by FROM trial_use WHERE study_id = $1 ORDER BY site_id, step`, study)
		return err
	})
	return all, err
}

func scanUse(r *store.Rows) (u Use, err error) {
	var at int64
	err = r.Scan(&u.Site, &u.Version, &at, &u.By)
	u.Since = store.Time(at)
	return u, err
}

// GoOver lets a site work by another version from now on, for a reason. Errors: NotFound trial.site_unknown and
// trial.version_unknown, Conflict trial.site_version when it does already. The casebooks that the site has filled in
// stay as they are: whoever calls it moves them.
func (s *Service) GoOver(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int, reason string) (Use, error) {
	if strings.TrimSpace(reason) == "" {
		return Use{}, casebook.Fail(casebook.Unprocessable, "trial.reason_required").At("reason")
	}
	if _, err := s.Version(ctx, study, to); err != nil {
		return Use{}, err
	}
	u := Use{Site: site, Version: to}
	err := s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		found, err := FindSite(ctx, w.Tx, study, site)
		if err != nil {
			return err
		}
		if found.Version == to {
			return casebook.Fail(casebook.Conflict, "trial.site_version", site, to).At("version")
		}
		u.Since, u.By = w.Now, casebook.ActorFrom(ctx).User
		if err := putUse(ctx, w, site, to); err != nil {
			return err
		}
		return record(ctx, w, ledger.Entry{What: VerbSiteVersion, Site: site, Ref: string(site), Reason: reason}, used{found.Version}, used{to})
	})
	if err == nil {
		s.forget(study)
	}
	return u, err
}

// used is what the entry of a site's step says.
type used struct {
	Version int `json:"version"`
}

// putUse adds a step. The primary key keeps two from taking one.
func putUse(ctx context.Context, w *ledger.Writer, site casebook.SiteID, number int) error {
	var steps int
	if err := w.Row(ctx, `SELECT count(*) FROM trial_use WHERE study_id = $1 AND site_id = $2`, w.Study, site).Scan(&steps); err != nil {
		return err
	}
	_, err := w.Exec(ctx, `INSERT INTO trial_use(study_id, site_id, step, number, since, set_by) VALUES($1,$2,$3,$4,$5,$6)`,
		w.Study, site, steps+1, number, store.Micros(w.Now), casebook.ActorFrom(ctx).User)
	return err
}
