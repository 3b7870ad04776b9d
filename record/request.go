package record

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
)

// Request is the name that a caller gave a save, so that it is done once however often it is sent (the IETF's draft
// "Idempotency-Key HTTP header field"). The zero value is none.
type Request struct {
	Name string
	Hash [32]byte // SHA-256 of what was asked for
	Body []byte   // what was asked for, where it is clinical data: put aside when the name stands for something else
	Key  Key      // of the form that it is about; zero where it is about several
}

// RequestAside is the verb of clinical data that came under a name which stood for something else. It changes nothing; the data
// are kept, so that what somebody meant to enter is not lost. Ref: Key.Ref, or none; New: requestAside.
const RequestAside = "record.request.aside"

type requestAside struct {
	Request string `json:"request"`
	Hash    string `json:"hash"`
	Body    string `json:"body"`
}

// MaxRequestName bounds a request's name, in bytes.
const MaxRequestName = 200

// check refuses a name that cannot be kept.
func (q Request) check() error {
	if len(q.Name) > MaxRequestName {
		return casebook.Fail(casebook.Invalid, "record.request_name", MaxRequestName).At("Idempotency-Key")
	}
	return nil
}

// errDone ends the transaction of a save that was done before. errAside commits what was put aside.
var (
	errDone  = errors.New("record: this was saved before")
	errAside = errors.New("record: this was put aside")
)

// flight is a request that is under way in this process.
type flight struct {
	study casebook.StudyID
	by    casebook.UserID
	name  string
}

// depart notes that a request is under way, and land that it is over. Error: Conflict record.request_in_flight, when it is sent
// again before it has ended.
func (s *Service) depart(ctx context.Context, study casebook.StudyID, q Request) (land func(), err error) {
	if q.Name == "" {
		return func() {}, nil
	}
	f := flight{study, casebook.ActorFrom(ctx).User, q.Name}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flights[f] {
		return nil, casebook.Fail(casebook.Conflict, "record.request_in_flight", q.Name).At("Idempotency-Key")
	}
	s.flights[f] = true
	return func() { s.mu.Lock(); delete(s.flights, f); s.mu.Unlock() }, nil
}

// once keeps the request's name with the write that it belongs to. It returns errDone, and what was made, when the same was
// written under it before, and refuses it when it stood for something else: then errAside says that its data are put aside. While
// a write of this name is under way in another process, it waits for its end.
func (q Request) once(ctx context.Context, w *ledger.Writer) (made string, err error) {
	if q.Name == "" {
		return "", nil
	}
	by, hash := casebook.ActorFrom(ctx).User, hex.EncodeToString(q.Hash[:])
	n, err := w.Exec(ctx, `INSERT INTO record_request(study_id, user_id, request_id, hash, at) VALUES($1,$2,$3,$4,$5)
		ON CONFLICT (study_id, user_id, request_id) DO NOTHING`, w.Study, by, q.Name, hash, store.Micros(w.Now))
	if err != nil || n == 1 {
		return "", err
	}
	var kept string
	err = w.Row(ctx, `SELECT hash, made FROM record_request WHERE study_id = $1 AND user_id = $2 AND request_id = $3`, w.Study, by, q.Name).Scan(&kept, &made)
	switch {
	case err != nil:
		return "", err
	case kept != hash:
		return "", q.aside(ctx, w, by, hash)
	}
	return made, errDone
}

func (q Request) reused() error {
	return casebook.Fail(casebook.Conflict, "record.request_reused", q.Name).At("Idempotency-Key")
}

// aside keeps the data of a request whose name stands for something else, once.
func (q Request) aside(ctx context.Context, w *ledger.Writer, by casebook.UserID, hash string) error {
	if len(q.Body) == 0 {
		return q.reused()
	}
	n, err := w.Exec(ctx, `INSERT INTO record_request_aside(study_id, user_id, request_id, hash) VALUES($1,$2,$3,$4)
		ON CONFLICT (study_id, user_id, request_id, hash) DO NOTHING`, w.Study, by, q.Name, hash)
	if err != nil || n == 0 {
		return cmp.Or(err, errAside)
	}
	e := ledger.Entry{What: RequestAside, New: ledger.Text(requestAside{q.Name, hash, string(q.Body)})}
	if q.Key.Subject != "" {
		subject, err := patient.Find(ctx, w.Tx, w.Study, q.Key.Subject)
		if err != nil {
			return err
		}
		e.Site, e.Subject, e.Ref = subject.Site, subject.ID, q.Key.Ref()
	}
	w.Record(ctx, e)
	return errAside
}

// made keeps what the write made beside its name.
func (q Request) made(ctx context.Context, w *ledger.Writer, made string) error {
	if q.Name == "" || made == "" {
		return nil
	}
	return w.Later(ctx, `UPDATE record_request SET made = $4 WHERE study_id = $1 AND user_id = $2 AND request_id = $3`,
		w.Study, casebook.ActorFrom(ctx).User, q.Name, made)
}
