package epro

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
	"casebook/vault"

	"github.com/go-json-experiment/json"
)

func logger(ctx context.Context) *slog.Logger {
	return slog.With("trace", casebook.ActorFrom(ctx).Trace)
}

// NewFold returns the fold that compares the study's rows of this package with what the ledger says of them, and what v has of its
// subjects. Without v's key it is seen only whether that is there.
func NewFold(study casebook.StudyID, v *vault.Vault) ledger.Fold {
	return &fold{study: study, vault: v, rows: map[row]string{}, kept: map[string]kept{}}
}

// row is a row by its table and key.
type row struct{ table, key string }

type fold struct {
	study    casebook.StudyID
	vault    *vault.Vault
	rows     map[row]string  // canonical JSON
	kept     map[string]kept // by reference
	findings []ledger.Finding
}

// kept is what a row has in the vault.
type kept struct {
	row
	hash string
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	switch e.What {
	case patient.VerbTransferred:
		f.transferred(e)
	case SchedulePublished:
		f.rows[row{"epro_schedule", e.Ref}] = e.New
	case AnchorHappened:
		f.rows[row{"epro_anchor", string(e.Subject) + " " + e.New}] = e.New
	case ZoneChanged:
		f.rows[row{"epro_zone", string(e.Subject) + " " + e.New}] = e.New
	case DeviceInvited:
		f.rows[row{"epro_invite", e.Ref}] = e.New
	case DeviceEnrolled:
		f.rows[row{"epro_device", e.Ref}] = e.New
		f.used(e)
	case DeviceEnded:
		f.rows[row{"epro_device", e.Ref}] = e.New
	case Received:
		f.rows[row{"epro_record", e.Ref}] = e.New
	case Quarantined, Decided:
		var a aside
		if err := json.Unmarshal([]byte(e.New), &a); err == nil {
			f.rows[row{"epro_quarantine", e.Ref + " " + a.Hash}] = e.New
		}
	case IssueFound:
		f.rows[row{"epro_issue", e.Ref}] = e.New
	case ConsentPublished:
		f.rows[row{"epro_consent_document", e.Ref}] = e.New
	case ConsentSigned, ConsentRecorded, ConsentWithdrawn:
		f.rows[row{"epro_consent", e.Ref}] = e.New
	case ChangeAsked, ChangeDecided:
		f.rows[row{"epro_change", e.Ref}] = e.New
	case AlertRaised, AlertEscalated, AlertAcknowledged:
		f.rows[row{"epro_alert", e.Ref}] = e.New
	case ConsentDrafted:
		f.rows[row{"epro_consent_draft", ""}] = e.New
	case ReachSet:
		at := row{"epro_reach", string(e.Subject) + " " + e.Ref}
		if f.rows[at] = e.New; e.New == "" {
			delete(f.rows, at)
		}
	}
}

