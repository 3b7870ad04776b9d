package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// What an archive says beyond ODM's own elements, in comments: each entry with what has no element there, and in the file's
// description the digests of the entries and of the state that they lead to. The values of a save stand in its ItemData alone.
const (
	archivedEntry = "casebook entry 1 "
	archivedFile  = "casebook file 1 " // SHA-256 and Base64, in pieces that parsers take
	archivedState = "casebook archive 1; state sha256 "
	archivedTrail = "; trail sha256 "
)

// Told is the verb of an entry that an archive told of a package whose rows do not come back with it, such as a patient's
// phone. Ref, Old: as they were; New: toldBody.
const Told = "export.archive.told"

type toldBody struct {
	What string `json:"what"`
	New  string `json:"new,omitempty"`
}

// archived is an entry as an archive tells it.
type archived struct {
	Index    int64           `json:"index"`
	ID       string          `json:"id"`
	Site     casebook.SiteID `json:"site,omitempty"`
	What     string          `json:"what"`
	Ref      string          `json:"ref,omitempty"`
	Actor    casebook.UserID `json:"actor"`
	Role     string          `json:"role,omitempty"`
	Location string          `json:"location,omitempty"`
	Trace    string          `json:"trace,omitempty"`
	At       int64           `json:"at"` // microseconds since 1970 UTC
	DeviceAt int64           `json:"deviceAt,omitzero"`
	Reason   string          `json:"reason,omitempty"`
	Old      string          `json:"old,omitempty"`
	New      string          `json:"new,omitempty"`

	// Of a save instead: its changes without their values, and the digest of both with them.
	Before *record.Change `json:"before,omitempty"`
	After  *record.Change `json:"after,omitempty"`
	SHA256 string         `json:"sha256,omitempty"`
}

// archive is the comment that tells an entry.
func archive(e *ledger.Entry) (string, error) {
	a := archived{Index: e.Index, ID: e.ID, Site: e.Site, What: e.What, Ref: e.Ref, Actor: e.Actor, Role: e.Role, Location: e.Location, Trace: e.Trace,
		At: store.Micros(e.At), DeviceAt: store.Micros(e.DeviceAt), Reason: e.Reason, Old: e.Old, New: e.New}
	if e.What == record.Saved {
		a.Old, a.New, a.SHA256 = "", "", changeDigest(e.Old, e.New)
		for _, side := range []struct {
			text string
			into **record.Change
		}{{e.Old, &a.Before}, {e.New, &a.After}} {
			if side.text == "" {
				continue
			}
			var c record.Change
			if err := json.Unmarshal([]byte(side.text), &c); err != nil {
				return "", err
			}
			bare := c.Places()
			*side.into = &bare
		}
	}
	text, err := json.Marshal(a, json.Deterministic(true))
	return archivedEntry + string(text), err
}

// piece is how many bytes of a file a comment carries: a multiple of three, and with the Base64 far below the ten million
// characters at which libxml2 refuses a text.
const piece = 3 << 20

// parts are the comments that carry a file.
func (c *Cut) parts(ctx context.Context, hash string) (parts []string, err error) {
	if c.Bytes == nil {
		return nil, casebook.Fail(casebook.Unprocessable, "export.archive_file", hash)
	}
	var content bytes.Buffer
	if err := c.Bytes(ctx, c.Trial.ID, hash, &content); err != nil {
		return nil, err
	}
	for p := range slices.Chunk(content.Bytes(), piece) {
		parts = append(parts, archivedFile+hash+" "+base64.StdEncoding.EncodeToString(p))
	}
	return parts, nil
}

// part takes in what a comment carries of a file.
func (a *Archive) part(text string) error {
	hash, encoded, _ := strings.Cut(text, " ")
	content, err := base64.StdEncoding.DecodeString(encoded)
	if err == nil {
		a.Files[hash] = append(a.Files[hash], content...)
	}
	return err
}

// carries refuses an archive that does not carry a file which its entries tell.
func (a *Archive) carries() error {
	for _, e := range a.Entries {
		if e.What != record.FileAttached {
			continue
		}
		var all record.Attachments
		if err := json.Unmarshal([]byte(e.New), &all); err != nil {
			return err
		}
		last := all.Last()
		if sum := sha256.Sum256(a.Files[last.Hash]); hex.EncodeToString(sum[:]) != last.Hash || int64(len(a.Files[last.Hash])) != last.Size {
			return casebook.Fail(casebook.Unprocessable, "export.archive_file", last.Name).At(fmt.Sprint("entry ", e.Index))
		}
	}
	return nil
}

