package trial

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// The verbs that this package writes into the ledger.
const (
	VerbCreated   = "trial.created"            // New is {"name","description","environment"}
	VerbSite      = "trial.site.added"         // Ref is the site, New is the Site
	VerbSiteState = "trial.site.state.changed" // Ref is the site, Old and New are {"state"}
	VerbVersion   = "trial.version.published"  // Ref is the number, New is {"number","oid","hash","sha256","waivers","sites"}

	VerbPromoted       = "trial.version.promoted"     // Ref is the number, New is the Origin
	VerbSiteVersion    = "trial.site.version.changed" // Ref is the site, Old and New are {"version"}
	VerbDraftSaved     = "trial.draft.saved"          // Ref is the OID, New is {"oid","hash","sha256"}
	VerbDraftValidated = "trial.draft.validated"      // Ref is the OID, New is {"hash","waivers"}
	VerbDraftRemoved   = "trial.draft.removed"        // Ref is the OID, Old is {"hash"}
)

// What the entries say beside types of their own.
type (
	created struct {
		Name        string      `json:"name"`
		Description string      `json:"description"`
		Environment Environment `json:"environment"`
	}
	moved struct {
		State SiteState `json:"state"`
	}
	published struct {
		Number int    `json:"number"`
		OID    string `json:"oid"`
		Hash   string `json:"hash"`
		SHA256 string `json:"sha256"` // of the definition's text as it is kept

		Waivers []Waiver          `json:"waivers,omitempty"`
		Sites   []casebook.SiteID `json:"sites,omitempty"` // that begin with it: those that had no version to work by
	}
)

const trialColumns = `study_id, name, description, environment, created_at, version`

func scanTrial(r *store.Rows) (t Trial, err error) {
	var at int64
	err = r.Scan(&t.ID, &t.Name, &t.Description, &t.Environment, &at, &t.Version)
	t.CreatedAt = store.Time(at)
	return t, err
}

// Find returns the trial, or NotFound trial.unknown.
func Find(ctx context.Context, tx *store.Tx, id casebook.StudyID) (Trial, error) {
	all, err := store.All(ctx, tx, scanTrial, `SELECT `+trialColumns+` FROM trial WHERE study_id = $1`, id)
	if err != nil {
		return Trial{}, err
	}
	if len(all) == 0 {
		return Trial{}, errUnknown(id)
	}
	return all[0], nil
}

const siteColumns = `s.site_id, s.name, s.zone, s.state, s.activated_at, s.country, coalesce(u.number, 0), coalesce(u.since, 0)`

// sites are the rows of siteColumns: each site with the last of its steps.
const sites = `trial_site s LEFT JOIN trial_use u ON u.study_id = s.study_id AND u.site_id = s.site_id
	AND u.step = (SELECT max(m.step) FROM trial_use m WHERE m.study_id = s.study_id AND m.site_id = s.site_id)`

func scanSite(r *store.Rows) (s Site, err error) {
	var name string
	var at, since int64
	if err = r.Scan(&s.ID, &name, &s.Zone, &s.State, &at, &s.Country, &s.Version, &since); err != nil {
		return s, err
	}
	s.ActivatedAt, s.Since = store.Time(at), store.Time(since)
	return s, json.Unmarshal([]byte(name), &s.Name)
}

// FindSite returns one site of the trial, or NotFound trial.site_unknown.
func FindSite(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SiteID) (Site, error) {
	all, err := store.All(ctx, tx, scanSite, `SELECT `+siteColumns+` FROM `+sites+` WHERE s.study_id = $1 AND s.site_id = $2`, study, id)
	if err != nil {
		return Site{}, err
	}
	if len(all) == 0 {
		return Site{}, casebook.Fail(casebook.NotFound, "trial.site_unknown", id).At("site")
	}
	return all[0], nil
}

// SitesOf returns the sites of the trial, by id; none for a trial that is not there.
func SitesOf(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Site, error) {
	return store.All(ctx, tx, scanSite, `SELECT `+siteColumns+` FROM `+sites+` WHERE s.study_id = $1 ORDER BY s.site_id`, study)
}

