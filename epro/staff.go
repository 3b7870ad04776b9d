package epro

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/epro/schedule"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json/jsontext"
)

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

// sites tells whom of the study's subjects this person may see.
func sites(r *http.Request, action auth.Action) (q patient.Query, may func(casebook.SiteID) bool) {
	q.AllSites, q.Sites = auth.From(r.Context()).Sites(action, studyOf(r))
	return q, func(site casebook.SiteID) bool { return auth.From(r.Context()).Allows(action, studyOf(r), site) }
}

func (s *Service) getCompliance(w http.ResponseWriter, r *http.Request) error {
	q, _ := sites(r, auth.FormRead)
	c, err := s.Compliance(r.Context(), studyOf(r), q)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, c)
}

func (s *Service) getPhones(w http.ResponseWriter, r *http.Request) error {
	_, may := sites(r, auth.FormRead)
	phones, err := s.Phones(r.Context(), studyOf(r), may)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"phones": phones})
}

// shownAside is a quarantined record with what was sent.
type shownAside struct {
	aside
	Body string `json:"body"`
}

func (s *Service) getQuarantine(w http.ResponseWriter, r *http.Request) error {
	_, may := sites(r, auth.FormRead)
	list := []shownAside{}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		return tx.Each(r.Context(), func(rows *store.Rows) error {
			var body string
			a, err := scanAside(rows, &body)
			if may(a.Site) {
				list = append(list, shownAside{a, body})
			}
			return err
		}, `SELECT `+asideColumns+`, body FROM epro_quarantine WHERE study_id = $1 ORDER BY received_at DESC, record_id LIMIT 500`, studyOf(r))
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"records": list})
}

func (s *Service) getAlerts(w http.ResponseWriter, r *http.Request) error {
	_, may := sites(r, auth.FormRead)
	list := []alert{}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		return tx.Each(r.Context(), func(rows *store.Rows) error {
			a, err := scanAlert(rows)
			if may(a.Site) {
				list = append(list, a)
			}
			return err
		}, `SELECT `+alertColumns+` FROM epro_alert WHERE study_id = $1 ORDER BY acknowledged_at, due_at LIMIT 500`, studyOf(r))
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"alerts": list, "now": s.now()})
}

func (s *Service) getSchedule(w http.ResponseWriter, r *http.Request) error {
	pl, err := s.plan(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	if pl == nil {
		return casebook.Fail(casebook.NotFound, "epro.no_schedule")
	}
	return web.JSON(w, http.StatusOK, map[string]any{"number": pl.number, "schedule": pl.Schedule})
}

func (s *Service) putSchedule(w http.ResponseWriter, r *http.Request) error {
	body, err := web.Body(r, schedule.MaxBytes)
	if err != nil {
		return err
	}
	number, err := s.Publish(r.Context(), studyOf(r), body)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"number": number})
}

// postSimulate lists every window that a schedule gives a subject: the study's own, or one that is tried.
func (s *Service) postSimulate(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Schedule jsontext.Value `json:"schedule"`
		Anchor   string         `json:"anchor"`
		Zone     string         `json:"zone"`
		Days     int            `json:"days"`
	}
	if err := web.Decode(r, schedule.MaxBytes, &in); err != nil {
		return err
	}
	var sch *schedule.Schedule
	if len(in.Schedule) > 0 && in.Schedule.Kind() == '{' {
		read, err := schedule.Read(in.Schedule)
		if err != nil {
			return err
		}
		sch = read
	} else {
		pl, err := s.plan(r.Context(), studyOf(r))
		if err != nil {
			return err
		}
		if pl == nil {
			return casebook.Fail(casebook.NotFound, "epro.no_schedule")
		}
		sch = pl.Schedule
	}
	windows, err := sch.Simulate(in.Anchor, in.Zone, in.Days)
	if err != nil {
		return err
	}
	const most = 20_000
	return web.JSON(w, http.StatusOK, map[string]any{"windows": windows[:min(len(windows), most)], "total": len(windows)})
}

// at finds the subject of a request, and asks whether this person may do action at its site.
func (s *Service) at(r *http.Request, action auth.Action, id casebook.SubjectID) (context.Context, patient.Subject, error) {
	var found patient.Subject
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		found, err = patient.Find(r.Context(), tx, studyOf(r), id)
		return err
	})
	ctx, ok := auth.Act(r.Context(), action, studyOf(r), found.Site)
	if err == nil && !ok {
		err = patient.Unknown(id)
	}
	return ctx, found, err
}

func (s *Service) postInvite(w http.ResponseWriter, r *http.Request) error {
	id := casebook.SubjectID(r.PathValue("subject"))
	ctx, _, err := s.at(r, auth.SubjectEnrol, id)
	if err != nil {
		return err
	}
	var in struct {
		Reporter string `json:"reporter"`
	}
	if err := web.Decode(r, 4<<10, &in); err != nil {
		return err
	}
	inv, err := s.Invite(ctx, studyOf(r), id, in.Reporter)
	if err == nil {
		inv.Link = s.Origin(r) + inv.Path
		inv.QR, err = web.QR(inv.Link)
	}
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, inv)
}

func (s *Service) postAnchor(w http.ResponseWriter, r *http.Request) error {
	id := casebook.SubjectID(r.PathValue("subject"))
	ctx, _, err := s.at(r, auth.FormWrite, id)
	if err != nil {
		return err
	}
	var in struct {
		Kind string    `json:"kind"`
		Name string    `json:"name"`
		At   time.Time `json:"at"`
	}
	if err := web.Decode(r, 4<<10, &in); err != nil {
		return err
	}
	if err := s.Happen(ctx, studyOf(r), id, in.Kind, in.Name, in.At); err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, map[string]any{})
}

