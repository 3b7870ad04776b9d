package record

import (
	"context"
	"maps"

	"casebook"
	"casebook/odm"
	"casebook/store"
)

// Versions are the published versions of studies: *trial.Service, or what a test stands up in its place.
type Versions interface {
	// InUse tells which version each site of a study works by. While nothing changes it is the same pointer.
	InUse(ctx context.Context, study casebook.StudyID) (*odm.InUse, error)
	// Definition is one published version.
	Definition(ctx context.Context, study casebook.StudyID, number int64) (*odm.Version, error)
}

// inUse are the versions of a study that are compiled: those that its sites work by, and some that were asked for since.
type inUse struct {
	use      *odm.InUse
	newest   *Study
	compiled map[int64]*Study
}

// maxCompiled is how many versions of one study are kept compiled beside those in use.
const maxCompiled = 16

// At is the study as a site works by it: the version that it has gone over to, in its country.
func (s *Study) At(site casebook.SiteID) *Study {
	if at, ok := s.sites[site]; ok {
		return at
	}
	return s
}

// Study is the newest published version of a study, compiled; At tells what each of its sites works by.
func (s *Service) Study(ctx context.Context, id casebook.StudyID) (*Study, error) {
	use, err := s.versions.InUse(ctx, id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	known := s.studies[id]
	s.mu.Unlock()
	if known.use == use {
		return known.newest, nil
	}
	return s.compileAll(ctx, id, use)
}

// Numbered is one published version of a study, compiled, in no country.
func (s *Service) Numbered(ctx context.Context, id casebook.StudyID, number int64) (*Study, error) {
	s.mu.Lock()
	st := s.studies[id].compiled[number]
	s.mu.Unlock()
	if st != nil {
		return st, nil
	}
	definition, err := s.versions.Definition(ctx, id, number)
	if err != nil {
		return nil, err
	}
	st = Compile(definition, number)
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.studies[id]
	if known.compiled == nil || len(known.compiled) >= maxCompiled {
		known.compiled = map[int64]*Study{}
	}
	known.compiled[number] = st
	s.studies[id] = known
	return st, nil
}

// NumberedAt is Numbered in the country of a site.
func (s *Service) NumberedAt(ctx context.Context, id casebook.StudyID, number int64, site casebook.SiteID) (*Study, error) {
	use, err := s.versions.InUse(ctx, id)
	if err != nil {
		return nil, err
	}
	st, err := s.Numbered(ctx, id, number)
	if err != nil {
		return nil, err
	}
	at := *st
	at.Country = use.Country[site]
	return &at, nil
}

// FilledBy are the versions that the forms of a site were last saved under, ready to be asked.
func (s *Service) FilledBy(ctx context.Context, id casebook.StudyID, site casebook.SiteID) (map[int64]*Study, error) {
	var numbers []int64
	err := s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		numbers, err = store.All(ctx, tx, func(r *store.Rows) (n int64, err error) { err = r.Scan(&n); return n, err },
			`SELECT DISTINCT definition FROM record_form WHERE study_id = $1 AND site_id = $2 ORDER BY definition`, id, site)
		return err
	})
	all := map[int64]*Study{}
	for _, n := range numbers {
		if err == nil {
			all[n], err = s.NumberedAt(ctx, id, n, site)
		}
	}
	return all, err
}

// compileAll makes every version in use ready, and for each site what it works by.
func (s *Service) compileAll(ctx context.Context, id casebook.StudyID, use *odm.InUse) (*Study, error) {
	newest, err := s.Numbered(ctx, id, int64(use.Newest))
	if err != nil {
		return nil, err
	}
	top, sites := *newest, map[casebook.SiteID]*Study{}
	top.sites = sites
	for site, number := range named(use) {
		if number == use.Newest && use.Country[site] == "" {
			continue
		}
		st, err := s.Numbered(ctx, id, int64(number))
		if err != nil {
			return nil, err
		}
		at := *st
		at.Country, at.sites = use.Country[site], sites
		sites[site] = &at
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.studies[id]
	known.use, known.newest = use, &top
	s.studies[id] = known
	return &top, nil
}

// named are the sites of which anything is known, and the version that each works by.
func named(use *odm.InUse) map[casebook.SiteID]int {
	all := map[casebook.SiteID]int{}
	maps.Copy(all, use.Sites)
	for site := range use.Country {
		all[site] = use.Of(site)
	}
	return all
}
