package notice

import (
	"context"
	"slices"

	"casebook"
	"casebook/odm"
	"casebook/store"
	"casebook/trial"
)

// Row is how far the recipients at one site have come with a notice.
type Row struct {
	Site         casebook.SiteID `json:"site"`
	Name         odm.Text        `json:"name"`
	Recipients   int64           `json:"recipients"`
	Received     int64           `json:"received"`
	Read         int64           `json:"read"`
	Acknowledged int64           `json:"acknowledged"`
	Answered     int64           `json:"answered"`
	Missing      int64           `json:"missing"` // from whom something is still expected
}

// Matrix is a notice, site by site.
type Matrix struct {
	State     State `json:"state"`
	Targets   int64 `json:"targets"`
	Addressed int64 `json:"addressed"`
	Reminders int64 `json:"reminders"`
	Total     Row   `json:"total"`
	Sites     []Row `json:"sites"`
}

// sums adds up recipients. $3 and $4 say whether an acknowledgement and an answer are expected.
const sums = `count(*), sum(CASE WHEN received > 0 THEN 1 ELSE 0 END), sum(CASE WHEN read > 0 THEN 1 ELSE 0 END),
	sum(CASE WHEN acknowledged > 0 THEN 1 ELSE 0 END), sum(CASE WHEN answered > 0 THEN 1 ELSE 0 END),
	sum(CASE WHEN received = 0 OR read = 0 OR acknowledged = 0 AND $3 = 1 OR answered = 0 AND $4 = 1 THEN 1 ELSE 0 END)`

// matrix reads a notice's matrix. names gives the sites' names.
func matrix(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string, names map[casebook.SiteID]odm.Text) (*Matrix, error) {
	n, err := find(ctx, tx, study, id, "")
	if err != nil {
		return nil, err
	}
	m := &Matrix{State: n.State, Targets: n.Targets, Addressed: n.Addressed, Reminders: n.Reminders, Total: Row{Name: odm.Text{}}, Sites: []Row{}}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var row Row
		if err := r.Scan(&row.Site, &row.Recipients, &row.Received, &row.Read, &row.Acknowledged, &row.Answered, &row.Missing); err != nil {
			return err
		}
		if row.Name = names[row.Site]; row.Name == nil {
			row.Name = wholeStudy()
		}
		m.Sites = append(m.Sites, row)
		m.Total.add(row)
		return nil
	}, `SELECT site_id, `+sums+` FROM notice_recipient WHERE study_id = $1 AND notice_id = $2 GROUP BY site_id ORDER BY site_id`,
		study, id, truth(n.Ack != None), truth(n.Form != nil))
	return m, err
}

func (r *Row) add(o Row) {
	r.Recipients += o.Recipients
	r.Received += o.Received
	r.Read += o.Read
	r.Acknowledged += o.Acknowledged
	r.Answered += o.Answered
	r.Missing += o.Missing
}

// same reports whether two rows of a site say the same.
func (r *Row) same(o Row) bool {
	a, b := *r, o
	a.Name, b.Name = nil, nil
	return a.Site == b.Site && a.Recipients == b.Recipients && a.Received == b.Received && a.Read == b.Read &&
		a.Acknowledged == b.Acknowledged && a.Answered == b.Answered && a.Missing == b.Missing
}

// since returns m with only those sites that have moved since before, or nil when nothing has.
func (m *Matrix) since(before *Matrix) *Matrix {
	if before == nil {
		return m
	}
	was := map[casebook.SiteID]Row{}
	for _, r := range before.Sites {
		was[r.Site] = r
	}
	out := *m
	out.Sites = slices.DeleteFunc(slices.Clone(m.Sites), func(r Row) bool { o, known := was[r.Site]; return known && r.same(o) })
	if len(out.Sites) == 0 && m.State == before.State && m.Addressed == before.Addressed && m.Reminders == before.Reminders {
		return nil
	}
	return &out
}

// Matrix returns how far a notice has come at each site.
func (s *Service) Matrix(ctx context.Context, study casebook.StudyID, id string) (m *Matrix, err error) {
	names, err := s.siteNames(ctx, study)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error { m, err = matrix(ctx, tx, study, id, names); return err })
	return m, err
}

func (s *Service) siteNames(ctx context.Context, study casebook.StudyID) (map[casebook.SiteID]odm.Text, error) {
	sites, err := s.trials.Sites(ctx, study)
	return namesOf(sites), err
}

func namesOf(sites []trial.Site) map[casebook.SiteID]odm.Text {
	names := map[casebook.SiteID]odm.Text{}
	for _, site := range sites {
		names[site.ID] = site.Name
	}
	return names
}

// Answers adds up what came back so far, question by question.
func (s *Service) Answers(ctx context.Context, study casebook.StudyID, id string) ([]Question, error) {
	n, err := s.Get(ctx, study, id)
	if err != nil || n.Form == nil {
		return []Question{}, err
	}
	t := newTally(n.Form)
	err = each(ctx, s.db, study, id, func(to *Recipient) error {
		all, err := values(to.Answer)
		t.add(all)
		return err
	})
	return t.done(), err
}

// listed is a notice in a list.
type listed struct {
	*Notice
	Total Row
}

// maxListed is how many notices a list shows.
const maxListed = 200

// list returns the newest notices of a study with how far they have come.
func list(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]listed, error) {
	all, err := store.All(ctx, tx, scanNotice, `SELECT `+noticeColumns+` FROM notice WHERE study_id = $1 ORDER BY created DESC, notice_id DESC LIMIT $2`, study, maxListed)
	out := make([]listed, 0, len(all))
	for _, n := range all {
		if err != nil {
			break
		}
		l := listed{Notice: n}
		err = tx.Row(ctx, `SELECT count(*), coalesce(sum(CASE WHEN received > 0 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN read > 0 THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN acknowledged > 0 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN answered > 0 THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN received = 0 OR read = 0 OR acknowledged = 0 AND $3 = 1 OR answered = 0 AND $4 = 1 THEN 1 ELSE 0 END), 0)
			FROM notice_recipient WHERE study_id = $1 AND notice_id = $2`, study, n.ID, truth(n.Ack != None), truth(n.Form != nil)).
			Scan(&l.Total.Recipients, &l.Total.Received, &l.Total.Read, &l.Total.Acknowledged, &l.Total.Answered, &l.Total.Missing)
		out = append(out, l)
	}
	return out, err
}
