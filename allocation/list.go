package allocation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/trial"
)

// State is where a list stands.
type State string

// The states of a list. A draft may still be looked at and thrown away; a closed one gives no more places.
const (
	Draft  State = "draft"
	InUse  State = "in_use"
	Closed State = "closed"
)

// Arm is a treatment, and how often a block has it beside the others.
type Arm struct {
	Treatment string `json:"treatment"`
	Ratio     int    `json:"ratio"`
}

// Plan asks for a list: one drawn by lot, or the one that CSV holds.
type Plan struct {
	Design Design `json:",embed"`
	Arms   []Arm  `json:"arms,omitempty"`
	Blocks []int  `json:"blocks,omitempty"` // lengths of blocks, from which each is drawn by lot
	Places int    `json:"places,omitzero"`  // in each stratum, at least
	Seed   string `json:"seed,omitempty"`   // "" to have one drawn
	CSV    string `json:"csv,omitempty"`
}

// Contents is what a list gives: nobody blinded ever sees it.
type Contents struct {
	Arms    []Arm               `json:"arms"`
	Blocks  []int               `json:"blocks"`  // none of a list that was brought
	Seed    string              `json:"seed"`    // "" of a list that was brought
	Strata  map[string]string   `json:"strata"`  // by stratum, one digit for each place: the index of its arm
	Numbers map[string][]string `json:"numbers"` // by stratum, the numbers of its places
}

// Signature is who released a list, or opened a treatment (21 CFR 11.50, 11.70).
type Signature struct {
	Signer  casebook.UserID `json:"signer"`
	Name    string          `json:"name"` // as printed
	Role    string          `json:"role"`
	Meaning string          `json:"meaning"`
	At      time.Time       `json:"at"`
	Content string          `json:"content"` // SHA-256, in hex, of what was signed
	Size    int64           `json:"size"`    // entries in the study's order when it was signed
	Root    string          `json:"root"`    // of the tree over them, in hex
}

// List is a list as everybody may know it.
type List struct {
	ID       string          `json:"list"`
	State    State           `json:"state"`
	Design   Design          `json:",embed"`
	Drawn    bool            `json:"drawn"` // by lot, and not brought
	MadeBy   casebook.UserID `json:"madeBy"`
	MadeAt   time.Time       `json:"madeAt"`
	Released *Signature      `json:"released,omitempty"`
	Closing  string          `json:"closing,omitempty"` // why it was closed

	sealed string
}

// made is what the ledger says of a new list. Digest covers what is sealed and how many places each stratum has: the first
// is random to whoever has no key, so the second cannot be guessed from it.
type made struct {
	Design Design `json:",embed"`
	Drawn  bool   `json:"drawn"`
	Digest string `json:"digest"`
}

func digest(sealed string, places map[string]int64) string {
	sum := sha256.Sum256([]byte(sealed + "\n" + ledger.Text(places)))
	return hex.EncodeToString(sum[:])
}

// draw makes the contents of a list by lot. Errors: Unprocessable allocation.arms, .blocks, .places, .text.
func (p *Plan) draw(seed string) (c Contents, err error) {
	round, names, ratio := 0, []string{}, []int{}
	for i, a := range p.Arms {
		if !line(a.Treatment) || slices.Contains(names, a.Treatment) || a.Ratio < 1 || a.Ratio > maxRatio {
			return c, fail(fmt.Sprintf("arms/%d", i), "allocation.arms", maxArms, maxRatio)
		}
		round, names, ratio = round+a.Ratio, append(names, a.Treatment), append(ratio, a.Ratio)
	}
	if len(p.Arms) < 2 || len(p.Arms) > maxArms {
		return c, fail("arms", "allocation.arms", maxArms, maxRatio)
	}
	for i, n := range p.Blocks {
		if n < 1 || n > maxBlock || n%round != 0 || slices.Contains(p.Blocks[:i], n) {
			return c, fail(fmt.Sprintf("blocks/%d", i), "allocation.blocks", round, maxBlock)
		}
	}
	strata := p.Design.strata()
	switch {
	case len(p.Blocks) == 0 || len(p.Blocks) > maxSizes:
		return c, fail("blocks", "allocation.blocks", round, maxBlock)
	case p.Places < 1 || p.Places > maxPlaces/len(strata):
		return c, fail("places", "allocation.places", maxPlaces/len(strata))
	case !line(seed):
		return c, fail("seed", "allocation.text")
	}
	c = Contents{Arms: p.Arms, Blocks: p.Blocks, Seed: seed, Strata: map[string]string{}, Numbers: map[string][]string{}}
	width := max(3, len(fmt.Sprint(p.Places+maxBlock)))
	for i, s := range strata {
		c.Strata[s] = permuted(seed, s, ratio, p.Blocks, p.Places)
		for n := range len(c.Strata[s]) {
			c.Numbers[s] = append(c.Numbers[s], fmt.Sprintf("%d%0*d", i+1, width, n+1))
		}
	}
	return c, nil
}

