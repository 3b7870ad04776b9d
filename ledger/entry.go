package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"casebook"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"
)

// Entry says who changed what, when, from what, to what, and why. The writer gives What, Ref, Old, New, Reason, the
// site and subject, and the device's time; the rest comes from the transaction and its actor.
type Entry struct {
	Study    casebook.StudyID
	ID       string
	Index    int64     // place in the study's order, from 0; -1 while it waits for one
	SealedAt time.Time // when it got its place

	Site    casebook.SiteID
	Subject casebook.SubjectID
	What    string // the verb, listed in docs/format/ledger.md: "record.item.saved"
	Ref     string // what was changed, in the verb's own terms
	Old     string // canonical JSON, "" when there was nothing
	New     string
	Reason  string

	Actor    casebook.UserID
	Role     string
	Location string // ODM LocationRef: a site, "sponsor" or "system"
	Trace    string
	At       time.Time
	DeviceAt time.Time // what the device's clock said, zero when no device spoke
	Release  int64     // the settings release in force
	salt     []byte
}

// Text is v as entries and rows hold it, and as it is hashed: JSON, the fields of a struct in their order and the keys of a map
// sorted. Only text that is not UTF-8 cannot be written, and none is accepted anywhere; it panics.
func Text(v any) string {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic("ledger: " + err.Error())
	}
	return string(b)
}

// digest is what the tree proves of an entry: H(header ‖ H(salt ‖ old, new, reason)), SHA-256, every field preceded by
// its length. The header can never be erased; the salted body can, and leaves its hash behind.
func (e *Entry) digest() [32]byte {
	p := scratch.Get().(*[]byte)
	defer func() {
		if cap(*p) <= maxScratch {
			scratch.Put(p)
		}
	}()
	body := field((*p)[:0], string(e.salt))
	body = field(body, e.Old)
	body = field(body, e.New)
	body = field(body, e.Reason)
	inner := sha256.Sum256(body)

	h := body[:0] // the header is hashed apart from the body, in the same room
	for _, s := range [...]string{"casebook entry 1", string(e.Study), e.ID, string(e.Site), string(e.Subject), e.What, e.Ref,
		string(e.Actor), e.Role, e.Location, e.Trace} {
		h = field(h, s)
	}
	h = binary.BigEndian.AppendUint64(h, uint64(store.Micros(e.At)))
	h = binary.BigEndian.AppendUint64(h, uint64(store.Micros(e.DeviceAt)))
	h = binary.BigEndian.AppendUint64(h, uint64(e.Release))
	*p = append(h, inner[:]...)
	return sha256.Sum256(*p)
}

// scratch is room for what is hashed. Nothing reads what is left in it.
var scratch = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

const maxScratch = 64 << 10 // what grew beyond is not kept

func field(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// leaf is the RFC 6962 leaf hash of an entry at its place. The leaf's data are the digest, the index and the moment of
// sealing, so that an entry that was moved is named by its row and not only felt in the root.
func leaf(digest []byte, index, sealedAt int64) tlog.Hash {
	var data [48]byte
	copy(data[:], digest)
	binary.BigEndian.PutUint64(data[32:], uint64(index))
	binary.BigEndian.PutUint64(data[40:], uint64(sealedAt))
	return tlog.RecordHash(data[:])
}
