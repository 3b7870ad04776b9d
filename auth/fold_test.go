package auth_test

import (
	"slices"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
)

// tables verifies everything and returns the tables and rows with findings.
func (w *ward) findings(l *ledger.Ledger) (rows []string) {
	w.t.Helper()
	v, err := ledger.Verify(w.t.Context(), l.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{auth.NewFold(id)} })
	w.must(err)
	for _, f := range v.Findings {
		rows = append(rows, f.Table+" "+f.Row)
	}
	slices.Sort(rows)
	return rows
}

func TestWhoGivesHimselfARightBySQLIsFound(t *testing.T) {
	inWards(t, func(w *ward) {
		l := ledger.New(w.db, ledger.Options{})
		monitor, admin := auth.Grant{Study: "HTN_24", Site: "", Role: auth.Monitor}, auth.Grant{Study: casebook.Platform, Role: auth.Admin}
		w.person("lin", monitor, admin)
		w.person("mona", monitor)
		w.clock.Add(time.Second) // entries of one moment have no order among them
		w.must(w.auth.SetPassword(w.ctx(), "mona", password+"!"))
		w.must(w.auth.Deactivate(w.ctx(), "mona", "left"))
		w.must(w.auth.WithdrawRole(w.ctx(), "lin", monitor, "moved"))
		_, kept := w.device("P1")
		_, lost := w.device("P2")
		w.clock.Add(time.Second)
		w.must(w.auth.RevokeToken(w.ctx(), "HTN_24", lost, "phone lost"))
		w.signIn("lin")
		for _, study := range []casebook.StudyID{casebook.Platform, "HTN_24"} {
			w.must(l.Seal(w.t.Context(), study))
		}
		if rows := w.findings(l); len(rows) > 0 {
			w.t.Fatalf("the control: %v", rows)
		}
		w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
			for _, sql := range []string{
				`UPDATE auth_person SET active = 1 WHERE user_id = 'mona'`,
				`UPDATE auth_person SET password = (SELECT password FROM auth_person WHERE user_id = 'mona') WHERE user_id = 'lin'`,
				`INSERT INTO auth_grant(user_id, study_id, site_id, role) VALUES('lin', 'HTN_24', '', 'datamanager')`,
				`DELETE FROM auth_grant WHERE user_id = 'mona'`,
				`UPDATE auth_token SET revoked = 0`,
				`UPDATE auth_token SET subject_id = 'P9' WHERE subject_id = 'P1'`,
			} {
				if _, err := tx.Exec(w.t.Context(), sql); err != nil {
					return err
				}
			}
			return nil
		}))
		want := []string{"auth_grant lin/HTN_24//datamanager", "auth_grant mona/HTN_24//monitor", "auth_person lin", "auth_person mona",
			"auth_token " + kept, "auth_token " + lost}
		slices.Sort(want)
		if rows := w.findings(l); !slices.Equal(rows, want) {
			w.t.Errorf("found %q, want %q", rows, want)
		}
	})
}