// record adds one entry whose old and new are JSON; nil is "".
func record(ctx context.Context, w *ledger.Writer, e ledger.Entry, before, after any) error {
	var err error
	text := func(v any) string {
		if v == nil {
			return ""
		}
		b, failed := json.Marshal(v, json.Deterministic(true))
		err = errors.Join(err, failed)
		return string(b)
	}
	e.Old, e.New = text(before), text(after)
	w.Record(ctx, e)
	return err
}

// create adds t in the caller's write, or reports that there is such a trial already.
func create(ctx context.Context, w *ledger.Writer, t Trial) (fresh bool, err error) {
	n, err := w.Exec(ctx, `INSERT INTO trial(study_id, name, description, environment, created_at, version)
		VALUES($1,$2,$3,$4,$5,0) ON CONFLICT (study_id) DO NOTHING`, t.ID, t.Name, t.Description, t.Environment, store.Micros(w.Now))
	if err != nil || n == 0 {
		return false, err
	}
	return true, record(ctx, w, ledger.Entry{What: VerbCreated, Ref: string(t.ID)}, nil, created{t.Name, t.Description, t.Environment})
}

// addSite adds s to the trial of the caller's write.
func addSite(ctx context.Context, w *ledger.Writer, s Site) (Site, error) {
	trial, err := Find(ctx, w.Tx, w.Study)
	if err != nil {
		return s, err
	}
	if s.Version, s.Since = trial.Version, w.Now; s.Version == 0 {
		s.Since = time.Time{}
	}
	if s.State == Active {
		s.ActivatedAt = w.Now
	}
	name, err := json.Marshal(s.Name, json.Deterministic(true))
	if err != nil {
		return s, err
	}
	n, err := w.Exec(ctx, `INSERT INTO trial_site(study_id, site_id, name, zone, state, activated_at, country) VALUES($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (study_id, site_id) DO NOTHING`, w.Study, s.ID, string(name), s.Zone, s.State, store.Micros(s.ActivatedAt), s.Country)
	if err != nil {
		return s, err
	}
	if n == 0 {
		return s, casebook.Fail(casebook.Conflict, "trial.site_exists", s.ID).At("id")
	}
	if s.Version > 0 {
		if err := putUse(ctx, w, s.ID, s.Version); err != nil {
			return s, err
		}
	}
	return s, record(ctx, w, ledger.Entry{What: VerbSite, Site: s.ID, Ref: string(s.ID)}, nil, s)
}

// setSiteState moves a site to another state in the caller's write.
func setSiteState(ctx context.Context, w *ledger.Writer, id casebook.SiteID, to SiteState, reason string) (Site, error) {
	if strings.TrimSpace(reason) == "" {
		return Site{}, casebook.Fail(casebook.Unprocessable, "trial.reason_required").At("reason")
	}
	if !stateKnown(to) {
		return Site{}, casebook.Fail(casebook.Invalid, "trial.site_state", to).At("state")
	}
	s, err := FindSite(ctx, w.Tx, w.Study, id)
	if err != nil {
		return s, err
	}
	before := s.State
	if s.State = to; to == Active && s.ActivatedAt.IsZero() {
		s.ActivatedAt = w.Now
	}
	n, err := w.Exec(ctx, `UPDATE trial_site SET state = $3, activated_at = $4 WHERE study_id = $1 AND site_id = $2 AND state = $5 AND state <> $3`,
		w.Study, id, to, store.Micros(s.ActivatedAt), before)
	if err != nil {
		return s, err
	}
	if n == 0 { // it is there already, or somebody else was first
		return s, casebook.Fail(casebook.Conflict, "trial.site_changed", id, to).At("state")
	}
	return s, record(ctx, w, ledger.Entry{What: VerbSiteState, Site: id, Ref: string(id), Reason: reason}, moved{before}, moved{to})
}

