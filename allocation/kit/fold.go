package kit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold returns the fold that compares the study's kits with what the ledger says of them. It needs no key.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, kits: map[string]Kit{}, shipments: map[string]shipment{}}
}

type shipment struct {
	site   casebook.SiteID
	state  State
	digest string
	from   casebook.SiteID
	kits   int64
}

type fold struct {
	study     casebook.StudyID
	kits      map[string]Kit
	shipments map[string]shipment
	findings  []ledger.Finding
}

func (f *fold) found(table, row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	var err error
	switch k := f.kits[e.Ref]; e.What {
	case Sent:
		var in sent
		err = json.Unmarshal([]byte(e.New), &in)
		for _, id := range in.Kits {
			f.kits[id] = Kit{ID: id, Shipment: e.Ref, Site: e.Site, State: OnTheWay, Units: in.Units, At: e.At}
		}
		f.shipments[e.Ref] = shipment{e.Site, OnTheWay, in.Digest, "", int64(len(in.Kits))}
	case Passed:
		var in passed
		err = json.Unmarshal([]byte(e.New), &in)
		for _, id := range in.Kits {
			k := f.kits[id]
			k.Shipment, k.Site, k.State, k.At = e.Ref, in.To, OnTheWay, e.At
			f.kits[id] = k
		}
		f.shipments[e.Ref] = shipment{in.To, OnTheWay, in.Digest, e.Site, int64(len(in.Kits))}
	case Received:
		var in received
		err = json.Unmarshal([]byte(e.New), &in)
		s := f.shipments[e.Ref]
		s.state = InStock
		f.shipments[e.Ref] = s
		for id, k := range f.kits {
			if k.Shipment == e.Ref {
				k.State, k.At = InStock, e.At
				if slices.Contains(in.Spoiled, id) {
					k.State = Bad
				}
				f.kits[id] = k
			}
		}
	case Resealed:
		var now resealed
		err = json.Unmarshal([]byte(e.New), &now)
		s := f.shipments[e.Ref]
		s.digest = now.Digest
		f.shipments[e.Ref] = s
	case Dispensed:
		k.State, k.Subject, k.At = Out, e.Subject, e.At
		f.kits[e.Ref] = k
	case Returned:
		var in back
		err = json.Unmarshal([]byte(e.New), &in)
		k.State, k.Back, k.At = Back, in.Units, e.At
		f.kits[e.Ref] = k
	case Spoiled:
		k.State, k.At = Bad, e.At
		f.kits[e.Ref] = k
	}
	if err != nil {
		f.found("kit", e.Ref, fmt.Sprintf("the ledger's entry %s cannot be read", e.ID))
	}
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	have, err := All(ctx, tx, f.study)
	if err != nil {
		return f.findings, err
	}
	for _, k := range have {
		said, known := f.kits[k.ID]
		if delete(f.kits, k.ID); !known {
			f.found("kit", k.ID, "put in: the ledger does not know it")
		} else if said.At = k.At.UTC(); ledger.Text(said) != ledger.Text(k) {
			f.found("kit", k.ID, "altered: it is not as the ledger holds it")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.kits)) {
		f.found("kit", id, "removed: the ledger knows it")
	}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var id, sealed string
		var is shipment
		if err := r.Scan(&id, &is.site, &is.state, &sealed, &is.from, &is.kits); err != nil {
			return err
		}
		is.digest = digest(sealed)
		switch said, known := f.shipments[id]; {
		case !known:
			f.found("kit_shipment", id, "put in: the ledger does not know it")
		case said != is:
			f.found("kit_shipment", id, "altered: it is not as the ledger holds it")
		}
		delete(f.shipments, id)
		return nil
	}, `SELECT shipment_id, site_id, state, sealed, from_site, kits FROM kit_shipment WHERE study_id = $1 ORDER BY shipment_id`, f.study)
	for _, id := range slices.Sorted(maps.Keys(f.shipments)) {
		f.found("kit_shipment", id, "removed: the ledger knows it")
	}
	return f.findings, err
}
