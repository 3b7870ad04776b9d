package notice

import (
	"context"
	"net/http"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/odm"
	"casebook/outbox"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

// The longest bodies.
const (
	maxDraft = 512 << 10
	maxSmall = 16 << 10
)

// Routes are the addresses of this package: composing and following notices for who manages a study, the inbox for
// everybody in it.
func (s *Service) Routes() []auth.Route {
	const all, one = "/api/v1/studies/{study}/notices", "/api/v1/studies/{study}/notices/{notice}"
	const inbox, letter = "/api/v1/studies/{study}/inbox", "/api/v1/studies/{study}/inbox/{notice}"
	manage, read := auth.InStudy(auth.StudyManage), auth.InStudy(auth.StudyRead)
	return []auth.Route{
		{Pattern: "POST " + all + "/preview", Policy: manage, Handle: s.postPreview},
		{Pattern: "POST " + all, Policy: manage, Handle: s.postNotice},
		{Pattern: "GET " + all, Policy: manage, Handle: s.getNotices},
		{Pattern: "GET " + one, Policy: manage, Handle: s.getNotice},
		{Pattern: "GET " + one + "/live", Policy: manage, Handle: s.getLive},
		{Pattern: "GET " + one + "/recipients", Policy: manage, Handle: s.getRecipients},
		{Pattern: "GET " + one + "/answers", Policy: manage, Handle: s.getAnswers},
		{Pattern: "GET " + one + "/export", Policy: manage, Handle: s.getExport},
		{Pattern: "GET " + one + "/attachments/{number}", Policy: manage, Handle: s.getAttachment},
		{Pattern: "POST " + one + "/filing", Policy: manage, Handle: s.postFiling},
		{Pattern: "POST " + one + "/cancel", Policy: manage, Handle: s.postCancel},
		{Pattern: "POST " + one + "/remind", Policy: manage, Handle: s.postRemind},
		{Pattern: "GET /api/v1/studies/{study}/reach", Policy: manage, Handle: s.getReach},
		{Pattern: "PUT /api/v1/studies/{study}/reach", Policy: manage, Handle: s.putReach},
		{Pattern: "GET " + inbox, Policy: read, Handle: s.getWaiting},
		{Pattern: "POST " + inbox, Policy: read, Handle: s.postInbox},
		{Pattern: "POST " + letter, Policy: read, Handle: s.postOpen},
		{Pattern: "GET " + letter + "/attachments/{number}", Policy: read, Handle: s.getLetterAttachment},
		{Pattern: "POST " + letter + "/acknowledgement", Policy: read, Handle: s.postAcknowledgement},
		{Pattern: "POST " + letter + "/answer", Policy: read, Handle: s.postAnswer},
		{Pattern: "PUT /api/v1/studies/{study}/inbox/reach", Policy: read, Handle: s.putOwnReach},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

func (s *Service) postPreview(w http.ResponseWriter, r *http.Request) error {
	var d Draft
	if err := web.Decode(r, maxDraft, &d); err != nil {
		return err
	}
	p, err := s.Preview(r.Context(), studyOf(r), d)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, p)
}

func (s *Service) postNotice(w http.ResponseWriter, r *http.Request) error {
	var d Draft
	if err := web.Decode(r, maxDraft, &d); err != nil {
		return err
	}
	n, err := s.Send(r.Context(), studyOf(r), d)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, n)
}

// noticeJSON is a notice in a list.
type noticeJSON struct {
	ID         string          `json:"id"`
	Kind       Kind            `json:"kind"`
	State      State           `json:"state"`
	Title      odm.Text        `json:"title"` // with the values that all read
	Ack        Acknowledgement `json:"ack"`
	Asks       bool            `json:"asks"` // it has a reply form
	Sender     casebook.UserID `json:"sender"`
	SenderName string          `json:"senderName"`
	Created    time.Time       `json:"created"`
	Deadline   time.Time       `json:"deadline,omitzero"`
	Targets    int64           `json:"targets"`
	Parent     string          `json:"parent,omitempty"`
	Total      Row             `json:"total"`
}

func (s *Service) getNotices(w http.ResponseWriter, r *http.Request) error {
	names, err := s.names(r)
	if err != nil {
		return err
	}
	var all []listed
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) { all, err = list(r.Context(), tx, studyOf(r)); return err })
	if err != nil {
		return err
	}
	out := make([]noticeJSON, len(all))
	for i, n := range all {
		n.Total.Name = odm.Text{}
		out[i] = noticeJSON{n.ID, n.Kind, n.State, n.heading(), n.Ack, n.Form != nil, n.Sender, names(n.Sender), n.Created, n.Deadline, n.Targets, n.Parent, n.Total}
	}
	return web.JSON(w, http.StatusOK, map[string]any{"notices": out})
}

