package auth_test

import (
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
)

// What the tests of this product do cheaply, the product does not.
func TestAGuessCostsWhatOWASPAsks(t *testing.T) {
	inWards(t, func(w *ward) {
		cost := auth.New(ledger.New(w.db, ledger.Options{}), casebook.Outside()).Cost
		if cost != auth.Standard || cost.Memory < 19<<10 || cost.Passes < 2 {
			w.t.Errorf("a service that nobody told otherwise works with %+v", cost)
		}
		w.auth.Cost = cost
		w.person("lin")
		var stored string
		w.must(w.db.View(w.t.Context(), func(tx *store.Tx) error {
			return tx.Row(w.t.Context(), `SELECT password FROM auth_person WHERE user_id = $1`, "lin").Scan(&stored)
		}))
		if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
			w.t.Errorf("kept is %.40s", stored)
		}
	})
}
