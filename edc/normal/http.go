package normal

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/grid"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// Service lets sites keep their ranges.
type Service struct {
	ledger *ledger.Ledger
	forms  *record.Service
}

// New returns the desk of ranges of l's database.
func New(l *ledger.Ledger, forms *record.Service) *Service { return &Service{l, forms} }

const (
	maxBody = 1 << 20
	most    = 5000 // ranges in one request
	maxText = 1000 // bytes of one text
)

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const path = "/api/v1/studies/{study}/sites/{site}/normal-ranges"
	return []auth.Route{
		{Pattern: "GET " + path, Policy: auth.SiteInside(auth.SiteRead), Handle: s.get},
		{Pattern: "POST " + path, Policy: auth.SiteInside(auth.SiteStaff), Handle: s.post},
	}
}

func where(r *http.Request) (casebook.StudyID, casebook.SiteID) {
	return casebook.StudyID(r.PathValue("study")), casebook.SiteID(r.PathValue("site"))
}

func foreign(site casebook.SiteID) error {
	return casebook.Fail(casebook.NotFound, "trial.site_unknown", site).At("site")
}

// about are the items that may have a range, and what else a page asks of the version that a site works by.
type about struct {
	Items []aboutItem    `json:"items"`
	Sexes []odm.CodeItem `json:"sexes"`
	Ages  bool           `json:"ages"` // the study asks an age or a birth
}

type aboutItem struct {
	Item string   `json:"item"`
	Name odm.Text `json:"name"`
	Unit string   `json:"unit"`
}

func aboutOf(st *record.Study) about {
	a, sources := about{Items: []aboutItem{}, Sexes: []odm.CodeItem{}}, SourcesOf(st.Version)
	for i := range st.Version.Items {
		it := &st.Version.Items[i]
		if unit, one := unitOf(st.Index, it); one && limited(it) {
			a.Items = append(a.Items, aboutItem{it.OID, named(it), unit})
		}
	}
	if it := st.Index.Item(sources.Sex); it != nil {
		if list := st.Index.CodeList(it.CodeList); list != nil {
			a.Sexes = append(a.Sexes, list.Items...)
		}
	}
	a.Ages = sources.Birth != "" || sources.Age != ""
	return a
}

func named(it *odm.Item) odm.Text {
	for _, text := range []odm.Text{it.Prompt, it.Question, it.Description} {
		if len(text) > 0 {
			return text
		}
	}
	return odm.Text{"": it.Name}
}

// get tells the reference ranges of a site's laboratories, and the items that may have one.
func (s *Service) get(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	study, site := where(r)
	if !auth.From(ctx).Allows(auth.SiteRead, study, site) {
		return foreign(site)
	}
	return s.answer(w, r)
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	study, site := where(r)
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	ranges := []Range{}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		if _, err := trial.FindSite(ctx, tx, study, site); err != nil {
			return err
		}
		have, err := Of(ctx, tx, study, site)
		ranges = append(ranges, have...)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Ranges []Range `json:"ranges"`
		about
	}{ranges, aboutOf(st.At(site))})
}

// post changes the ranges of a site, all or none: a list to set, the names of those to remove, or a CSV file to set. It answers the
// ranges as they are then.
func (s *Service) post(w http.ResponseWriter, r *http.Request) error {
	study, site := where(r)
	ctx, may := auth.Act(r.Context(), auth.SiteStaff, study, site)
	if !may {
		return foreign(site)
	}
	var in struct {
		Set    []Range `json:"set"`
		Remove []Range `json:"remove"`
		CSV    string  `json:"csv"`
		Reason string  `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	c := Change{Set: in.Set, Remove: in.Remove, Reason: strings.TrimSpace(in.Reason)}
	var lines []*grid.Row
	if in.CSV != "" {
		var err error
		if c.Set, lines, err = readCSV(in.CSV); err != nil {
			return err
		}
	}
	if len(c.Set)+len(c.Remove) == 0 || len(c.Set)+len(c.Remove) > most {
		return casebook.Fail(casebook.Unprocessable, "normal.count", most).At("set")
	}
	if len(c.Reason) > maxText || slices.ContainsFunc(c.Set, tooLong) {
		return casebook.Fail(casebook.Unprocessable, "normal.text", maxText)
	}
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		if _, err := trial.FindSite(ctx, w.Tx, study, site); err != nil {
			return err
		}
		return Put(ctx, w, st.At(site), site, c)
	})
	if err != nil {
		return ofLine(err, lines)
	}
	return s.answer(w, r)
}

func tooLong(r Range) bool {
	return slices.ContainsFunc([]string{r.Item, r.Sex, r.Unit, r.Low, r.High, r.From, r.Until}, func(s string) bool { return len(s) > maxText || !utf8.ValidString(s) })
}

// place is where something stands in a request: set/3/low.
func place(list string, i int, member string) string {
	p := list + "/" + strconv.Itoa(i)
	if member != "" {
		p += "/" + member
	}
	return p
}

// within says in which element of a list an error lies.
func within(err error, list string, i int) error {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.At(place(list, i, e.Place))
	}
	return err
}

// names are the columns of a file, each with the member that it fills.
var names = []struct{ column, member string }{{"item", "item"}, {"sex", "sex"}, {"age_from", "ageFrom"}, {"age_under", "ageUnder"},
	{"unit", "unit"}, {"low", "low"}, {"high", "high"}, {"valid_from", "from"}, {"valid_until", "until"}}

// readCSV reads a file of ranges, with the rows that they stand in.
func readCSV(text string) (all []Range, rows []*grid.Row, err error) {
	at := map[string]int{}
	head := func(h *grid.Head) error {
		for i, name := range h.Columns {
			if !slices.ContainsFunc(names, func(n struct{ column, member string }) bool { return n.column == name }) {
				return casebook.Fail(casebook.Unprocessable, "normal.column", name).At(h.HeadPlace(i))
			}
			at[name] = i
		}
		return nil
	}
	err = grid.ReadCSV(strings.NewReader(text), head, func(row *grid.Row) error {
		var r Range
		cell := func(name string) string {
			i, there := at[name]
			if !there {
				return ""
			}
			return strings.TrimSpace(row.Cell(i))
		}
		whole := func(name string) (n int, err error) {
			if text := cell(name); text != "" {
				if n, err = strconv.Atoi(text); err != nil {
					return 0, row.Fail(at[name], "normal.number", grid.Short(text))
				}
			}
			return n, nil
		}
		r.Item, r.Sex, r.Unit, r.Low, r.High, r.From, r.Until = cell("item"), cell("sex"), cell("unit"), cell("low"), cell("high"), cell("valid_from"), cell("valid_until")
		var err1, err2 error
		r.AgeFrom, err1 = whole("age_from")
		r.AgeUnder, err2 = whole("age_under")
		kept := *row
		kept.Cells = nil // the reader's own
		all, rows = append(all, r), append(rows, &kept)
		return cmp.Or(err1, err2)
	})
	return all, rows, err
}

// ofLine says where in a file an error lies that names an element of it.
func ofLine(err error, rows []*grid.Row) error {
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok || len(rows) == 0 {
		return err
	}
	parts := strings.Split(e.Place, "/")
	if len(parts) < 2 || parts[0] != "set" {
		return err
	}
	i, failed := strconv.Atoi(parts[1])
	if failed != nil || i >= len(rows) {
		return err
	}
	p := "line " + strconv.Itoa(rows[i].Line)
	if len(parts) == 3 {
		for _, n := range names {
			if n.member == parts[2] {
				p += ", column " + n.column
			}
		}
	}
	return e.At(p)
}
