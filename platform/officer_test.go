package platform

import (
	"context"
	"errors"
	"strings"
	"testing"

	"casebook"
	"casebook/settings"
	"casebook/store"
)

// Whoever guesses is told of to the officer whom the settings name, once in a quarter of an hour, and only with what caused it.
func TestTheSecurityOfficerIsToldOfGuessing(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		told := func() (all []string) {
			h.must(h.db.View(h.Context(), func(tx *store.Tx) (err error) {
				all, err = store.All(h.Context(), tx, func(r *store.Rows) (text string, err error) {
					var to, title, body string
					err = r.Scan(&to, &title, &body)
					return to + "\n" + title + "\n" + body, err
				}, `SELECT recipient, title, body FROM outbox_message WHERE study_id = $1 AND channel = 'mail' ORDER BY message_id`, casebook.Platform)
				return err
			}))
			return all
		}
		guessed := func(more error) error {
			return h.db.Update(h.Context(), func(tx *store.Tx) error { return errors.Join(h.s.TellOfficer(h.Context(), tx), more) })
		}
		h.must(guessed(nil))
		if all := told(); len(all) != 0 {
			h.Errorf("the control: nobody is named, and %q", all)
		}

		as := func(user casebook.UserID) context.Context {
			return casebook.WithActor(h.Context(), casebook.Actor{User: user, Role: "operator", Location: "sponsor"})
		}
		draft, err := h.live.Propose(as("gaoyuan"), []settings.Change{{Assignment: settings.Assignment{Key: "people.security_mail", Value: "officer@hospital.example"}}}, "21 CFR 11.300(d)")
		h.must(err)
		_, err = h.live.Approve(as("sunyan"), draft.ID, settings.Trial{}, "")
		h.must(err)
		h.must(h.live.Load(h.Context()))

		undone := errors.New("the failure was not kept")
		if err := guessed(undone); !errors.Is(err, undone) || len(told()) != 0 {
			h.Errorf("told of what was undone: %v, %q", err, told())
		}
		for range 10 {
			h.must(guessed(nil))
		}
		all := told()
		if len(all) == 0 || len(all) > 2 { // two where a quarter of an hour ended between them
			h.Fatalf("told %d times", len(all))
		}
		if !strings.HasPrefix(all[0], "officer@hospital.example\n") || !strings.Contains(all[0], "有人正在猜测账户") || !strings.Contains(all[0], "locked out") {
			h.Errorf("%q", all[0])
		}
	})
}
