package epro

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/epro/schedule"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// Routes are the addresses of this package. Those of the phones are public to package auth: see phone.
func (s *Service) Routes() []auth.Route {
	const study, subject = "/api/v1/studies/{study}/epro", "/api/v1/studies/{study}/subjects/{subject}/epro"
	return []auth.Route{
		{Pattern: "POST /api/v1/epro/enrol", Policy: auth.Public, Handle: s.postEnrol},
		{Pattern: "GET /api/v1/epro/plan", Policy: auth.Public, Handle: s.getPlan},
		{Pattern: "POST /api/v1/epro/records", Policy: auth.Public, Handle: s.postRecords},
		{Pattern: "GET " + study, Policy: auth.SiteInside(auth.FormRead), Handle: s.getCompliance},
		{Pattern: "GET " + study + "/phones", Policy: auth.SiteInside(auth.FormRead), Handle: s.getPhones},
		{Pattern: "GET " + study + "/quarantine", Policy: auth.SiteInside(auth.FormRead), Handle: s.getQuarantine},
		{Pattern: "GET " + study + "/alerts", Policy: auth.SiteInside(auth.FormRead), Handle: s.getAlerts},
		{Pattern: "GET " + study + "/schedule", Policy: auth.InStudy(auth.StudyRead), Handle: s.getSchedule},
		{Pattern: "PUT " + study + "/schedule", Policy: auth.InStudy(auth.StudyManage), Handle: s.putSchedule},
		{Pattern: "POST " + study + "/simulate", Policy: auth.InStudy(auth.StudyRead), Handle: s.postSimulate},
		{Pattern: "GET " + study + "/sensitivity.csv", Policy: auth.SiteInside(auth.ExportMake), Handle: s.getSensitivity},
		{Pattern: "GET " + study + "/compliance.csv", Policy: auth.SiteInside(auth.ExportMake), Handle: s.getComplianceCSV},
		{Pattern: "GET " + study + "/records/{record}", Policy: auth.SiteInside(auth.FormRead), Handle: s.getRecord},
		{Pattern: "GET " + study + "/records", Policy: auth.SiteInside(auth.FormRead), Handle: s.getRecords},
		{Pattern: "GET " + study + "/changes", Policy: auth.SiteInside(auth.FormRead), Handle: s.getChanges},
		{Pattern: "POST " + study + "/changes/{change}", Policy: auth.SiteInside(auth.FormSign), Handle: s.postChangeDecision},
		{Pattern: "POST /api/v1/epro/changes/{change}", Policy: auth.Public, Handle: s.postOwnChange},
		{Pattern: "GET /api/v1/epro/consent", Policy: auth.Public, Handle: s.getOwnConsent},
		{Pattern: "POST /api/v1/epro/consent", Policy: auth.Public, Handle: s.postOwnConsent},
		{Pattern: "DELETE /api/v1/epro/consent", Policy: auth.Public, Handle: s.deleteOwnConsent},
		{Pattern: "GET " + study + "/consent", Policy: auth.SiteInside(auth.FormRead), Handle: s.getConsent},
		{Pattern: "PUT " + study + "/consent", Policy: auth.InStudy(auth.StudyManage), Handle: s.putConsent},
		{Pattern: "GET " + study + "/consent/draft", Policy: auth.InStudy(auth.StudyManage), Handle: s.getDraft},
		{Pattern: "PUT " + study + "/consent/draft", Policy: auth.InStudy(auth.StudyManage), Handle: s.putDraft},
		{Pattern: "DELETE " + study + "/consent/draft", Policy: auth.InStudy(auth.StudyManage), Handle: s.deleteDraft},
		{Pattern: "GET " + study + "/consent/{number}", Policy: auth.InStudy(auth.StudyRead), Handle: s.getConsentVersion},
		{Pattern: "GET " + study + "/signatures/{consent}", Policy: auth.SiteInside(auth.IdentityRead), Handle: s.getSignature},
		{Pattern: "POST " + subject + "/consent", Policy: auth.SiteInside(auth.SubjectEnrol), Handle: s.postPaper},
		{Pattern: "DELETE " + subject + "/consent", Policy: auth.SiteInside(auth.SubjectEnrol), Handle: s.deleteConsent},
		{Pattern: "POST " + study + "/records/{record}/changes", Policy: auth.SiteInside(auth.FormWrite), Handle: s.postChange},
		{Pattern: "POST " + study + "/quarantine/{record}/{hash}", Policy: auth.SiteInside(auth.FormWrite), Handle: s.postDecision},
		{Pattern: "POST " + study + "/alerts/{alert}", Policy: auth.SiteInside(auth.FormWrite), Handle: s.postAcknowledge},
		{Pattern: "DELETE " + study + "/phones/{device}", Policy: auth.SiteInside(auth.FormWrite), Handle: s.deletePhone},
		{Pattern: "POST " + subject + "/phones", Policy: auth.SiteInside(auth.SubjectEnrol), Handle: s.postInvite},
		{Pattern: "GET /api/v1/epro/reach", Policy: auth.Public, Handle: s.getOwnReach},
		{Pattern: "PUT /api/v1/epro/reach", Policy: auth.Public, Handle: s.putOwnReach},
		{Pattern: "GET " + study + "/reach", Policy: auth.SiteInside(auth.FormRead), Handle: s.getReachable},
		{Pattern: "GET " + subject + "/reach", Policy: auth.SiteInside(auth.FormRead), Handle: s.getReach},
		{Pattern: "GET " + subject + "/identity", Policy: auth.SiteInside(auth.IdentityRead), Handle: s.getIdentity},
		{Pattern: "PUT " + subject + "/reach", Policy: auth.SiteInside(auth.SubjectEnrol), Handle: s.putReach},
		{Pattern: "POST " + subject + "/anchors", Policy: auth.SiteInside(auth.FormWrite), Handle: s.postAnchor},
	}
}

