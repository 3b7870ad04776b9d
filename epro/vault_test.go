package epro_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/epro"
	"casebook/store"
	"casebook/vault"
)

// The canaries: an address and a name that stand in the vault, and there alone.
const (
	canaryMail = "canary.kestrel@example.org"
	canaryName = "测试患者"
)

// dump is every value of every table.
func (h *house) dump() string {
	h.t.Helper()
	var all strings.Builder
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error {
		tables, err := store.Tables(h.t.Context(), tx)
		for _, table := range tables {
			for _, column := range table.Columns {
				if err == nil {
					err = tx.Each(h.t.Context(), func(r *store.Rows) error {
						var v any
						err := r.Scan(&v)
						fmt.Fprintf(&all, "%s.%s %s\n", table.Name, column, v)
						return err
					}, `SELECT "`+column+`" FROM "`+table.Name+`"`)
				}
			}
		}
		return err
	}))
	return all.String()
}

func linesWith(dump, text string) (lines []string) {
	for line := range strings.Lines(dump) {
		if strings.Contains(strings.ToLower(line), text) {
			lines = append(lines, line)
		}
	}
	return lines
}

// refusing adds a channel that answers as relays do, with the address in it.
func (h *house) refusing() *carrier {
	c := h.carry("mail", errors.New("550 5.1.1 <Canary.Kestrel@EXAMPLE.org>: no mailbox canary.kestrel here"))
	c.answer = c.fail.Error()
	return c
}

func TestWhoASubjectIsStandsInTheVaultAlone(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		_, err := h.epro.PublishConsent(h.operator(), demo.ID, needed(false))
		h.must(err)
		h.must(h.people.CreatePerson(h.operator(), auth.NewPerson{User: "chen", Name: "Chen Rui", Locale: "en", Password: "a password of some length"}))
		h.must(h.people.GrantRole(h.operator(), "chen", auth.Grant{Study: demo.ID, Role: auth.Monitor}))
		p := h.enrol("03-001")
		_, _, _ = p.sign(p.signature())
		var paper struct{ Consent string }
		h.as("lin", "POST", "/subjects/03-002/epro/consent", onPaper(1, "2026-03-01"), &paper)
		if status := h.reach("03-001", `{"channel":"mail","address":"`+canaryMail+`"}`); status != 200 {
			t.Fatal(status)
		}
		c := h.refusing()
		h.send()
		h.at(3, "06:30") // the first look sends nothing
		h.at(3, "08:00")
		if m := <-c.sent; m.To != canaryMail {
			t.Errorf("sent to %q", m.To)
		}
		if _, reminders := h.delivered("03-001", 1); !strings.Contains(fmt.Sprint(reminders), "550 5.1.1 <…>: no mailbox … here") {
			t.Errorf("what the relay said: %+v", reminders)
		}
		// Who may see it is shown it, which is an entry; who may not, is not.
		var shown struct{ Reach []epro.Reach }
		if status := h.as("lin", "GET", "/subjects/03-001/epro/identity", "", &shown); status != 200 || shown.Reach[0].Address != canaryMail {
			t.Errorf("her site: %d %+v", status, shown)
		}
		if status := h.as("chen", "GET", "/subjects/03-001/epro/identity", "", nil); status != 403 && status != 404 {
			t.Errorf("the monitor: %d", status)
		}
		var signature struct{ Body string }
		if h.as("lin", "GET", "/epro/signatures/"+paper.Consent, "", &signature); !strings.Contains(signature.Body, canaryName) {
			t.Errorf("her site sees %q", signature.Body)
		}
		if n := h.count(`SELECT count(*) FROM ledger_entry WHERE study_id = $1 AND what = 'epro.identity.read' AND actor = 'lin'`, demo.ID); n != 2 {
			t.Errorf("%d entries say who has read", n)
		}
		dump := h.dump()
		for _, canary := range []string{"canary.kestrel", canaryName} {
			if lines := linesWith(dump, canary); len(lines) > 0 {
				t.Errorf("%s stands outside the vault: %.300q", canary, lines)
			}
		}
		if len(linesWith(dump, "chosen by nobody")) != 0 || len(linesWith(dump, "03-001")) < 10 {
			t.Error("the control: the dump is not what the tables hold")
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verified: %v", found)
		}
		// Who ends a way is not reached by what waits, and nothing is left of the address.
		h.reach("03-001", `{"channel":"mail","address":""}`)
		if n := h.count(`SELECT count(*) FROM vault_text WHERE study_id = $1`, demo.ID); n != 2 {
			t.Errorf("%d texts are kept", n)
		}
	})
}