// Make keeps a new list as a draft. Errors: those of the design, of drawing and of reading; Conflict allocation.numbers_taken.
func (s *Service) Make(ctx context.Context, study casebook.StudyID, p Plan) (l List, err error) {
	definition, err := s.forms.Study(ctx, study)
	if err != nil {
		return l, err
	}
	if err := p.Design.check(definition.Version); err != nil {
		return l, err
	}
	var c Contents
	if p.CSV != "" {
		c, err = p.Design.read(p.CSV)
	} else {
		if p.Seed == "" {
			p.Seed = hex.EncodeToString(s.world.Bytes(16))
		}
		c, err = p.draw(p.Seed)
	}
	if err != nil {
		return l, err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		l, err = s.make(ctx, w, p, c)
		return err
	})
	return l, err
}

func (s *Service) make(ctx context.Context, w *ledger.Writer, p Plan, c Contents) (l List, err error) {
	if err := sitesKnown(ctx, w, p.Design); err != nil {
		return l, err
	}
	have, err := lists(ctx, w.Tx, w.Study)
	if err != nil {
		return l, err
	}
	l = List{ID: fmt.Sprintf("L-%d", len(have)+1), State: Draft, Design: p.Design, Drawn: p.CSV == "", MadeBy: casebook.ActorFrom(ctx).User, MadeAt: w.Now}
	if l.Drawn && len(have) > 0 {
		c.Numbers = renumbered(c.Numbers, len(have)+1)
	}
	if l.sealed, err = s.Seal(w.Study, l.ID, c); err != nil {
		return l, err
	}
	if _, err := w.Exec(ctx, `INSERT INTO allocation_list(study_id, list_id, state, doc, sealed) VALUES($1,$2,$3,$4,$5)`,
		w.Study, l.ID, string(l.State), ledger.Text(l), l.sealed); err != nil {
		return l, err
	}
	places := map[string]int64{}
	for stratum, arms := range c.Strata {
		places[stratum] = int64(len(arms))
		if _, err := w.Exec(ctx, `INSERT INTO allocation_stratum(study_id, list_id, stratum, places, taken, closed) VALUES($1,$2,$3,$4,0,0)`,
			w.Study, l.ID, stratum, len(arms)); err != nil {
			return l, err
		}
	}
	w.Record(ctx, ledger.Entry{What: ListMade, Ref: l.ID, New: ledger.Text(made{p.Design, l.Drawn, digest(l.sealed, places)})})
	return l, nil
}

// renumbered puts a list's own number before those of its places, so that no two lists of a study give the same.
func renumbered(numbers map[string][]string, list int) map[string][]string {
	out := map[string][]string{}
	for stratum, all := range numbers {
		for _, n := range all {
			out[stratum] = append(out[stratum], fmt.Sprintf("%d-%s", list, n))
		}
	}
	return out
}

// sitesKnown refuses levels that are no sites of the study.
func sitesKnown(ctx context.Context, w *ledger.Writer, d Design) error {
	sites, err := trial.SitesOf(ctx, w.Tx, w.Study)
	for i, f := range d.Factors {
		for _, l := range f.Levels {
			if err == nil && f.Site && !slices.ContainsFunc(sites, func(at trial.Site) bool { return string(at.ID) == l }) {
				return fail(fmt.Sprintf("factors/%d/levels", i), "allocation.site_unknown", l)
			}
		}
	}
	return err
}

// Release puts a draft in use, with the signature of the actor in ctx. Errors: NotFound allocation.unknown; Conflict
// allocation.not_draft, allocation.in_use while another list is.
func (s *Service) Release(ctx context.Context, study casebook.StudyID, id, printed string) (l List, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		if l, err = find(ctx, w.Tx, study, id, w.ForUpdate()); err != nil {
			return err
		}
		if l.State != Draft {
			return casebook.Fail(casebook.Conflict, "allocation.not_draft", id)
		}
		if err := s.Open(study, id, l.sealed, new(Contents)); err != nil {
			return err
		}
		sig, err := sign(ctx, w, "release", l.sealed, printed)
		if err != nil {
			return err
		}
		l.State, l.Released = InUse, &sig
		w.Record(ctx, ledger.Entry{What: ListReleased, Ref: id, New: ledger.Text(sig)})
		return l.put(ctx, w)
	})
	if store.IsUnique(err) {
		err = casebook.Fail(casebook.Conflict, "allocation.in_use")
	}
	return l, err
}

