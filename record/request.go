package record

import (
	"context"
	"encoding/hex"
	"errors"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// Request is the name that a caller gave a save, so that it is done once however often it is sent (the IETF's draft
// "Idempotency-Key HTTP header field"). The zero value is none.
type Request struct {
	Name string
	Hash [32]byte // SHA-256 of what was asked for
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

// errDone ends the transaction of a save that was done before.
var errDone = errors.New("record: this was saved before")

// once keeps the request's name with the write that it belongs to. It returns errDone, and what was made, when the same was
// written under it before, and refuses it when it stood for something else. While a write of this name is under way, it waits
// for its end.
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
		return "", casebook.Fail(casebook.Conflict, "record.request_reused", q.Name).At("Idempotency-Key")
	}
	return made, errDone
}

// made keeps what the write made beside its name.
func (q Request) made(ctx context.Context, w *ledger.Writer, made string) error {
	if q.Name == "" || made == "" {
		return nil
	}
	return w.Later(ctx, `UPDATE record_request SET made = $4 WHERE study_id = $1 AND user_id = $2 AND request_id = $3`,
		w.Study, casebook.ActorFrom(ctx).User, q.Name, made)
}
