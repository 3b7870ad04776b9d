package epro

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/outbox"
	"casebook/record"
	"casebook/store"
)

// received is an accepted record's row, but for its body, whose hash stands here.
type received struct {
	ID         string             `json:"record"`
	Subject    casebook.SubjectID `json:"subject"`
	Site       casebook.SiteID    `json:"site"`
	Device     string             `json:"device"`
	Seq        int64              `json:"seq"`
	Form       string             `json:"form"`
	Window     string             `json:"window"`
	Definition int64              `json:"definition"`
	Hash       string             `json:"hash"`
	Receipt    string             `json:"receipt"`
	Reporter   string             `json:"reporter"`
	Language   string             `json:"language"`
	OpenedAt   time.Time          `json:"openedAt"` // as can be trusted
	FinishedAt time.Time          `json:"finishedAt"`
	ClosesAt   time.Time          `json:"closesAt,omitzero"`
	ReceivedAt time.Time          `json:"receivedAt"`
}

// Late reports whether a record that was opened in its window arrived after it: late receipt, which is not late entry.
func (r *received) Late() bool { return !r.ClosesAt.IsZero() && r.ReceivedAt.After(r.ClosesAt) }

func (a *arrival) row() received {
	return received{a.ID, a.Subject, a.device.Site, a.device.ID, a.Seq, a.Form, a.Window, a.version, hex.EncodeToString(a.hash[:]), a.receipt,
		a.device.Reporter, a.Language, a.opened.UTC().Truncate(time.Microsecond), a.Finished.UTC().Truncate(time.Microsecond), a.closes.UTC(), a.received}
}

// aside is a quarantined record's row, but for its body.
type aside struct {
	ID         string             `json:"record"`
	Hash       string             `json:"hash"`
	Subject    casebook.SubjectID `json:"subject"` // whose phone brought it
	Site       casebook.SiteID    `json:"site"`
	Device     string             `json:"device"`
	Why        string             `json:"why"`
	Receipt    string             `json:"receipt"`
	ReceivedAt time.Time          `json:"receivedAt"`

	DecidedAt time.Time       `json:"decidedAt,omitzero"`
	DecidedBy casebook.UserID `json:"decidedBy,omitempty"`
	Decision  string          `json:"decision,omitempty"` // accepted or set_aside
	Reason    string          `json:"reason,omitempty"`
}

// issue is something odd about an accepted record.
type issue struct {
	ID      string             `json:"issue"`
	Subject casebook.SubjectID `json:"subject"`
	Site    casebook.SiteID    `json:"site"`
	Record  string             `json:"record"`
	Kind    string             `json:"kind"` // clock, rule, chain or sequence
	Detail  string             `json:"detail"`
	At      time.Time          `json:"at"`
}

var (
	insertRecord = store.NewInsert("epro_record", "study_id text, record_id text, subject_id text, site_id text, device_id text, seq bigint, form_oid text, window_key text, "+
		"definition bigint, hash bytea, receipt text, reporter text, language text, opened_at bigint, finished_at bigint, closes_at bigint, received_at bigint, body text, release bigint",
		"ON CONFLICT (study_id, record_id) DO NOTHING", "record_id")
	insertAside = store.NewInsert("epro_quarantine", "study_id text, record_id text, hash bytea, subject_id text, site_id text, device_id text, why text, receipt text, "+
		"received_at bigint, body text, release bigint, decided_at bigint, decided_by text, decision text, reason text", "", "")
	insertSequence = store.NewInsert("epro_sequence", "study_id text, device_id text, seq bigint, record_id text, hash bytea", "ON CONFLICT (study_id, device_id, seq) DO NOTHING", "record_id")
	insertIssue    = store.NewInsert("epro_issue", "study_id text, issue_id text, subject_id text, site_id text, record_id text, kind text, detail text, found_at bigint", "", "")
)

var errRaced = casebook.Fail(casebook.Busy, "epro.raced")

// keeping is one transaction of one phone.
type keeping struct {
	s       *Service
	w       *ledger.Writer
	d       *device
	batch   []*arrival
	known   map[string]string // hash of each record that is there, by id
	aside   map[string]string // why each that is in quarantine is there, by id and hash
	results []Result
	fresh   []*arrival // to be accepted
	put     []*arrival // to be quarantined
}