func (s *Service) postEnrol(w http.ResponseWriter, r *http.Request) error {
	var e Enrolment
	if err := web.Decode(r, 4<<10, &e); err != nil {
		return err
	}
	out, err := s.Enrol(r.Context(), e)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, out)
}

// postRecords takes in what a phone brings. With one record the answer's status is the record's own; with none or
// several it is 200, and each has its own inside.
func (s *Service) postRecords(w http.ResponseWriter, r *http.Request) error {
	study, d, p, err := s.phone(r)
	if err != nil {
		return err
	}
	body, err := web.Body(r, MaxSync)
	if err != nil {
		return err
	}
	var c Contact
	if err := json.Unmarshal(body, &c); err != nil {
		if err := web.Parse(body, &c); err != nil {
			return err
		}
	}
	if len(c.Records) > MaxRecords {
		return casebook.Fail(casebook.TooLarge, "epro.too_many", MaxRecords).At("/records")
	}
	if len(c.Records) == 0 && !d.over(p).IsZero() {
		return errEnded
	}
	answer, err := s.Sync(r.Context(), study, d, p, c)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(answer.Results) == 1 {
		status = answer.Results[0].Status
	}
	return web.JSON(w, status, answer)
}

// planned is all that a phone needs until its next contact.
type planned struct {
	Study    casebook.StudyID   `json:"study"`
	Name     string             `json:"name"`
	Subject  casebook.SubjectID `json:"subject"`
	Device   string             `json:"device"`
	Reporter string             `json:"reporter"`
	Schedule int64              `json:"schedule"`
	Help     schedule.Help      `json:"help"`
	Crisis   []crisis           `json:"crisis"`
	Windows  []planWindow       `json:"windows"`
	Unasked  []string           `json:"unasked"` // forms that the patient may open at any time
	Forms    map[string]form    `json:"forms"`
	History  []past             `json:"history"`
	Missing  []int64            `json:"missing"`
	Consent  string             `json:"consent,omitempty"` // open, needed, signed or withdrawn; "" where there is nothing to sign
	Changes  []changeAsked      `json:"changes,omitempty"` // corrections that wait for the patient's word
	Now      time.Time          `json:"now"`
}

// changeAsked is a correction as the patient sees it.
type changeAsked struct {
	Change string         `json:"change"`
	Form   string         `json:"form"`
	Reason string         `json:"reason"`
	Items  []record.Value `json:"items"`
	Old    []record.Value `json:"old"`
}

type form struct {
	Hash string `json:"hash"`
	definition
}

type planWindow struct {
	schedule.Window
	Done bool `json:"done"`
}

// crisis is what the phone shows at once when an answer calls for it, whether or not anybody can be reached.
type crisis struct {
	Form string   `json:"form"`
	When string   `json:"when"`
	Text odm.Text `json:"text"`
}

