package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"casebook"
	"casebook/allocation"
	"casebook/allocation/blinded"
	"casebook/allocation/kit"
	"casebook/auth"
	"casebook/edc"
	"casebook/edc/coding"
	"casebook/edc/export"
	"casebook/edc/normal"
	"casebook/edc/upload"
	"casebook/edc/view"
	"casebook/epro"
	"casebook/gateway"
	"casebook/ledger"
	"casebook/monitor"
	"casebook/notice"
	"casebook/odm"
	"casebook/ops"
	"casebook/outbox"
	"casebook/patient"
	"casebook/platform"
	"casebook/platform/lab"
	"casebook/record"
	"casebook/report"
	"casebook/retention"
	live "casebook/settings"
	"casebook/site"
	"casebook/site/document"
	"casebook/site/document/bucket"
	"casebook/site/keep"
	"casebook/store"
	"casebook/trial"
	"casebook/vault"
)

// Database is how a subcommand finds its data.
type Database struct {
	DB      string `name:"db" help:"A data folder, sqlite:PATH or postgres://…" default:"casebook-data" env:"CASEBOOK_DB"`
	Keys    string `help:"Folder of keys and checkpoints, when the database is PostgreSQL." default:"casebook-data" type:"path" env:"CASEBOOK_KEYS"`
	Replica string `name:"db-replica" help:"A streaming replica of a postgres:// database: it answers what people read, never with less than was acknowledged." env:"CASEBOOK_DB_REPLICA"`
	Secrets string `help:"Folder into which a secrets manager puts the keys, which is only read: ledger.key, ledger.pub, vault.key, second-factor.key, treatment.key, admin-token." type:"path" env:"CASEBOOK_SECRETS"`
	Vault   string `name:"vault-key" help:"File of the key under which what tells who a subject is is kept; without it the key is made beside the others." type:"path" env:"CASEBOOK_VAULT_KEY"`
	Bucket  string `help:"File that names the S3-compatible bucket in which files that people bring are kept, JSON; without it they are kept in the database." type:"existingfile" env:"CASEBOOK_BUCKET"`
	Unsafe  bool   `help:"Let PostgreSQL run with fsync off: for tests, never for patients." hidden:"" env:"CASEBOOK_UNSAFE"`

	// commit bounds one commit; 0 is the server's own bound, which keeps one writer from holding up the others.
	commit time.Duration
	// later lets a process start while its database cannot be reached, if the folder of keys holds the settings that were
	// last in force here.
	later bool
	// unhurried lets people ask as fast as they can.
	unhurried bool
}

// app is everything that stands on one database.
type app struct {
	dir      string // checkpoints, dumps, and the keys where no store of secrets has them
	keys     keyStore
	db       *store.DB
	ledger   *ledger.Ledger
	box      *outbox.Box
	settings *live.Settings
	people   *auth.Service
	patients *patient.Service
	trials   *trial.Service
	forms    *record.Service
	staff    *edc.Service
	exports  *export.Desk
	uploads  *upload.Service
	vault    *vault.Vault
	epro     *epro.Service
	given    *allocation.Service
	kits     *kit.Service
	blinded  *blinded.Service
	reports  *report.Service
	monitor  *monitor.Service
	backups  *retention.Keeper
	platform *platform.Service
	notices  *notice.Service
	sites    *site.Service
	files    *document.Service
	bucket   *bucket.Bucket // where files stand; nil when they stand in the database
	office   office         // beside it: monitoring visits, payments, safety
	ops      *ops.Ops       // of a process that serves
}

var migrations = []fs.FS{ledger.Migrations, outbox.Migrations, live.Migrations, vault.Migrations, auth.Migrations, patient.Migrations, retention.Migrations, trial.Migrations, record.Migrations, normal.Migrations, view.Migrations, coding.Migrations, upload.Migrations, epro.Migrations, allocation.Migrations, kit.Migrations, blinded.Migrations, report.Migrations, monitor.Migrations, platform.Migrations, lab.Migrations, notice.Migrations, site.Migrations, document.Migrations}

// folds are what each package says its rows must be, for verification. Without v's keys what is in the vault is not read.
func folds(v *vault.Vault) func(casebook.StudyID) []ledger.Fold {
	return func(study casebook.StudyID) []ledger.Fold { return foldsOf(study, v) }
}

func foldsOf(study casebook.StudyID, v *vault.Vault) []ledger.Fold {
	return []ledger.Fold{live.NewFold(study), auth.NewFold(study), patient.NewFold(study), retention.NewFold(study), trial.NewFold(study), record.NewFold(study), normal.NewFold(study), coding.NewFold(study), upload.NewFold(study), epro.NewFold(study, v), allocation.NewFold(study), kit.NewFold(study), blinded.NewFold(study), report.NewFold(study), monitor.NewFold(study), platform.NewFold(study), lab.NewFold(study), notice.NewFold(study), keep.NewFold(study, officeBooks...), document.NewContents(study)}
}

// place is where the database and its keys are.
func (d Database) place() place {
	at := locate(d.DB, d.Keys)
	at.secrets = d.Secrets
	return at
}

func (d Database) open(ctx context.Context) (*app, error) { return d.openIn(ctx, casebook.Outside()) }