// keep writes a batch. Two phones, or two tabs of one, may bring the same at once: the loser of such a race starts again
// and finds what the winner left.
func (s *Service) keep(ctx context.Context, study casebook.StudyID, d device, c Contact, batch []*arrival) (results []Result, missing []int64, err error) {
	for range 5 {
		err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
			k := &keeping{s: s, w: w, d: &d, batch: batch, results: make([]Result, len(batch))}
			if err := k.run(ctx, c); err != nil {
				return err
			}
			results = k.results
			missing, err = missingOf(ctx, w.Tx, study, d.ID, 100)
			return err
		})
		if !store.IsUnique(err) && !errors.Is(err, errRaced) {
			return results, missing, err
		}
	}
	return nil, nil, err
}

func (k *keeping) run(ctx context.Context, c Contact) error {
	// This row's lock keeps requests of one phone apart.
	n, err := k.w.Exec(ctx, `UPDATE epro_device SET seen_at = $3, highest = CASE WHEN highest > $4 THEN highest ELSE $4 END WHERE study_id = $1 AND device_id = $2`,
		k.w.Study, k.d.ID, store.Micros(k.w.Now), k.highest(c))
	if err != nil || n == 0 {
		return err
	}
	if k.d.EndedAt.IsZero() && c.Zone != "" {
		if err := k.s.moved(ctx, k.w, k.d, c.Zone, k.since(c.Zone)); err != nil {
			return err
		}
	}
	if err := k.look(ctx); err != nil {
		return err
	}
	if err := k.sort(ctx); err != nil {
		return err
	}
	return k.write(ctx)
}

func (k *keeping) highest(c Contact) int64 {
	highest := min(max(c.Highest, 0), 1<<40)
	for _, a := range k.batch {
		if a.Device == k.d.ID && a.why != whyUnreadable {
			highest = max(highest, a.Seq)
		}
	}
	return highest
}

// since is when the phone came into the zone that it says it is in: with the first record that was opened there.
func (k *keeping) since(zone string) time.Time {
	since := k.w.Now
	for _, a := range k.batch {
		if a.why == "" && a.opened.Before(since) && a.opened.After(k.d.seenAt) {
			since = a.opened
		}
	}
	return since
}

