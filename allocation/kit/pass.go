package kit

import (
	"context"
	"fmt"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/trial"
)

// Passed is the verb of kits that go from one site's stock to another site, as a shipment of their own. Ref: the shipment; Site: where
// they were; New: passed; Reason. The other site takes it in as any shipment.
const Passed = "kit.passed"

type passed struct {
	To     casebook.SiteID `json:"to"`
	Kits   []string        `json:"kits"`
	Digest string          `json:"digest"` // SHA-256 of what is sealed
}

// Pass sends kits from one site's stock on to another site, all or none, with a reason: they are on their way until that site receives
// them, and says which are damaged or did not come. What they hold is sealed for the new shipment. Errors: NotFound trial.site_unknown;
// Unprocessable kit.reason, kit.none, kit.same_site; Conflict kit.not_in_stock for a kit that is not in the first site's stock, kit.taken.
func (s *Service) Pass(ctx context.Context, study casebook.StudyID, from, to casebook.SiteID, kits []string, reason string) (shipment string, err error) {
	if err := reasoned(reason); err != nil {
		return "", err
	}
	switch kits = slices.Compact(slices.Sorted(slices.Values(kits))); {
	case len(kits) == 0 || len(kits) > maxKits:
		return "", casebook.Fail(casebook.Unprocessable, "kit.none", maxKits).At("kits")
	case from == to:
		return "", casebook.Fail(casebook.Unprocessable, "kit.same_site", to).At("to")
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		for _, site := range []casebook.SiteID{from, to} {
			if _, err := trial.FindSite(ctx, w.Tx, study, site); err != nil {
				return err
			}
		}
		if shipment, err = next(ctx, w.Tx, study); err != nil {
			return err
		}
		return s.pass(ctx, w, shipment, from, kits, passed{To: to, Kits: kits}, reason)
	})
	if store.IsUnique(err) {
		err = casebook.Fail(casebook.Conflict, "kit.taken")
	}
	return shipment, err
}

func (s *Service) pass(ctx context.Context, w *ledger.Writer, shipment string, from casebook.SiteID, kits []string, body passed, reason string) error {
	insides, err := s.insides(ctx, w.Tx, w.Study, from)
	if err != nil {
		return err
	}
	held := map[string]Inside{}
	for _, id := range kits {
		n, err := w.Exec(ctx, `UPDATE kit SET state = $4, site_id = $5, shipment_id = $6, changed_at = $7 WHERE study_id = $1 AND kit_id = $2 AND site_id = $3 AND state = $8`,
			w.Study, id, from, string(OnTheWay), body.To, shipment, store.Micros(w.Now), string(InStock))
		if err == nil && n == 0 {
			err = casebook.Fail(casebook.Conflict, "kit.not_in_stock", id, from).At("kits")
		}
		if err != nil {
			return err
		}
		held[id] = insides[id]
	}
	sealed, err := s.Seal(w.Study, shipment, held)
	if err != nil {
		return err
	}
	body.Digest = digest(sealed)
	w.Record(ctx, ledger.Entry{What: Passed, Site: from, Ref: shipment, New: ledger.Text(body), Reason: reason})
	return ship(ctx, w, shipment, from, body.To, len(kits), sealed)
}

// next is the number of the next shipment.
func next(ctx context.Context, tx *store.Tx, study casebook.StudyID) (string, error) {
	var n int64
	err := tx.Row(ctx, `SELECT count(*) FROM kit_shipment WHERE study_id = $1`, study).Scan(&n)
	return fmt.Sprintf("S-%d", n+1), err
}

// ship writes a shipment that is on its way.
func ship(ctx context.Context, w *ledger.Writer, id string, from, to casebook.SiteID, kits int, sealed string) error {
	_, err := w.Exec(ctx, `INSERT INTO kit_shipment(study_id, shipment_id, site_id, state, sealed, from_site, kits) VALUES($1,$2,$3,$4,$5,$6,$7)`,
		w.Study, id, to, string(OnTheWay), sealed, from, kits)
	return err
}

// passedOn is how many kits went on from each site to another.
func passedOn(ctx context.Context, tx *store.Tx, study casebook.StudyID) (map[casebook.SiteID]int64, error) {
	all := map[casebook.SiteID]int64{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var site casebook.SiteID
		var n int64
		err := r.Scan(&site, &n)
		all[site] = n
		return err
	}, `SELECT from_site, SUM(kits) FROM kit_shipment WHERE study_id = $1 AND from_site <> '' GROUP BY from_site`, study)
	return all, err
}