// used notes that an invitation has been taken up: the entry of the phone names it.
func (f *fold) used(e *ledger.Entry) {
	at := row{"epro_invite", e.Old}
	var inv invite
	if err := json.Unmarshal([]byte(f.rows[at]), &inv); err == nil {
		inv.UsedAt = e.At
		f.rows[at] = ledger.Text(inv)
	}
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	for _, t := range []struct {
		table, query string
		scan         func(*store.Rows) (key, said string, err error)
	}{
		{"epro_schedule", `SELECT number, doc, published_at, published_by FROM epro_schedule WHERE study_id = $1 ORDER BY number`, schedules},
		{"epro_anchor", `SELECT subject_id, kind, name, at FROM epro_anchor WHERE study_id = $1 ORDER BY subject_id, at`, anchors},
		{"epro_zone", `SELECT subject_id, since, zone, device_id FROM epro_zone WHERE study_id = $1 ORDER BY subject_id, since`, stays},
		{"epro_invite", `SELECT invite_id, subject_id, site_id, code_hash, pin_hash, reporter, expires_at, used_at FROM epro_invite WHERE study_id = $1 ORDER BY invite_id`, invites},
		{"epro_device", `SELECT ` + deviceColumns + ` FROM epro_device WHERE study_id = $1 ORDER BY device_id`, devices},
		{"epro_record", `SELECT ` + recordColumns + `, body FROM epro_record WHERE study_id = $1 ORDER BY record_id`, f.records},
		{"epro_quarantine", `SELECT ` + asideColumns + `, body FROM epro_quarantine WHERE study_id = $1 ORDER BY record_id, hash`, f.asides},
		{"epro_issue", `SELECT ` + issueColumns + ` FROM epro_issue WHERE study_id = $1 ORDER BY issue_id`, issues},
		{"epro_alert", `SELECT ` + alertColumns + ` FROM epro_alert WHERE study_id = $1 ORDER BY alert_id`, alerts},
		{"epro_consent_document", `SELECT ` + agreementColumns + `, doc FROM epro_consent_document WHERE study_id = $1 ORDER BY number`, documents},
		{"epro_consent", `SELECT ` + signedColumns + `, ref FROM epro_consent WHERE study_id = $1 ORDER BY consent_id`, f.consents},
		{"epro_consent_draft", `SELECT ` + draftColumns + ` FROM epro_consent_draft WHERE study_id = $1`, drafts},
		{"epro_change", `SELECT ` + correctionColumns + ` FROM epro_change WHERE study_id = $1 ORDER BY change_id`, corrections},
		{"epro_reach", `SELECT ` + reachColumns + ` FROM epro_reach WHERE study_id = $1 ORDER BY subject_id, channel, device_id`, f.reaches},
	} {
		err := tx.Each(ctx, func(r *store.Rows) error {
			key, is, err := t.scan(r)
			f.compare(row{t.table, key}, is)
			return err
		}, t.query, f.study)
		if err != nil {
			return nil, err
		}
	}
	if err := f.opened(ctx, tx); err != nil {
		return nil, err
	}
	for _, r := range slices.SortedFunc(maps.Keys(f.rows), func(a, b row) int { return slices.Compare([]string{a.table, a.key}, []string{b.table, b.key}) }) {
		f.found(r, "removed: the ledger knows it")
	}
	return f.findings, nil
}

func (f *fold) compare(r row, is string) {
	said, known := f.rows[r]
	delete(f.rows, r)
	switch {
	case !known:
		f.found(r, "put in: no entry of the ledger made it")
	case said != is:
		f.found(r, "altered: it is not what the ledger holds")
	}
}

func (f *fold) found(r row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: r.table, Row: r.key, What: what})
}

func schedules(r *store.Rows) (string, string, error) {
	var p publication
	var at int64
	err := r.Scan(&p.Number, &p.Doc, &at, &p.By)
	p.At = store.Time(at)
	return fmt.Sprint(p.Number), ledger.Text(p), err
}

func anchors(r *store.Rows) (string, string, error) {
	var subject string
	var a anchor
	var at int64
	err := r.Scan(&subject, &a.Kind, &a.Name, &at)
	a.At = store.Time(at)
	return subject + " " + ledger.Text(a), ledger.Text(a), err
}

func stays(r *store.Rows) (string, string, error) {
	var subject string
	var z stay
	var since int64
	err := r.Scan(&subject, &since, &z.Zone, &z.Device)
	z.Since = store.Time(since)
	return subject + " " + ledger.Text(z), ledger.Text(z), err
}

func invites(r *store.Rows) (string, string, error) {
	var i invite
	var expires, used int64
	err := r.Scan(&i.ID, &i.Subject, &i.Site, &i.Code, &i.PIN, &i.Reporter, &expires, &used)
	i.Expires, i.UsedAt = store.Time(expires), store.Time(used)
	return i.ID, ledger.Text(i), err
}

func devices(r *store.Rows) (string, string, error) {
	d, err := scanDevice(r)
	return d.ID, ledger.Text(d), err
}

func issues(r *store.Rows) (string, string, error) {
	i, err := scanIssue(r)
	return i.ID, ledger.Text(i), err
}

func alerts(r *store.Rows) (string, string, error) {
	a, err := scanAlert(r)
	return a.ID, ledger.Text(a), err
}

func (f *fold) reaches(r *store.Rows) (string, string, error) {
	x, err := scanReach(r)
	key := string(x.Subject) + " " + x.Channel + "/" + x.Device
	f.kept[x.ref] = kept{row{"epro_reach", key}, x.Address}
	return key, ledger.Text(x), err
}