type reasoned struct {
	Reason   string         `json:"reason"`
	Decision string         `json:"decision"`
	Note     string         `json:"note"`
	Agreed   bool           `json:"agreed"`
	Items    []record.Value `json:"items"`
}

const maxReason = 1000 // bytes

func reasonOf(r *http.Request) (in reasoned, err error) {
	if err = web.Decode(r, 256<<10, &in); err == nil && len(in.Reason)+len(in.Note) > maxReason {
		err = casebook.Fail(casebook.Invalid, "edc.reason_length", maxReason).At("/reason")
	}
	return in, err
}

func (s *Service) deletePhone(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("device")
	var d device
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		d, err = findDevice(r.Context(), tx, studyOf(r), id)
		return err
	})
	ctx, ok := auth.Act(r.Context(), auth.FormWrite, studyOf(r), d.Site)
	if err == nil && !ok {
		err = casebook.Fail(casebook.NotFound, "epro.device_unknown", id)
	}
	if err != nil {
		return err
	}
	in, err := reasonOf(r)
	if err != nil {
		return err
	}
	if err := s.End(ctx, studyOf(r), id, in.Reason); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

// getRecord shows what was sent, beside what is known about it.
func (s *Service) getRecord(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("record")
	found, body, err := s.find(r.Context(), studyOf(r), id)
	ok := auth.From(r.Context()).Allows(auth.FormRead, studyOf(r), found.Site)
	if err == nil && !ok {
		err = casebook.Fail(casebook.NotFound, "epro.record_unknown", id)
	}
	if err != nil {
		return err
	}
	var list []issue
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		list, err = store.All(r.Context(), tx, scanIssue, `SELECT `+issueColumns+` FROM epro_issue WHERE study_id = $1 AND record_id = $2 ORDER BY issue_id`, studyOf(r), id)
		return err
	})
	if err != nil {
		return err
	}
	answers, err := s.answers(r.Context(), studyOf(r), &found, body)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		received
		Late    bool          `json:"late"`
		Answers []answerShown `json:"answers"`
		Issues  []issue       `json:"issues"`
		Body    string        `json:"body"`
	}{found, found.Late(), answers, append([]issue{}, list...), body})
}

func (s *Service) postDecision(w http.ResponseWriter, r *http.Request) error {
	id, hash := r.PathValue("record"), r.PathValue("hash")
	in, err := reasonOf(r)
	if err != nil {
		auth.From(r.Context()).Allows(auth.FormWrite, studyOf(r), "")
		return err
	}
	var site casebook.SiteID
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		all, err := store.All(r.Context(), tx, func(rows *store.Rows) (aside, error) { return scanAside(rows) },
			`SELECT `+asideColumns+` FROM epro_quarantine WHERE study_id = $1 AND record_id = $2 ORDER BY hash`, studyOf(r), id)
		for _, a := range all {
			if a.Hash == hash {
				site = a.Site
			}
		}
		return err
	})
	ctx, ok := auth.Act(r.Context(), auth.FormWrite, studyOf(r), site)
	if err == nil && (!ok || site == "") {
		err = casebook.Fail(casebook.NotFound, "epro.record_unknown", id)
	}
	if err != nil {
		return err
	}
	if err := s.Decide(ctx, studyOf(r), id, hash, in.Decision, in.Reason); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

func (s *Service) postAcknowledge(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("alert")
	var a alert
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		a, err = findAlert(r.Context(), tx, studyOf(r), id, "")
		return err
	})
	ctx, ok := auth.Act(r.Context(), auth.FormWrite, studyOf(r), a.Site)
	if err == nil && !ok {
		err = casebook.Fail(casebook.NotFound, "epro.alert_unknown", id)
	}
	if err != nil {
		return err
	}
	in, err := reasonOf(r)
	if err != nil {
		return err
	}
	if in.Note == "" {
		return casebook.Fail(casebook.Unprocessable, "epro.note_required").At("note")
	}
	if err := s.Acknowledge(ctx, studyOf(r), id, in.Note); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

func (s *Service) getSensitivity(w http.ResponseWriter, r *http.Request) error {
	_, may := sites(r, auth.ExportMake)
	all, err := s.Sensitivity(r.Context(), studyOf(r), may)
	if err != nil {
		return err
	}
	rows := [][]string{{"subject", "record", "form", "item", "opened", "original", "current", "changed"}}
	for _, d := range all {
		rows = append(rows, []string{string(d.Subject), d.Record, d.Form, d.Item, d.At.Format(time.RFC3339), d.Original, d.Current, strconv.FormatBool(d.Original != d.Current)})
	}
	return s.export(w, r, "sensitivity", rows)
}

func (s *Service) getComplianceCSV(w http.ResponseWriter, r *http.Request) error {
	q, _ := sites(r, auth.ExportMake)
	c, err := s.Compliance(r.Context(), studyOf(r), q)
	if err != nil {
		return err
	}
	rows := [][]string{{"subject", "site", "status", "expected", "done", "late", "missed", "open", "gaps", "unconfirmed"}}
	for _, x := range c.Subjects {
		row := []string{string(x.Subject), string(x.Site), string(x.Status)}
		for _, n := range []int{x.Expected, x.Done, x.Late, x.Missed, x.Open, x.Gaps} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, strconv.FormatBool(x.Unconfirmed)))
	}
	return s.export(w, r, "compliance", rows)
}

// export answers with a table, and records before that it leaves the product.
func (s *Service) export(w http.ResponseWriter, r *http.Request, name string, rows [][]string) error {
	ctx := r.Context()
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: Exported, Ref: name})
		return nil
	})
	if err != nil {
		return err
	}
	return web.CSV(w, name, rows)
}
