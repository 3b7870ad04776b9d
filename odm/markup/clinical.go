package markup

import "time"

// Clinical is what a file with clinical data says of itself, beside Options. It follows no other file (PriorFileOID): each is
// complete from the first entry on.
type Clinical struct {
	Transactional bool
	Archival      bool      // complete up to AsOf, with all audit and signatures (ODM 1.3.2, 3.1.1.1)
	AsOf          time.Time // AsOfDateTime
	Users         []User
	Locations     []Location
	Signatures    []SignatureDef
}

// User is AdminData/User.
type User struct{ OID, Login, Name, Type string }

// Location is AdminData/Location, with the versions that were used there and since when.
type Location struct {
	OID, Name, Type string
	Versions        []VersionUse
}

// VersionUse is MetaDataVersionRef.
type VersionUse struct {
	Version string // OID
	Since   time.Time
}

// SignatureDef is AdminData/SignatureDef. Its methodology is Electronic.
type SignatureDef struct{ OID, Meaning, LegalReason string }

// Audit is an AuditRecord.
type Audit struct {
	User, Location string
	At             time.Time
	Reason, Source string
}

// Signature is a Signature, with what it is bound to.
type Signature struct {
	User, Location, Def string
	At                  time.Time
	Manifest            string // CryptoBindingManifest
}

// Facts are what any element of clinical data may carry.
type Facts struct {
	Transaction string // Insert, Update, Remove, Context; "" in a snapshot
	Audit       *Audit
	Signature   *Signature
	Comments    []string // each an Annotation
	Queries     []Query  // ODM 2.0; 1.3.2 has no word for them
}

// Query is a Query of ODM 2.0, with an audit record for each step.
type Query struct {
	OID, Source, Type, State string
	Name, Text               string
	Changed                  time.Time
	Audit                    []Audit
}

// Stamp is a moment as ODM writes it. A moment between two seconds keeps its fraction: order may hang on it.
func Stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.999999Z07:00") }