func documents(r *store.Rows) (string, string, error) {
	var p published
	var err error
	p.agreement, err = scanAgreement(r, &p.Doc)
	return fmt.Sprint(p.Number), ledger.Text(p), err
}

func drafts(r *store.Rows) (string, string, error) {
	d, err := scanDraft(r)
	return "", ledger.Text(d), err
}

func corrections(r *store.Rows) (string, string, error) {
	c, err := scanCorrection(r)
	return c.ID, ledger.Text(c), err
}

func (f *fold) consents(r *store.Rows) (string, string, error) {
	var ref string
	x, err := scanSigned(r, &ref)
	f.kept[ref] = kept{row{"epro_consent", x.ID}, x.Hash}
	return x.ID, ledger.Text(x), err
}

const recordColumns = `record_id, subject_id, site_id, device_id, seq, form_oid, window_key, definition, hash, receipt, reporter, language, opened_at, finished_at, closes_at, received_at`

func scanRecord(r *store.Rows, more ...any) (x received, err error) {
	var hash []byte
	var opened, finished, closes, at int64
	err = r.Scan(append([]any{&x.ID, &x.Subject, &x.Site, &x.Device, &x.Seq, &x.Form, &x.Window, &x.Definition, &hash, &x.Receipt, &x.Reporter, &x.Language,
		&opened, &finished, &closes, &at}, more...)...)
	x.Hash = hex.EncodeToString(hash)
	x.OpenedAt, x.FinishedAt, x.ClosesAt, x.ReceivedAt = store.Time(opened), store.Time(finished), store.Time(closes), store.Time(at)
	return x, err
}

func (f *fold) records(r *store.Rows) (string, string, error) {
	var body string
	x, err := scanRecord(r, &body)
	f.hashed(row{"epro_record", x.ID}, x.Hash, body)
	return x.ID, ledger.Text(x), err
}

const asideColumns = `record_id, hash, subject_id, site_id, device_id, why, receipt, received_at, decided_at, decided_by, decision, reason`

func scanAside(r *store.Rows, more ...any) (a aside, err error) {
	var hash []byte
	var received, decided int64
	err = r.Scan(append([]any{&a.ID, &hash, &a.Subject, &a.Site, &a.Device, &a.Why, &a.Receipt, &received, &decided, &a.DecidedBy, &a.Decision, &a.Reason}, more...)...)
	a.Hash, a.ReceivedAt, a.DecidedAt = hex.EncodeToString(hash), store.Time(received), store.Time(decided)
	return a, err
}

func (f *fold) asides(r *store.Rows) (string, string, error) {
	var body string
	a, err := scanAside(r, &body)
	key := a.ID + " " + a.Hash
	f.hashed(row{"epro_quarantine", key}, a.Hash, body)
	return key, ledger.Text(a), err
}

// opened compares what the vault has with its hash.
func (f *fold) opened(ctx context.Context, tx *store.Tx) error {
	err := f.vault.Each(ctx, tx, f.study, func(ref, text string, err error) {
		k, known := f.kept[ref]
		delete(f.kept, ref)
		if known && !errors.Is(err, vault.ErrNoKey) && (err != nil || digest(text) != k.hash) {
			f.found(k.row, "altered: what the vault has of it is not what was kept")
		}
	})
	for _, ref := range slices.Sorted(maps.Keys(f.kept)) {
		f.found(f.kept[ref].row, "removed: the vault has nothing of it")
	}
	return err
}

// hashed compares what was sent with its hash, which the ledger holds.
func (f *fold) hashed(r row, hash, body string) {
	if sum := sha256.Sum256([]byte(body)); hex.EncodeToString(sum[:]) != hash {
		f.found(r, "altered: its body is not what the patient sent")
	}
}

const issueColumns = `issue_id, subject_id, site_id, record_id, kind, detail, found_at`

func scanIssue(r *store.Rows) (i issue, err error) {
	var at int64
	err = r.Scan(&i.ID, &i.Subject, &i.Site, &i.Record, &i.Kind, &i.Detail, &at)
	i.At = store.Time(at)
	return i, err
}