// Close ends a list, or throws a draft away. Errors: NotFound allocation.unknown; Conflict allocation.closed; Unprocessable
// allocation.reason.
func (s *Service) Close(ctx context.Context, study casebook.StudyID, id, reason string) (l List, err error) {
	if err := reasoned(reason); err != nil {
		return l, err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		if l, err = find(ctx, w.Tx, study, id, w.ForUpdate()); err != nil {
			return err
		}
		if l.State == Closed {
			return casebook.Fail(casebook.Conflict, "allocation.closed", id)
		}
		if _, err := w.Exec(ctx, `UPDATE allocation_stratum SET closed = 1 WHERE study_id = $1 AND list_id = $2`, study, id); err != nil {
			return err
		}
		l.State, l.Closing = Closed, reason
		w.Record(ctx, ledger.Entry{What: ListClosed, Ref: id, Reason: reason})
		return l.put(ctx, w)
	})
	return l, err
}

// Look opens a list for somebody who may, and writes down that it was looked into.
func (s *Service) Look(ctx context.Context, study casebook.StudyID, id string) (l List, c Contents, given []Assignment, looks []Unblinding, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		if l, err = find(ctx, w.Tx, study, id, ""); err != nil {
			return err
		}
		if err := s.Open(study, id, l.sealed, &c); err != nil {
			return err
		}
		given, err = store.All(ctx, w.Tx, scanAssignment, `SELECT `+assignmentColumns+` FROM allocation_subject WHERE study_id = $1 AND list_id = $2
			ORDER BY stratum, position`, study, id)
		if err != nil {
			return err
		}
		looks, err = s.unblindings(ctx, w.Tx, study, given)
		w.Record(ctx, ledger.Entry{What: ListRead, Ref: id})
		return err
	})
	return l, c, given, looks, err
}

func reasoned(reason string) error {
	if strings.TrimSpace(reason) == "" || len(reason) > maxReason {
		return fail("reason", "allocation.reason", maxReason)
	}
	return nil
}

// sign makes the signature of the actor in ctx, who has proved to be who they are.
func sign(ctx context.Context, w *ledger.Writer, meaning, content, printed string) (sig Signature, err error) {
	a, sum := casebook.ActorFrom(ctx), sha256.Sum256([]byte(content))
	sig = Signature{Signer: a.User, Name: printed, Role: a.Role, Meaning: meaning, At: w.Now, Content: hex.EncodeToString(sum[:])}
	sig.Size, sig.Root, err = ledger.Head(ctx, w.Tx, w.Study)
	return sig, err
}

func (l *List) put(ctx context.Context, w *ledger.Writer) error {
	_, err := w.Exec(ctx, `UPDATE allocation_list SET state = $3, doc = $4 WHERE study_id = $1 AND list_id = $2`, w.Study, l.ID, string(l.State), ledger.Text(l))
	return err
}

func scanList(r *store.Rows) (l List, err error) {
	var doc string
	if err := r.Scan(&doc, &l.sealed); err != nil {
		return l, err
	}
	return l, decode(doc, &l)
}

// lists are the study's, oldest first.
func lists(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]List, error) {
	all, err := store.All(ctx, tx, scanList, `SELECT doc, sealed FROM allocation_list WHERE study_id = $1 ORDER BY length(list_id), list_id`, study)
	return all, err
}

// find reads a list. how ends the statement: who will change the list holds it.
func find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id, how string) (List, error) {
	all, err := store.All(ctx, tx, scanList, `SELECT doc, sealed FROM allocation_list WHERE study_id = $1 AND list_id = $2`+how, study, id)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.NotFound, "allocation.unknown").At("list")
	}
	if err != nil {
		return List{}, err
	}
	return all[0], nil
}

// inUse is the study's list in use. Error: Conflict allocation.no_list.
func inUse(ctx context.Context, tx *store.Tx, study casebook.StudyID) (List, error) {
	all, err := store.All(ctx, tx, scanList, `SELECT doc, sealed FROM allocation_list WHERE study_id = $1 AND state = 'in_use'`, study)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.Conflict, "allocation.no_list")
	}
	if err != nil {
		return List{}, err
	}
	return all[0], nil
}
