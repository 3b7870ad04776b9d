package platform

import (
	"context"
	"maps"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold returns the fold that compares a study's webhooks with what the ledger says of them: data that is sent somewhere
// else by SQL is found.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[string]webhookState{}}
}

type fold struct {
	study    casebook.StudyID
	said     map[string]webhookState
	findings []ledger.Finding
}

func (f *fold) found(table, row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	switch e.What {
	case VerbWebhookAdded, VerbWebhookEnabled, VerbWebhookDisabled:
		h := f.said[e.Ref] // an entry replaces what it names
		if err := json.Unmarshal([]byte(e.New), &h); err != nil {
			f.found("ledger_entry", e.ID, "cannot be read")
		}
		f.said[e.Ref] = h
	case VerbWebhookRemoved:
		delete(f.said, e.Ref)
	}
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	all, err := webhooks(ctx, tx, f.study)
	for _, h := range all {
		switch was, known := f.said[h.ID]; {
		case !known:
			f.found("platform_webhook", h.ID, "put in: the ledger does not know it")
		case was != webhookState{h.Name, h.URL, strings.Join(h.Events, " "), h.State}:
			f.found("platform_webhook", h.ID, "altered: it is not as the ledger holds it")
		}
		delete(f.said, h.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(f.said)) {
		f.found("platform_webhook", id, "removed: the ledger knows it")
	}
	return f.findings, err
}