// An older version kept all of it in rows. The same dump finds it there, and after the move no longer: not in a row, and with SQLite in no
// byte of the files.
func TestWhatAnOlderVersionKeptMovesIntoTheVault(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		_, err := h.epro.PublishConsent(h.operator(), demo.ID, needed(false))
		h.must(err)
		p := h.enrol("03-001")
		body := p.signature()
		_, _, _ = p.sign(body)
		h.reach("03-001", `{"channel":"mail","address":"`+canaryMail+`"}`)
		c := h.refusing()
		h.send()
		h.at(3, "06:30") // the first look sends nothing
		h.at(3, "08:00")
		<-c.sent
		h.delivered("03-001", 1)
		h.older()
		dump := h.dump()
		for _, canary := range []string{"canary.kestrel", canaryName} {
			if len(linesWith(dump, canary)) == 0 {
				t.Fatalf("the control: an older version keeps %s nowhere", canary)
			}
		}
		for range 2 { // the second time there is nothing to do
			h.must(epro.Move(t.Context(), h.db, h.vault))
		}
		dump = h.dump()
		for _, canary := range []string{"canary.kestrel", canaryName} {
			if lines := linesWith(dump, canary); len(lines) > 0 {
				t.Errorf("%s stands outside the vault: %.300q", canary, lines)
			}
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verified: %v", found)
		}
		var shown struct{ Reach []epro.Reach }
		if h.as("lin", "GET", "/subjects/03-001/epro/identity", "", &shown); len(shown.Reach) != 1 || shown.Reach[0].Address != canaryMail {
			t.Errorf("her site is shown %+v", shown)
		}
		h.at(3, "20:00")
		select {
		case m := <-c.sent:
			if m.To != canaryMail {
				t.Errorf("sent to %q", m.To)
			}
		case <-time.After(20 * time.Second):
			t.Error("nothing is sent any more")
		}
		if !h.db.Postgres() {
			h.must(h.db.Close())
			if held := h.bytes("canary.kestrel"); held != "" {
				t.Errorf("%s has the address in its bytes", held)
			}
			if h.bytes("03-001") == "" {
				t.Error("the control: no file has the subject")
			}
		}
	})
}

// older puts the rows back as an older version kept them.
func (h *house) older() {
	h.t.Helper()
	h.must(h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		texts := map[string]string{}
		if err := h.vault.Each(h.t.Context(), tx, demo.ID, func(ref, text string, _ error) { texts[ref] = text }); err != nil {
			return err
		}
		for ref, text := range texts {
			if err := vault.Forget(h.t.Context(), tx, demo.ID, ref); err != nil {
				return err
			}
			_, err := tx.Exec(h.t.Context(), `UPDATE epro_consent SET ref = '', body = $3 WHERE study_id = $1 AND ref = $2`, demo.ID, ref, text)
			if err == nil {
				_, err = tx.Exec(h.t.Context(), `UPDATE epro_reach SET ref = '', digest = '', salt = $3, address = $4 WHERE study_id = $1 AND ref = $2`, demo.ID, ref, text[:32], text[32:])
			}
			if err == nil {
				_, err = tx.Exec(h.t.Context(), `UPDATE outbox_message SET recipient = $3, answer = $4 WHERE study_id = $1 AND recipient = $2`, demo.ID, ref, text[32:], "no "+text[32:])
			}
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(h.t.Context(), `UPDATE outbox_attempt SET answer = $2 WHERE study_id = $1`, demo.ID, "no "+canaryMail)
		if err == nil {
			_, err = tx.Exec(h.t.Context(), `UPDATE epro_delivery SET failure = $2 WHERE study_id = $1`, demo.ID, "no "+canaryMail)
		}
		if err == nil {
			_, err = tx.Exec(h.t.Context(), `UPDATE epro_reminded SET moved = 0 WHERE study_id = $1`, demo.ID)
		}
		return err
	}))
}

// bytes is a file beside the database, or the database, that holds a text.
func (h *house) bytes(text string) (held string) {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(strings.TrimPrefix(h.dsn, "sqlite:")), "*"))
	h.must(err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err == nil && bytes.Contains(content, []byte(text)) {
			held = file
		}
	}
	return held
}

// Somebody with the rows, and without the key, verifies that all is there and reads none of it.
func TestWithoutTheKeyNothingIsReadAndAllIsSeenToBeThere(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.enrol("03-001")
		h.reach("03-001", withMail)
		kept := h.vault
		h.vault = vault.New(casebook.Outside(), func() ([]vault.Key, error) { return nil, nil })
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verified: %v", found)
		}
		h.must(h.db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM vault_text WHERE study_id = $1`, demo.ID)
			return err
		}))
		if found := h.verify(); len(found) != 1 || found[0].Table != "epro_reach" {
			t.Errorf("the control, a text that is gone: %v", found)
		}
		h.vault = kept
	})
}