// look finds which of the records are there already.
func (k *keeping) look(ctx context.Context) error {
	k.known, k.aside = map[string]string{}, map[string]string{}
	ids := make([]string, len(k.batch))
	for i, a := range k.batch {
		ids[i] = a.ID
	}
	for part := range slices.Chunk(ids, 200) {
		list, args := marks(part, k.w.Study)
		err := k.w.Each(ctx, func(r *store.Rows) error {
			var id string
			var hash []byte
			err := r.Scan(&id, &hash)
			k.known[id] = string(hash)
			return err
		}, `SELECT record_id, hash FROM epro_record WHERE study_id = $1 AND record_id IN `+list, args...)
		if err != nil {
			return err
		}
		err = k.w.Each(ctx, func(r *store.Rows) error {
			var id, why string
			var hash []byte
			err := r.Scan(&id, &hash, &why)
			k.aside[id+string(hash)] = why
			return err
		}, `SELECT record_id, hash, why FROM epro_quarantine WHERE study_id = $1 AND record_id IN `+list, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// sort decides what becomes of each record.
func (k *keeping) sort(ctx context.Context) error {
	answered, err := k.answered(ctx)
	if err != nil {
		return err
	}
	for i, a := range k.batch {
		why := a.why
		hash, there := k.known[a.ID]
		name := windowName{a.Form, a.Window}
		same := a.ID + string(a.hash[:])
		earlier, put := k.aside[same], false
		switch {
		case there && hash == string(a.hash[:]):
			why = "" // the same again
		case earlier != "":
			why = earlier
		case there:
			why, put = whyAltered, true
		case why != "":
			put = true
		case a.Window != "" && answered[name]:
			why, put = whyAnswered, true
		default:
			answered[name], k.known[a.ID] = true, string(a.hash[:])
			k.fresh = append(k.fresh, a)
		}
		if put {
			k.aside[same] = why
			k.put = append(k.put, a.copyAs(why))
		}
		k.results[i] = Result{ID: a.ID, Status: http.StatusOK, Receipt: a.receipt, Late: why == "" && !a.closes.IsZero() && a.received.After(a.closes)}
		if why != "" {
			k.results[i].Status, k.results[i].Code = statusOf(why), "epro.quarantine."+why
		}
	}
	return nil
}

// copyAs is a with a reason to be quarantined that only this transaction sees.
func (a *arrival) copyAs(why string) *arrival {
	c := *a
	c.why = why
	return &c
}

// answered are the windows of the batch that have an accepted answer.
func (k *keeping) answered(ctx context.Context) (map[windowName]bool, error) {
	found := map[windowName]bool{}
	var keys []string
	for _, a := range k.batch {
		if a.why == "" && a.Window != "" {
			keys = append(keys, a.Window)
		}
	}
	for part := range slices.Chunk(keys, 200) {
		list, args := marks(part, k.w.Study, k.d.Subject)
		err := k.w.Each(ctx, func(r *store.Rows) error {
			var n windowName
			err := r.Scan(&n.form, &n.key)
			found[n] = true
			return err
		}, `SELECT form_oid, window_key FROM epro_record WHERE study_id = $1 AND subject_id = $2 AND window_key IN `+list, args...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (k *keeping) write(ctx context.Context) error {
	if err := k.records(ctx); err != nil {
		return err
	}
	if err := k.quarantine(ctx); err != nil {
		return err
	}
	if err := k.sequence(ctx); err != nil {
		return err
	}
	return k.notes(ctx)
}

// records writes the accepted records and their values.
func (k *keeping) records(ctx context.Context) error {
	n := len(k.fresh)
	if n == 0 {
		return nil
	}
	text, num, hash := columns(12, n), numbers(7, n), make([][]byte, n)
	var forms []*record.Report
	for i, a := range k.fresh {
		r := a.row()
		text.set(i, string(k.w.Study), r.ID, string(r.Subject), string(r.Site), r.Device, r.Form, r.Window, r.Receipt, r.Reporter, r.Language, a.body)
		num.set(i, r.Seq, r.Definition, store.Micros(r.OpenedAt), store.Micros(r.FinishedAt), store.Micros(r.ClosesAt), store.Micros(r.ReceivedAt), k.w.Release(r.Site))
		hash[i] = a.hash[:]
		k.w.Record(ctx, ledger.Entry{What: Received, Site: r.Site, Subject: r.Subject, Ref: r.ID, New: ledger.Text(r), DeviceAt: a.Opened})
		who := k.d.actor(ctx)
		forms = append(forms, record.NewReport(a.out, ledger.Entry{Actor: who.User, Role: who.Role, Location: who.Location, Trace: who.Trace, DeviceAt: a.Opened}))
	}
	fresh, err := k.w.InsertAll(ctx, insertRecord, text[0], text[1], text[2], text[3], text[4], num[0], text[5], text[6], num[1], hash, text[7], text[8], text[9],
		num[2], num[3], num[4], num[5], text[10], num[6])
	if err == nil && slices.Contains(fresh, false) {
		return errRaced
	}
	if err != nil {
		return err
	}
	if err := record.InsertIn(ctx, k.w, forms); err != nil {
		return err
	}
	return k.unremind(ctx)
}

// unremind takes back the reminders of what is answered now.
func (k *keeping) unremind(ctx context.Context) error {
	if k.s.Reminders.Box == nil {
		return nil
	}
	for _, a := range k.fresh {
		if a.Window == "" || !a.closes.After(a.received) { // a reminder does not outlive its window
			continue
		}
		if _, err := outbox.Cancel(ctx, k.w.Tx, k.w.Study, campaign(a.Subject, a.Form, a.Window)); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeping) quarantine(ctx context.Context) error {
	n := len(k.put)
	if n == 0 {
		return nil
	}
	text, num, hash := columns(11, n), numbers(3, n), make([][]byte, n)
	for i, a := range k.put {
		r := aside{ID: a.ID, Hash: hex.EncodeToString(a.hash[:]), Subject: k.d.Subject, Site: k.d.Site, Device: k.d.ID, Why: a.why, Receipt: a.receipt, ReceivedAt: a.received}
		text.set(i, string(k.w.Study), r.ID, string(r.Subject), string(r.Site), r.Device, r.Why, r.Receipt, a.body)
		num.set(i, store.Micros(r.ReceivedAt), k.w.Release(r.Site))
		hash[i] = a.hash[:]
		k.w.Record(ctx, ledger.Entry{What: Quarantined, Site: r.Site, Subject: r.Subject, Ref: r.ID, New: ledger.Text(r), DeviceAt: deviceTime(a.Opened)})
	}
	_, err := k.w.InsertAll(ctx, insertAside, text[0], text[1], hash, text[2], text[3], text[4], text[5], text[6], num[0], text[7], num[1], num[2], text[8], text[9], text[10])
	return err
}

// deviceTime is a phone's clock as far as it is one.
func deviceTime(t time.Time) time.Time {
	if t.Year() < 1971 || t.Year() > 9000 {
		return time.Time{}
	}
	return t
}

// sequence notes which numbers have come, and whether the chain of hashes holds.
func (k *keeping) sequence(ctx context.Context) error {
	var all []*arrival
	for _, a := range slices.Concat(k.fresh, k.put) {
		if a.Device == k.d.ID && a.Seq > 0 {
			all = append(all, a)
		}
	}
	if len(all) == 0 {
		return nil
	}
	n := len(all)
	text, num, hash := columns(3, n), numbers(1, n), make([][]byte, n)
	for i, a := range all {
		text.set(i, string(k.w.Study), k.d.ID, a.ID+"."+hex.EncodeToString(a.hash[:4]))
		num.set(i, a.Seq)
		hash[i] = a.hash[:]
	}
	fresh, err := k.w.InsertAll(ctx, insertSequence, text[0], text[1], num[0], text[2], hash)
	if err != nil {
		return err
	}
	came := int64(0)
	for i, a := range all {
		if fresh[i] {
			came++
		} else if a.why == "" {
			a.note("sequence", "the phone had given its number to another record")
		}
	}
	if err := k.chain(ctx); err != nil {
		return err
	}
	_, err = k.w.Exec(ctx, `UPDATE epro_device SET received = received + $3 WHERE study_id = $1 AND device_id = $2`, k.w.Study, k.d.ID, came)
	return err
}

// chain compares each accepted record with the one before it, where that has come.
func (k *keeping) chain(ctx context.Context) error {
	var seqs []int64
	for _, a := range k.fresh {
		if a.Seq > 1 {
			seqs = append(seqs, a.Seq-1)
		}
	}
	before := map[int64]string{}
	for part := range slices.Chunk(seqs, 200) {
		list, args := marks(part, k.w.Study, k.d.ID)
		err := k.w.Each(ctx, func(r *store.Rows) error {
			var seq int64
			var hash []byte
			err := r.Scan(&seq, &hash)
			before[seq] = hex.EncodeToString(hash)
			return err
		}, `SELECT seq, hash FROM epro_sequence WHERE study_id = $1 AND device_id = $2 AND seq IN `+list, args...)
		if err != nil {
			return err
		}
	}
	for _, a := range k.fresh {
		if want, came := before[a.Seq-1]; came && want != a.Previous {
			a.note("chain", "it does not follow the record before it")
		}
	}
	return nil
}

func (a *arrival) note(kind, detail string) {
	if !slices.ContainsFunc(a.issues, func(i issue) bool { return i.Kind == kind && i.Detail == detail }) { // the transaction may run twice
		a.issues = append(a.issues, issue{Kind: kind, Detail: detail})
	}
}

// notes writes what was odd, and raises alerts.
func (k *keeping) notes(ctx context.Context) error {
	var issues []issue
	var alerts []alert
	for _, a := range k.fresh {
		for _, i := range a.issues {
			i.ID, i.Subject, i.Site, i.Record, i.At = k.s.world.NewID(), a.Subject, k.d.Site, a.ID, k.w.Now
			issues = append(issues, i)
		}
		alerts = append(alerts, a.alerts...)
	}
	text, num := columns(7, len(issues)), numbers(1, len(issues))
	for n, i := range issues {
		text.set(n, string(k.w.Study), i.ID, string(i.Subject), string(i.Site), i.Record, i.Kind, i.Detail)
		num.set(n, store.Micros(i.At))
		k.w.Record(ctx, ledger.Entry{What: IssueFound, Site: i.Site, Subject: i.Subject, Ref: i.ID, New: ledger.Text(i)})
	}
	if len(issues) > 0 {
		if _, err := k.w.InsertAll(ctx, insertIssue, text[0], text[1], text[2], text[3], text[4], text[5], text[6], num[0]); err != nil {
			return err
		}
	}
	return k.s.raise(ctx, k.w, alerts)
}

// missingOf names the numbers up to the greatest that have not come, at most limit of them.
func missingOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, device string, limit int) ([]int64, error) {
	missing := []int64{}
	var highest, came int64
	err := tx.Row(ctx, `SELECT highest, received FROM epro_device WHERE study_id = $1 AND device_id = $2`, study, device).Scan(&highest, &came)
	if err != nil || highest == came {
		return missing, err
	}
	next := int64(1)
	err = tx.Each(ctx, func(r *store.Rows) error {
		var seq int64
		err := r.Scan(&seq)
		for ; next < seq && len(missing) < limit; next++ {
			missing = append(missing, next)
		}
		next = seq + 1
		return err
	}, `SELECT seq FROM epro_sequence WHERE study_id = $1 AND device_id = $2 ORDER BY seq`, study, device)
	for ; err == nil && next <= highest && len(missing) < limit; next++ {
		missing = append(missing, next)
	}
	return missing, err
}