// names tells how people are called, in the reader's language.
func (s *Service) names(r *http.Request) (func(casebook.UserID) string, error) {
	var who map[casebook.UserID]auth.Account
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) { who, err = auth.Accounts(r.Context(), tx); return err })
	lang := i18n.Language(r.Header.Get("Accept-Language"))
	return func(id casebook.UserID) string { return called(who, id, lang) }, err
}

func (s *Service) getNotice(w http.ResponseWriter, r *http.Request) error {
	n, err := s.Get(r.Context(), studyOf(r), r.PathValue("notice"))
	if err != nil {
		return err
	}
	m, err := s.Matrix(r.Context(), studyOf(r), n.ID)
	if err != nil {
		return err
	}
	texts := map[string]frozen{}
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		for _, lang := range languages {
			if texts[lang], err = example(r.Context(), tx, studyOf(r), n, lang); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	stands, err := s.filing(r.Context(), studyOf(r), n.ID)
	if err != nil {
		return err
	}
	left, err := s.sentCounts(r.Context(), studyOf(r), n.ID)
	if err != nil {
		return err
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"notice": n, "title": n.heading(), "senderName": names(n.Sender), "matrix": m, "texts": texts, "left": states(left), "filing": stands})
}

// states has every state of what leaves, those of which there are none too.
func states(counts map[outbox.State]int64) map[outbox.State]int64 {
	all := map[outbox.State]int64{outbox.Waiting: 0, outbox.Sent: 0, outbox.Dead: 0, outbox.Cancelled: 0}
	for state, n := range counts {
		all[state] = n
	}
	return all
}

// recipientJSON is a recipient as the pages see it.
type recipientJSON struct {
	Recipient
	Name           string         `json:"name"`
	AddressedAt    time.Time      `json:"addressedAt"`
	ReceivedAt     time.Time      `json:"receivedAt,omitzero"`
	ReadAt         time.Time      `json:"readAt,omitzero"`
	AcknowledgedAt time.Time      `json:"acknowledgedAt,omitzero"`
	AnsweredAt     time.Time      `json:"answeredAt,omitzero"`
	Signed         bool           `json:"signed"`
	Values         []record.Value `json:"values"`
	Missing        bool           `json:"missing"`
}

func (n *Notice) recipient(to *Recipient, name string) (recipientJSON, error) {
	given, err := values(to.Answer)
	return recipientJSON{*to, name, store.Time(to.Addressed), store.Time(to.Received), store.Time(to.Read), store.Time(to.Acknowledged), store.Time(to.Answered),
		to.Signature != "", append([]record.Value{}, given...), n.missing(to)}, err
}

