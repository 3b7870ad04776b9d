package edc

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

type column struct {
	Event     string       `json:"event"`
	Name      odm.Text     `json:"name"`
	Repeating bool         `json:"repeating"`
	Forms     []columnForm `json:"forms"`
}

type columnForm struct {
	Form  string   `json:"form"`
	Name  odm.Text `json:"name"`
	Short string   `json:"short"`
}

type row struct {
	Subject  casebook.SubjectID `json:"subject"`
	Site     casebook.SiteID    `json:"site"`
	Status   patient.Status     `json:"status"`
	Progress float64            `json:"progress"` // share of the scheduled, mandatory forms that are complete
	Cells    map[string]cell    `json:"cells"`    // by "event/form"; what is not here is empty
	Visits   map[string]planned `json:"visits"`   // by event: those with a window or that are skipped, the most pressing repeat of each
	Expected map[string]string  `json:"expected"` // by "event/form", what conditions of the schedule say: demanded, released
}

type cell struct {
	State   string `json:"state"` // complete, partial, query, inactive; first, differs: see record.Double
	Queries int    `json:"queries"`
	Count   int    `json:"count"`
}

// matrix answers the home of data entry: subjects by forms.
func (s *Service) matrix(w http.ResponseWriter, r *http.Request) error {
	ctx, study := r.Context(), studyOf(r)
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	q, err := page(r)
	if err != nil {
		return err
	}
	var found patient.Page
	var cells map[casebook.SubjectID][]record.Cell
	var plans map[casebook.SubjectID][]planned
	var unsettled []record.Double
	var total int
	forms := map[casebook.SubjectID][]*record.Form{}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		if total, err = patient.CountAt(ctx, tx, study, q); err != nil {
			return err
		}
		if found, err = patient.List(ctx, tx, study, q); err != nil || len(found.Subjects) == 0 {
			return err
		}
		first, last := found.Subjects[0].ID, found.Subjects[len(found.Subjects)-1].ID
		if cells, err = record.Summary(ctx, tx, study, first, last); err != nil {
			return err
		}
		if unsettled, err = record.Unsettled(ctx, tx, study, first, last); err != nil {
			return err
		}
		if slices.ContainsFunc(found.Subjects, func(p patient.Subject) bool { return st.At(p.Site).Conditional() }) {
			if forms, err = record.FormsOf(ctx, tx, study, first, last); err != nil {
				return err
			}
		}
		plans, err = plansOf(ctx, tx, st, study, found.Subjects)
		return err
	})
	if err != nil {
		return err
	}
	columns := columnsOf(st)
	rows := []row{}
	for _, p := range found.Subjects {
		of := st.At(p.Site)
		row := rowOf(expectations{of, forms[p.ID], s.now(of)}, p, cells[p.ID], plans[p.ID])
		for _, d := range unsettled {
			at := d.Event + "/" + d.Form
			if _, known := row.Cells[at]; d.Subject == p.ID && !known {
				row.Cells[at] = cell{State: d.State()}
			}
		}
		rows = append(rows, row)
	}
	return web.JSON(w, http.StatusOK, map[string]any{"columns": columns, "rows": rows, "next": found.Next, "total": total})
}

// page reads which subjects are asked for, within the sites of this person.
func page(r *http.Request) (q patient.Query, err error) {
	values := r.URL.Query()
	q.AllSites, q.Sites = auth.From(r.Context()).Sites(auth.SubjectRead, studyOf(r))
	if site := casebook.SiteID(values.Get("site")); site != "" {
		if !q.AllSites && !slices.Contains(q.Sites, site) {
			return q, casebook.Fail(casebook.NotFound, "trial.site_unknown", site).At("site")
		}
		q.AllSites, q.Sites = false, []casebook.SiteID{site}
	}
	q.Status = patient.Status(values.Get("status"))
	q.After, q.Limit = casebook.SubjectID(values.Get("after")), 50
	if l := values.Get("limit"); l != "" {
		if q.Limit, err = strconv.Atoi(l); err != nil || q.Limit < 1 {
			return q, casebook.Fail(casebook.Invalid, "patient.limit", l, patient.MaxLimit).At("limit")
		}
	}
	return q, nil
}

func columnsOf(st *record.Study) []column {
	columns := []column{}
	for _, ref := range st.Index.Schedule() {
		ev := st.Index.Event(ref.OID)
		if ev == nil {
			continue
		}
		c := column{ev.OID, text(ev.Description, ev.Name), ev.Repeating, []columnForm{}}
		for _, fr := range odm.Ordered(ev.Forms) {
			if f := st.Index.Form(fr.OID); f != nil {
				c.Forms = append(c.Forms, columnForm{f.OID, text(f.Description, f.Name), short(f.OID)})
			}
		}
		columns = append(columns, c)
	}
	return columns
}

// short is the last part of an OID, for the head of a narrow column: "F.DM" is DM.
func short(oid string) string {
	if i := strings.LastIndexAny(oid, "._"); i >= 0 && i < len(oid)-1 {
		oid = oid[i+1:]
	}
	if len(oid) > 5 {
		return oid[:5]
	}
	return oid
}

func rowOf(e expectations, p patient.Subject, cells []record.Cell, plan []planned) row {
	out := row{Subject: p.ID, Site: p.Site, Status: p.Status, Cells: map[string]cell{}, Visits: pressing(plan)}
	complete := map[string]bool{}
	for _, c := range cells {
		at := c.Event + "/" + c.Form
		state := "partial"
		switch {
		case c.Queries > 0:
			state = "query"
		case c.Count == 0:
			state = record.Inactive
		case c.Done:
			state = "complete"
		}
		complete[at] = c.Done
		out.Cells[at] = cell{state, c.Queries, c.Count}
	}
	out.Progress, out.Expected = e.progress(complete)
	return out
}