// openIn opens the database and builds the services on it, each with what it needs and nothing more.
func (d Database) openIn(ctx context.Context, world casebook.World) (*app, error) {
	at := d.place()
	keys := at.keys()
	if err := errors.Join(keys.complete(keys.file(ledgerKey), keys.file(ledgerPub), at.vaultFile(d.Vault), keys.file(factorKeys), keys.file(treatmentKeys)), keys.publish(at.dir)); err != nil {
		return nil, err
	}
	kept := filepath.Join(at.dir, "settings.json")
	_, none := os.Stat(kept)
	db, err := store.Open(ctx, at.dsn, store.Options{World: world, Migrations: migrations, Unsafe: d.Unsafe, BatchTime: d.commit, Replica: d.Replica, Later: d.later && none == nil})
	if err != nil {
		return nil, err
	}
	key, err := keys.signer()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a := &app{dir: at.dir, keys: keys, db: db}
	if d.Bucket != "" {
		if a.bucket, err = bucket.Read(d.Bucket, world); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	a.ledger = ledger.New(db, ledger.Options{Publish: at.checkpoints(), Signer: keys.signer, Every: time.Second,
		Release: func(study casebook.StudyID, site casebook.SiteID) int64 { return a.settings.Release(study, site) }})
	a.settings = live.New(a.ledger, live.Options{Keys: slices.Concat(platform.Keys, notice.Keys, epro.Keys, gateway.Keys, retention.Keys), Process: processName(world), Kept: kept})
	if err := a.settings.Load(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a.box = outbox.New(db, outbox.Options{})
	a.people = auth.New(a.ledger, world)
	if a.people.Keys, err = keys.sealing(factorKeys, world); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a.patients = patient.New(a.ledger)
	a.trials = trial.New(a.ledger, a.patients)
	a.trials.Rules, a.trials.Appoint = idle, a.appoint
	a.forms = record.New(a.ledger, a.trials)
	a.staff = edc.New(a.ledger, a.forms)
	a.staff.Reauthenticate = a.people.Reauthenticate
	a.staff.Moving = moving
	a.staff.Done = func(study casebook.StudyID, site casebook.SiteID, well bool) {
		a.settings.Done(live.Place{Study: study, Site: site}, well)
	}
	a.exports = export.NewDesk(a.ledger, a.trials, filepath.Join(at.dir, "exports"))
	a.uploads = upload.New(a.ledger, a.forms, a.trials)
	if a.vault, err = a.openVault(ctx, at.vaultFile(d.Vault), world); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a.epro = epro.New(a.ledger, a.forms, a.trials, a.vault)
	a.epro.Reminders = epro.Reminders{Box: a.box, Settings: a.settings}
	if a.given, err = a.newAllocation(world); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a.kits = kit.New(a.ledger, a.given)
	a.blinded = blinded.New(a.ledger, a.forms, a.given)
	a.reports = report.New(a.ledger, a.forms)
	a.monitor = monitor.New(a.ledger, a.trials.Definition)
	a.monitor.Reauthenticate = a.people.Reauthenticate
	a.monitor.Still = func(r *http.Request) error { return a.people.Still(r, auth.SiteInside(auth.SignalRead)) }
	known, err := knownKeys(at.dir)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a.backups = retention.New(a.ledger, a.settings)
	a.platform = platform.New(a.ledger, platform.Options{Settings: a.settings, Box: a.box, Signer: key, Known: known, From: a.people.Address, Trials: a.trials, People: a.people, Backups: a.backups, Tell: a.tellDisabled, Unhurried: d.unhurried,
		Still: func(r *http.Request) error { return a.people.Still(r, auth.SiteInside(auth.AuditRead)) }})
	a.people.Carry, a.people.Guessed = a.platform.Carry, a.platform.TellOfficer
	a.files = document.New(a.ledger, a.bucket, a.people.Reauthenticate)
	a.exports.Bytes = a.files.Copy
	a.notices = notice.New(a.ledger, a.trials, notice.Options{Settings: a.settings, Box: a.box, Files: a.noticeFiles(), Reauthenticate: a.people.Reauthenticate,
		Still: func(r *http.Request) error { return a.people.Still(r, auth.InStudy(auth.StudyManage)) }})
	a.sites = site.New(a.ledger, a.people)
	a.sites.Tell = a.tellIssue
	a.office = a.newOffice()
	return a, nil
}

// processName tells this process from others on the same database.
func processName(world casebook.World) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s:%d:%x", host, os.Getpid(), world.Bytes(2))
}

// appoint makes somebody the data manager of a study.
func (a *app) appoint(ctx context.Context, study casebook.StudyID, user casebook.UserID) error {
	return a.people.GrantRole(ctx, user, auth.Grant{Study: study, Role: auth.DataManager})
}

// idle names the rules of a definition that do not run, for its publication.
func idle(v *odm.Version) (all []trial.Problem) {
	for _, k := range record.Compile(v, 0).Kept {
		all = append(all, trial.Problem{Name: k.Place, Kind: trial.Kept, Line: k.Line, Rule: k.Code, Why: k.Why})
	}
	return all
}

func (a *app) close() error {
	if a.bucket != nil {
		a.bucket.Close()
	}
	return a.db.Close()
}