// getRecipients answers the recipients at ?site=, or with ?missing=1 those of whom something is expected, up to a page.
func (s *Service) getRecipients(w http.ResponseWriter, r *http.Request) error {
	ctx, study, q := r.Context(), studyOf(r), r.URL.Query()
	n, err := s.Get(ctx, study, r.PathValue("notice"))
	if err != nil {
		return err
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	out := []recipientJSON{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := store.All(ctx, tx, scanRecipient, `SELECT `+recipientColumns+` FROM notice_recipient WHERE study_id = $1 AND notice_id = $2
			AND ($3 = 0 OR site_id = $4) AND ($5 = 0 OR received = 0 OR read = 0 OR acknowledged = 0 AND $6 = 1 OR answered = 0 AND $7 = 1)
			ORDER BY site_id, user_id LIMIT $8`, study, n.ID, truth(q.Has("site")), q.Get("site"), truth(q.Get("missing") == "1"), truth(n.Ack != None), truth(n.Form != nil), page)
		for i := range all {
			to, failed := n.recipient(&all[i], names(all[i].User))
			if failed != nil {
				return failed
			}
			out = append(out, to)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"recipients": out})
}

func (s *Service) getAnswers(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Answers(r.Context(), studyOf(r), r.PathValue("notice"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"questions": all})
}

func (s *Service) postCancel(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	if err := s.Cancel(r.Context(), studyOf(r), r.PathValue("notice"), in.Reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// postFiling has the notice filed in the sites' files as it stands now.
func (s *Service) postFiling(w http.ResponseWriter, r *http.Request) error {
	if err := s.FileNow(r.Context(), studyOf(r), r.PathValue("notice")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (s *Service) postRemind(w http.ResponseWriter, r *http.Request) error {
	n, err := s.Remind(r.Context(), studyOf(r), r.PathValue("notice"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"reminded": n})
}

func (s *Service) getReach(w http.ResponseWriter, r *http.Request) error {
	all := []Reach{}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		found, err := reachOf(r.Context(), tx, studyOf(r))
		all = append(all, found...)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"reach": all})
}

func (s *Service) putReach(w http.ResponseWriter, r *http.Request) error {
	var in Reach
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	return s.answerReach(w, r, in)
}

// putOwnReach is for one's own mail address and telephone.
func (s *Service) putOwnReach(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Channel string `json:"channel"`
		Address string `json:"address"`
	}
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	return s.answerReach(w, r, Reach{User: auth.From(r.Context()).User, Channel: in.Channel, Address: in.Address})
}

func (s *Service) answerReach(w http.ResponseWriter, r *http.Request, in Reach) error {
	set, err := s.SetReach(r.Context(), studyOf(r), in)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, set)
}

// letterJSON is a notice as its recipient sees it.
type letterJSON struct {
	ID          string             `json:"id"`
	Site        casebook.SiteID    `json:"site"`
	SiteName    odm.Text           `json:"siteName"`
	Kind        Kind               `json:"kind"`
	State       string             `json:"state"` // open, late, done, closed or cancelled
	Language    string             `json:"language"`
	Title       string             `json:"title"`
	Body        string             `json:"body,omitempty"`
	Ack         Acknowledgement    `json:"ack"`
	Asks        bool               `json:"asks"`
	Sender      string             `json:"sender"`
	Created     time.Time          `json:"created"`
	Deadline    time.Time          `json:"deadline,omitzero"`
	Closes      time.Time          `json:"closes,omitzero"`
	Reason      string             `json:"reason,omitempty"` // why it was cancelled
	Mine        recipientJSON      `json:"mine"`
	Signature   string             `json:"signature,omitempty"` // the manifest, JSON
	Form        *record.AloneShown `json:"form,omitempty"`
	Attachments []Attachment       `json:"attachments,omitempty"`
}

// letterJSONs shows letters; whole ones with their text and form.
func (s *Service) letterJSONs(r *http.Request, whole bool, all ...Letter) ([]letterJSON, error) {
	names, err := s.names(r)
	if err != nil {
		return nil, err
	}
	sites, err := s.siteNames(r.Context(), studyOf(r))
	if err != nil {
		return nil, err
	}
	now := s.db.World().Now()
	out := make([]letterJSON, len(all))
	for i := range all {
		l := &all[i]
		n, to := l.Notice, &l.Recipient
		own, err := n.recipient(to, names(to.User))
		if err != nil {
			return nil, err
		}
		j := letterJSON{ID: n.ID, Site: to.Site, SiteName: sites[to.Site], Kind: n.Kind, State: l.state(now), Language: l.Language, Title: l.Title, Ack: n.Ack, Asks: n.Form != nil,
			Sender: names(n.Sender), Created: n.Created, Deadline: n.Deadline, Closes: n.Closes, Reason: n.Reason, Mine: own}
		if j.SiteName == nil {
			j.SiteName = wholeStudy()
		}
		if whole {
			j.Body, j.Signature, j.Form, j.Attachments = l.Body, to.Signature, n.form(to.User, now), n.Attachments
		}
		out[i] = j
	}
	return out, nil
}

// form is the notice's reply form as the person who answers it sees it; nil when it asks nothing.
func (n *Notice) form(user casebook.UserID, now time.Time) *record.AloneShown {
	if n.Form == nil {
		return nil
	}
	return record.NewAlone(n.Form).Show(answering(user, now))
}

func (s *Service) getWaiting(w http.ResponseWriter, r *http.Request) error {
	waiting, err := s.Waiting(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, waiting)
}

// postInbox shows the caller's notices, which are thereby received: it is no GET, which a browser may send by itself.
func (s *Service) postInbox(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Inbox(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	out, err := s.letterJSONs(r, false, all...)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"letters": out})
}

