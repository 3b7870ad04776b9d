package auth_test

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/stat"
	"casebook/store"
)

// BenchmarkASignInTellsNotWhoIsThere signs in with a wrong password in turn as somebody who is there and as somebody who is not, at
// the cost of a password as it ships, and compares how long the two take: Welch's t, of which |t| < 4.5 tells nobody anything. The
// control is a server that does hardly any work for who is not there.
func BenchmarkASignInTellsNotWhoIsThere(b *testing.B) {
	world := casebook.Outside()
	db, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "timing.db"), store.Options{World: world, Migrations: migrations})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	people, hasty := auth.New(ledger.New(db, ledger.Options{}), world), auth.New(ledger.New(db, ledger.Options{}), world)
	hasty.Cost = auth.Cost{Memory: 64, Passes: 1}
	ctx := casebook.WithActor(b.Context(), casebook.Actor{User: "system", Role: "system", Location: "system"})
	const guesses = 4 // at one account, fewer than slow it down
	for i := range b.N/guesses + 1 {
		if err := people.CreatePerson(ctx, auth.NewPerson{User: casebook.UserID(fmt.Sprintf("person%d", i)), Name: "Lin", Locale: "en", Password: password}); err != nil {
			b.Fatal(err)
		}
	}
	took := func(people *auth.Service, user string, n int) float64 {
		address := fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
		begun := time.Now()
		if _, _, err := people.SignIn(ctx, user, "wrong horse battery", address, ""); casebook.KindOf(err) != casebook.Unauthorized {
			b.Fatalf("%s: %v", user, err)
		}
		return float64(time.Since(begun).Microseconds())
	}
	var there, away, control stat.Moments
	b.ResetTimer()
	for i := range b.N {
		for k := range 2 { // each first as often as the other
			if (i+k)%2 == 0 {
				there.Add(took(people, fmt.Sprintf("person%d", i/guesses), 3*i))
			} else {
				away.Add(took(people, fmt.Sprintf("nobody%d", i/guesses), 3*i+1))
			}
		}
		control.Add(took(hasty, fmt.Sprintf("nobody%d", i/guesses), 3*i+2))
	}
	b.ReportMetric(welch(there, away), "t")
	b.ReportMetric(welch(there, control), "t-control")
	b.ReportMetric(there.Mean/1000, "ms-there")
	b.ReportMetric(away.Mean/1000, "ms-away")
}

// welch is the t of two samples whose variances may differ (Welch 1947).
func welch(a, b stat.Moments) float64 {
	return (a.Mean - b.Mean) / math.Sqrt(a.Variance()/float64(a.N)+b.Variance()/float64(b.N))
}