// publish adds v as the trial's next version in the caller's write. Sites that have no version to work by begin with
// it; the others stay at theirs until somebody lets them go over.
func (s *Service) publish(ctx context.Context, w *ledger.Writer, v *odm.Version, waivers []Waiver) (*Version, error) {
	if err := judge(s.Problems(v), waivers); err != nil {
		return nil, err
	}
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "trial.version_text").Wrap(err)
	}
	p := &Version{Study: w.Study, Hash: v.Hash(), PublishedAt: w.Now, PublishedBy: casebook.ActorFrom(ctx).User, JSON: text}
	// The row of the trial keeps two publishers from taking one number.
	err = w.Row(ctx, `UPDATE trial SET version = version + 1 WHERE study_id = $1 RETURNING version`, w.Study).Scan(&p.Number)
	if errors.Is(err, store.ErrNoRows) {
		return nil, errUnknown(w.Study)
	}
	if err != nil {
		return nil, err
	}
	var same int
	err = w.Row(ctx, `SELECT count(*) FROM trial_version WHERE study_id = $1 AND number = $2 AND hash = $3`, w.Study, p.Number-1, p.Hash).Scan(&same)
	if err != nil {
		return nil, err
	}
	if same > 0 {
		return nil, casebook.Fail(casebook.Conflict, "trial.version_unchanged", p.Number-1)
	}
	if err := stillBlinded(ctx, w.Tx, w.Study, p.Number, v); err != nil {
		return nil, err
	}
	_, err = w.Exec(ctx, `INSERT INTO trial_version(study_id, number, oid, hash, definition, published_at, published_by) VALUES($1,$2,$3,$4,$5,$6,$7)`,
		w.Study, p.Number, v.OID, p.Hash, string(text), store.Micros(p.PublishedAt), p.PublishedBy)
	if err != nil {
		return nil, err
	}
	begin, err := begin(ctx, w, p.Number)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return p, record(ctx, w, ledger.Entry{What: VerbVersion, Ref: strconv.Itoa(p.Number)}, nil,
		published{p.Number, v.OID, p.Hash, hex.EncodeToString(sum[:]), waivers, begin})
}

// stillBlinded refuses a version in which an item is blinded and was not, or the other way round: what casebooks hold already
// would stay there for everybody, and what is sealed would be looked for in them.
func stillBlinded(ctx context.Context, tx *store.Tx, study casebook.StudyID, number int, v *odm.Version) error {
	for earlier := 1; earlier < number; earlier++ {
		before, err := findVersion(ctx, tx, study, earlier)
		if err != nil {
			return err
		}
		was := before.Definition.Index()
		for _, it := range v.Items {
			if old := was.Item(it.OID); old != nil && old.Blinded != it.Blinded {
				return casebook.Fail(casebook.Unprocessable, "trial.version_blinded", it.OID, earlier).At("ItemDef[" + it.OID + "]")
			}
		}
	}
	return nil
}

// begin lets the sites that have no version to work by begin with the first.
func begin(ctx context.Context, w *ledger.Writer, number int) (ids []casebook.SiteID, err error) {
	if number > 1 {
		return nil, nil
	}
	all, err := SitesOf(ctx, w.Tx, w.Study)
	for _, site := range all {
		if err == nil {
			ids, err = append(ids, site.ID), putUse(ctx, w, site.ID, number)
		}
	}
	return ids, err
}

// findVersion reads one published version.
func findVersion(ctx context.Context, tx *store.Tx, study casebook.StudyID, number int) (*Version, error) {
	v := &Version{Study: study, Number: number}
	var at int64
	var text string
	err := tx.Row(ctx, `SELECT hash, definition, published_at, published_by FROM trial_version WHERE study_id = $1 AND number = $2`, study, number).
		Scan(&v.Hash, &text, &at, &v.PublishedBy)
	if errors.Is(err, store.ErrNoRows) {
		return nil, casebook.Fail(casebook.NotFound, "trial.version_unknown", study, number).At("version")
	}
	if err != nil {
		return nil, err
	}
	v.PublishedAt, v.JSON = store.Time(at), []byte(text)
	return v, v.parse()
}

// parse makes Definition and Index of JSON.
func (v *Version) parse() error {
	v.Definition = new(odm.Version)
	if err := json.Unmarshal(v.JSON, v.Definition); err != nil {
		return fmt.Errorf("trial %s, version %d: %w", v.Study, v.Number, err)
	}
	v.Index = v.Definition.Index()
	return nil
}
