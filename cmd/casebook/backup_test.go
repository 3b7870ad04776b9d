package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook"
	"casebook/demo"
	"casebook/epro"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/retention"
	"casebook/trial"
	"casebook/vault"
)

// TestARestoreDrill is F-RESTORE: a backup is made while somebody works, the house burns down, and what is restored
// verifies against the ledger and its checkpoints and is worked on again. A backup with one byte wrong is refused, and
// leaves nothing behind. The vault's key is kept apart: without it the study comes back whole, and nobody is told how a patient is reached.
func TestARestoreDrill(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		apart := filepath.Join(t.TempDir(), "vault.key")
		a := h.openWith(t, apart)
		subjects := work(t, a, "03")
		if err := reach(t, a, "03-001"); err != nil {
			t.Fatal(err)
		}
		key, file := filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "backup.age")
		recipient := strings.TrimSpace(call(t, "backup-key", key).done(t).stdout)
		call(t, h.args("backup", file, "--recipient", recipient)...).done(t) // while a is open
		call(t, h.args("backup", file, "--recipient", recipient)...).refused(t, "backup.exists")
		hold := parsed[retention.Hold](t, call(t, h.args("hold", "place", string(demo.ID), "--by", "Counsel Wen", "--reason", "a claim")...).done(t).stdout)
		call(t, h.args("backup-keep", filepath.Dir(file))...).refused(t, "retention.held")
		call(t, h.args("hold", "release", hold.ID, "--by", "Counsel Wen", "--reason", "it is settled")...).done(t)
		call(t, h.args("backup-keep", filepath.Dir(file))...).done(t) // no setting lets anything go
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		if out := call(t, "verify-backup", file, "--key", key).done(t).stdout; !strings.Contains(out, `"engine": "`+h.engine+`"`) {
			t.Errorf("it says %s", out)
		}
		broken := filepath.Join(t.TempDir(), "broken.age")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2] ^= 1
		if err := os.WriteFile(broken, text, 0o600); err != nil {
			t.Fatal(err)
		}
		call(t, "verify-backup", broken, "--key", key).refused(t, "backup.broken")
		burnt := build(t, h.engine)
		call(t, burnt.args("restore", broken, "--key", key)...).refused(t, "backup.broken")
		if out := call(t, burnt.args("restore", file, "--key", key)...).done(t); !strings.Contains(out.stderr, "the key of the vault is not in this backup") {
			t.Errorf("who restores is told %s", out.stderr)
		}
		burnt.verify(t).clean(t)
		b := burnt.openWith(t, "")
		if address, err := reachedBy(t, b); casebook.KindOf(err) != casebook.Conflict || !strings.Contains(fmt.Sprint(err), "vault.no_key") {
			t.Errorf("without the key: %q, %v", address, err)
		}
		if err := reach(t, b, "03-002"); !strings.Contains(fmt.Sprint(err), "vault.no_key") {
			t.Errorf("sealed without the key: %v", err)
		}
		page, err := b.patients.InTrial(t.Context(), demo.ID, patient.Query{AllSites: true, Limit: 100})
		if err != nil || len(page.Subjects) != subjects {
			t.Errorf("%d subjects came back, of %d: %v", len(page.Subjects), subjects, err)
		}
		if _, err := b.trials.Enrol(operator(t.Context()), demo.ID, patient.Enrolment{Site: "03"}); err != nil {
			t.Error(err)
		}
		if err := b.close(); err != nil {
			t.Error(err)
		}
		burnt.verify(t, "--vault-key", apart).clean(t)
		for file, opens := range map[string]bool{apart: true, another(t): false} {
			b := burnt.openWith(t, file)
			if address, err := reachedBy(t, b); opens != (err == nil && address == kestrel) {
				t.Errorf("the key fits: %v; it says %q, %v", opens, address, err)
			}
			if err := b.close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// database is how the product's own code finds the house.
func (h *house) database() Database {
	if h.engine == "postgres" {
		return Database{DB: h.dsn, Keys: h.folder, Unsafe: true}
	}
	return Database{DB: h.folder, Keys: h.folder}
}

// openWith opens the house with the vault's key in a file of its own.
func (h *house) openWith(t *testing.T, vault string) *app {
	t.Helper()
	d := h.database()
	d.Vault = vault
	a, err := d.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const kestrel = "kestrel@example.org"

// reach keeps how a subject is reached.
func reach(t *testing.T, a *app, subject casebook.SubjectID) error {
	t.Helper()
	return a.epro.SetReach(operator(t.Context()), demo.ID, subject, nil, epro.Reach{Channel: "mail", Address: kestrel})
}

// reachedBy reads how the first subject is reached.
func reachedBy(t *testing.T, a *app) (address string, err error) {
	t.Helper()
	list, err := a.epro.Reaches(t.Context(), demo.ID, "03-001", func(_, address string) string { return address })
	if err == nil && len(list) == 1 {
		address = list[0].Address
	}
	return address, err
}

// another is a file with a key of another vault.
func another(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "vault.key")
	if err := putKeys(file, []vault.Key{bytes.Repeat([]byte{7}, 32)}); err != nil {
		t.Fatal(err)
	}
	return file
}

// work makes the demo's study and enrols at a site; it returns how many.
func work(t *testing.T, a *app, site casebook.SiteID) int {
	t.Helper()
	ctx := operator(t.Context())
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err == nil {
		_, err = a.trials.Import(ctx, study, trial.Training)
	}
	if err == nil {
		_, err = a.trials.AddSite(ctx, demo.ID, trial.Site{ID: site, Name: odm.Text{"en": "Hospital"}, Zone: "UTC"})
	}
	const subjects = 12
	for range subjects {
		if err == nil {
			_, err = a.trials.Enrol(ctx, demo.ID, patient.Enrolment{Site: site})
		}
	}
	for _, study := range []casebook.StudyID{demo.ID, casebook.Platform} {
		if err == nil {
			err = a.ledger.Seal(ctx, study)
		}
	}
	if err == nil {
		err = a.ledger.PublishAll(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	return subjects
}
