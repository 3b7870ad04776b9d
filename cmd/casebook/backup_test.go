package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook"
	"casebook/demo"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/trial"
)

// TestARestoreDrill is F-RESTORE: a backup is made while somebody works, the house burns down, and what is restored
// verifies against the ledger and its checkpoints and is worked on again. A backup with one byte wrong is refused, and
// leaves nothing behind.
func TestARestoreDrill(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		a, err := h.database().open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		subjects := work(t, a, "03")
		key, file := filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "backup.age")
		recipient := strings.TrimSpace(call(t, "backup-key", key).done(t).stdout)
		call(t, h.args("backup", file, "--recipient", recipient)...).done(t) // while a is open
		call(t, h.args("backup", file, "--recipient", recipient)...).refused(t, "backup.exists")
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
		call(t, burnt.args("restore", file, "--key", key)...).done(t)
		burnt.verify(t).clean(t)
		b, err := burnt.database().open(t.Context())
		if err != nil {
			t.Fatal(err)
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
		burnt.verify(t).clean(t)
	})
}

// database is how the product's own code finds the house.
func (h *house) database() Database {
	if h.engine == "postgres" {
		return Database{DB: h.dsn, Keys: h.folder, Unsafe: true}
	}
	return Database{DB: h.folder, Keys: h.folder}
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