// place names at which site the caller is spoken to.
type place struct {
	Site casebook.SiteID `json:"site"`
}

func (s *Service) postOpen(w http.ResponseWriter, r *http.Request) error {
	var in place
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	l, err := s.Open(r.Context(), studyOf(r), r.PathValue("notice"), in.Site)
	return s.answerLetter(w, r, l, err)
}

func (s *Service) answerLetter(w http.ResponseWriter, r *http.Request, l Letter, err error) error {
	if err != nil {
		return err
	}
	out, err := s.letterJSONs(r, true, l)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out[0])
}

func (s *Service) postAcknowledgement(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		place
		User     string `json:"user"`
		Password string `json:"password"`
		Zone     string `json:"zone"`
	}
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	sign, err := s.proved(r, in.Site, in.User, in.Password, in.Zone)
	if err != nil {
		return err
	}
	l, err := s.Acknowledge(r.Context(), studyOf(r), r.PathValue("notice"), in.Site, sign)
	return s.answerLetter(w, r, l, err)
}

// proved asks for the password where a notice wants a signature.
func (s *Service) proved(r *http.Request, site casebook.SiteID, user, password, zone string) (*Signing, error) {
	n, err := s.Get(r.Context(), studyOf(r), r.PathValue("notice"))
	if err != nil || n.Ack != Signed || password == "" {
		return nil, err
	}
	if err := s.own(r.Context(), studyOf(r), n.ID, site); err != nil {
		return nil, err
	}
	if err := s.o.Reauthenticate(r, user, password); err != nil {
		return nil, err
	}
	return &Signing{auth.From(r.Context()).Printed(), zone}, nil
}

// own refuses a notice that is not the caller's, before they are asked to prove anything.
func (s *Service) own(ctx context.Context, study casebook.StudyID, id string, site casebook.SiteID) error {
	user, _ := mine(ctx, study)
	return s.db.View(ctx, func(tx *store.Tx) error {
		var n int
		err := tx.Row(ctx, `SELECT count(*) FROM notice_recipient WHERE study_id = $1 AND notice_id = $2 AND site_id = $3 AND user_id = $4`, study, id, site, user).Scan(&n)
		if err == nil && n == 0 {
			err = casebook.Fail(casebook.NotFound, "notice.unknown", id).At("notice")
		}
		return err
	})
}

func (s *Service) postAnswer(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		place
		Items  []record.Value `json:"items"`
		Reason string         `json:"reason"`
	}
	if err := web.Decode(r, maxReply, &in); err != nil {
		return err
	}
	l, err := s.Answer(r.Context(), studyOf(r), r.PathValue("notice"), in.Site, in.Items, in.Reason)
	return s.answerLetter(w, r, l, err)
}