// past is one answer set that has arrived.
type past struct {
	Record   string    `json:"record"`
	Form     string    `json:"form"`
	Finished time.Time `json:"finished"`
	Received time.Time `json:"received"`
	Receipt  string    `json:"receipt"`
	Late     bool      `json:"late"`
}

// ahead is how far a phone can see, so that it goes on asking while nobody can be reached.
const ahead = 30 * 24 * time.Hour

func (s *Service) getPlan(w http.ResponseWriter, r *http.Request) error {
	study, d, p, err := s.phone(r)
	if err != nil {
		return err
	}
	if !d.over(p).IsZero() {
		return errEnded
	}
	ctx := r.Context()
	now := s.now()
	out := planned{Study: study, Subject: d.Subject, Device: d.ID, Reporter: d.Reporter, Crisis: []crisis{}, Windows: []planWindow{}, Unasked: []string{},
		Forms: map[string]form{}, History: []past{}}
	t, err := s.trials.Get(ctx, study)
	if err != nil {
		return err
	}
	out.Name = t.Name
	pl, err := s.plan(ctx, study)
	if err != nil {
		return err
	}
	if pl != nil {
		v, err := s.versionAt(ctx, study, p.Site)
		if err != nil {
			return err
		}
		windows, err := s.Windows(ctx, study, pl, p, now, now.Add(ahead))
		if err != nil {
			return err
		}
		out.fill(pl, v, windows)
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := store.All(ctx, tx, func(rows *store.Rows) (received, error) { return scanRecord(rows) },
			`SELECT `+recordColumns+` FROM epro_record WHERE study_id = $1 AND subject_id = $2 ORDER BY finished_at DESC, record_id LIMIT 200`, study, d.Subject)
		if err != nil {
			return err
		}
		out.passed(all)
		if err := out.asks(ctx, tx, study, now); err != nil {
			return err
		}
		out.Missing, err = missingOf(ctx, tx, study, d.ID, 100)
		return err
	})
	if err != nil {
		return err
	}
	text := ledger.Text(out)
	sum := sha256.Sum256([]byte(text))
	etag := `"` + hex.EncodeToString(sum[:12]) + `"`
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	out.Now = now
	return web.JSON(w, http.StatusOK, out)
}

func (out *planned) fill(pl *plan, v *version, windows []schedule.Window) {
	out.Schedule, out.Help = pl.number, pl.Help
	for _, a := range pl.Alerts {
		if len(a.Crisis) > 0 {
			out.Crisis = append(out.Crisis, crisis{a.Form, a.When, a.Crisis})
		}
	}
	for _, win := range windows {
		out.Windows = append(out.Windows, planWindow{Window: win})
	}
	lacks := pl.lacking(v.study)
	for _, f := range pl.Forms {
		if slices.Contains(lacks, f.Form) {
			continue
		}
		d := definitionOf(v.study, f.Form)
		out.Forms[f.Form] = form{digest(ledger.Text(d)), d}
		if pl.unasked(f.Form) && !slices.Contains(out.Unasked, f.Form) {
			out.Unasked = append(out.Unasked, f.Form)
		}
	}
}

// asks adds what the patient is to sign or to say. Without a consent that is required nothing else is asked.
func (out *planned) asks(ctx context.Context, tx *store.Tx, study casebook.StudyID, now time.Time) error {
	a, err := agreed(ctx, tx, study, out.Subject)
	if err != nil {
		return err
	}
	if out.Consent = a.state(out.Subject, now); !a.allows(out.Subject, now, now) {
		out.Windows, out.Unasked = []planWindow{}, []string{}
	}
	waiting, err := waitingOf(ctx, tx, study, out.Subject)
	for _, c := range waiting {
		out.Changes = append(out.Changes, changeAsked{c.ID, c.Form, c.Reason, c.Items, c.Old})
	}
	return err
}

func (out *planned) passed(all []received) {
	done := map[windowName]bool{}
	for _, r := range all {
		done[windowName{r.Form, r.Window}] = true
		out.History = append(out.History, past{r.ID, r.Form, r.FinishedAt, r.ReceivedAt, r.Receipt, r.Late()})
	}
	for i := range out.Windows {
		out.Windows[i].Done = done[windowName{out.Windows[i].Form, out.Windows[i].Key}]
	}
}