func changeDigest(old, new string) string {
	sum := sha256.Sum256([]byte(old + "\x00" + new))
	return hex.EncodeToString(sum[:])
}

// entry is what was told, without the values of a save.
func (a *archived) entry() ledger.Entry {
	return ledger.Entry{Index: a.Index, Site: a.Site, What: a.What, Ref: a.Ref, Actor: a.Actor, Role: a.Role, Location: a.Location, Trace: a.Trace,
		At: store.Time(a.At), DeviceAt: store.Time(a.DeviceAt), Reason: a.Reason, Old: a.Old, New: a.New}
}

// untold is an entry as it was before an archive told it.
func untold(e *ledger.Entry) error {
	if e.What != Told {
		return nil
	}
	var body toldBody
	err := json.Unmarshal([]byte(e.New), &body)
	e.What, e.New = body.What, body.New
	return err
}

// tell is the inverse of untold, for what only can be told.
func tell(e *ledger.Entry) error {
	if record.Known(e.What) {
		return nil
	}
	text, err := json.Marshal(toldBody{e.What, e.New}, json.Deterministic(true))
	e.What, e.New = Told, string(text)
	return err
}

// Digests are what two instances have in common that hold the same casebooks, inactive ones too, in hex.
type Digests struct {
	State string `json:"state"` // where each subject stands, its forms with every value and who gave it when, queries, stages, signatures
	Trail string `json:"trail"` // every entry that led there: who, in which role, where, when, what, from what, to what, why
}

// Digests reads the cut through once.
func (c *Cut) Digests(ctx context.Context) (Digests, error) {
	whole := *c
	whole.inactive, whole.told = true, nil
	d := digester{}
	err := whole.Each(ctx, func(b *Casebook) error { return d.add(b.Subject, b.Past, b.Entries) })
	return d.sums(), err
}

// digester adds up casebooks, in whatever order they come: databases sort texts differently.
type digester map[casebook.SubjectID]struct{ state, trail []byte }

func (d digester) add(s patient.Subject, p *record.Past, entries []ledger.Entry) error {
	state, trail := sha256.New(), sha256.New()
	if err := json.MarshalWrite(state, []any{s, p}, json.Deterministic(true)); err != nil {
		return err
	}
	lines := make([]string, len(entries))
	for i := range entries {
		e := &entries[i]
		text, err := json.Marshal([]any{e.Subject, e.Site, e.What, e.Ref, e.Old, e.New, e.Reason, e.Actor, e.Role, e.Location, e.Trace, store.Micros(e.At), store.Micros(e.DeviceAt)}, json.Deterministic(true))
		if err != nil {
			return err
		}
		lines[i] = fmt.Sprintf("%019d %s\n", store.Micros(e.At), text)
	}
	slices.Sort(lines) // PostgreSQL gives entries of one moment their places in any order
	for _, line := range lines {
		trail.Write([]byte(line))
	}
	d[s.ID] = struct{ state, trail []byte }{state.Sum(nil), trail.Sum(nil)}
	return nil
}

func (d digester) sums() Digests {
	state, trail := sha256.New(), sha256.New()
	for _, id := range slices.Sorted(maps.Keys(d)) {
		state.Write(d[id].state)
		trail.Write(d[id].trail)
	}
	return Digests{hex.EncodeToString(state.Sum(nil)), hex.EncodeToString(trail.Sum(nil))}
}

// description is how an archive says its digests; digestsIn reads it back, and gives none for another description.
func (d Digests) description() string { return archivedState + d.State + archivedTrail + d.Trail }

func digestsIn(description string) (d Digests) {
	rest, _ := strings.CutPrefix(description, archivedState)
	d.State, d.Trail, _ = strings.Cut(rest, archivedTrail)
	return d
}

// Openings writes what opens the seals of the first entries that wait now, as JSON.
func (c *Cut) Openings(ctx context.Context, out io.Writer) error {
	return c.db.View(ctx, func(tx *store.Tx) error {
		all, err := record.Openings(ctx, tx, c.Trial.ID)
		if err != nil {
			return err
		}
		return json.MarshalWrite(out, all, json.Deterministic(true))
	})
}

// Replayed is the verb of an archive that came back. Ref: the study; New: Arrival.
const Replayed = "export.archive.replayed"

// Arrival is what came back with an archive.
type Arrival struct {
	SHA256 string `json:"sha256"` // of the file
	Digests
	Subjects int       `json:"subjects"`
	Entries  int       `json:"entries"`
	Until    time.Time `json:"until"`             // of its last entry
	Inferred bool      `json:"inferred,omitzero"` // the file carries no definitions: they were made of what occurs in it
}
