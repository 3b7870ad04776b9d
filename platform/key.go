package platform

import (
	"context"

	"casebook"
	"casebook/ledger"
)

// VerbKeyExchanged says that a key which seals was exchanged, by a command at the server. Ref: which; New: KeyExchange.
const VerbKeyExchanged = "platform.key.exchanged"

// KeyExchange is what a run of the exchange did.
type KeyExchange struct {
	Made   bool  `json:"made"`   // a key was made in it
	Sealed int64 `json:"sealed"` // how many things were sealed anew
	Keys   int   `json:"keys"`   // how many keys there are since
}

// KeyExchanged records what a run of the exchange of a key did.
func (s *Service) KeyExchanged(ctx context.Context, which string, done KeyExchange) error {
	return s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: VerbKeyExchanged, Ref: which, New: ledger.Text(done)})
		return nil
	})
}
