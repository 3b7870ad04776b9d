package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/errgroup"
)

type demoCommand struct {
	Addr       string  `help:"Address; a free port when none is given." env:"CASEBOOK_ADDR"`
	JSON       bool    `help:"Print one JSON line when ready."`
	Admin      string  `help:"Address for the administrator: metrics, profiles, the doctor's page." placeholder:"127.0.0.1:PORT" env:"CASEBOOK_ADMIN"`
	ReportRate float64 `help:"Patients' reports that are let in a second; as many as the machine can carry when 0." default:"0" placeholder:"NUMBER" env:"CASEBOOK_REPORT_RATE"`
	Channels   string  `help:"File with the channels by which messages leave, JSON." type:"existingfile" env:"CASEBOOK_CHANNELS"`
	Data       string  `help:"Folder of the demo's data; kept for the next start." default:"casebook-demo" type:"path"`
	Unsafe     bool    `help:"Let PostgreSQL run with fsync off: for tests, never for patients." hidden:"" env:"CASEBOOK_UNSAFE"`
	DB         string  `name:"db" help:"Keep the rows in this PostgreSQL instead of in the folder." placeholder:"postgres://…" env:"CASEBOOK_DEMO_DB"`
}

// database is where the demo's rows are; its keys and its greeting are in the folder in any case.
func (c *demoCommand) database() Database {
	if c.DB != "" {
		return Database{DB: c.DB, Keys: c.Data, Unsafe: c.Unsafe, unhurried: true}
	}
	return Database{DB: c.Data, unhurried: true}
}

// greeting is what the demo tells about itself. It is kept beside the data, since tokens are kept nowhere else.
type greeting struct {
	Address     string               `json:"address"`
	Logins      []login              `json:"logins"`
	ReportToken string               `json:"reportToken"`
	TrialID     casebook.StudyID     `json:"trialId"`
	PatientIDs  []casebook.SubjectID `json:"patientIds"`
	Data        string               `json:"data"`
	Patient     patientLogin         `json:"patient"`
}

// patientLogin enrols one phone; each start of the demo makes a new one.
type patientLogin struct {
	Subject casebook.SubjectID `json:"subject"`
	Link    string             `json:"link"`
	PIN     string             `json:"pin"`
}

type login struct {
	Role     string `json:"role"`
	User     string `json:"user"`
	Password string `json:"password"`
}

// demoPassword is the same for everybody in the demo, and printed. No other data has an account with it.
const demoPassword = "hypertension-demo"

// Run makes the demo's data if they are not there, and serves them until it is told to stop.
func (c *demoCommand) Run(ctx context.Context) error {
	file := filepath.Join(c.Data, "demo.json")
	g, err := readGreeting(file)
	if errors.Is(err, os.ErrNotExist) {
		g, err = c.make(ctx)
		if err == nil {
			err = g.write(file)
		}
		if err == nil {
			err = os.Remove(filepath.Join(c.Data, begunName))
		}
	}
	if err != nil {
		return err
	}
	a, err := c.database().open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	s := serveCommand{Addr: c.Addr, Admin: c.Admin, ReportRate: c.ReportRate, Channels: c.Channels}
	if s.Addr == "" {
		s.Addr = "127.0.0.1:0"
	}
	return s.serve(ctx, a, roles, func(address string) {
		g.Address = address
		if err := g.invite(ctx, a); err != nil {
			slog.Error("no phone can be enrolled", "error", err)
		}
		if err := g.write(file); err != nil { // casebook load finds the address there
			slog.Error("the greeting cannot be kept", "error", err)
		}
		g.print(c.JSON)
	})
}

// invite makes an invitation for the phone of the first patient who is still in the study.
func (g *greeting) invite(ctx context.Context, a *app) error {
	page, err := a.patients.InTrial(ctx, demo.ID, patient.Query{AllSites: true, Status: patient.Enrolled, Limit: 1})
	if err != nil || len(page.Subjects) == 0 {
		return err
	}
	inv, err := a.epro.Invite(operator(ctx), demo.ID, page.Subjects[0].ID, "")
	g.Patient = patientLogin{inv.Subject, g.Address + inv.Path, inv.PIN}
	return err
}

func readGreeting(file string) (g greeting, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return g, err
	}
	return g, json.Unmarshal(text, &g)
}

func (g greeting) write(file string) error {
	text, err := json.Marshal(g, jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

func (g greeting) print(asJSON bool) {
	if asJSON {
		if err := printJSON(g); err != nil {
			slog.Error("nobody listens", "error", err)
		}
		return
	}
	fmt.Printf("\n  casebook demo: study %s, %d subjects\n\n  %s\n\n", g.TrialID, len(g.PatientIDs), g.Address)
	for _, l := range g.Logins {
		fmt.Printf("  %-14s %-10s %s\n", l.Role, l.User, l.Password)
	}
	fmt.Printf("\n  a patient's phone (%s): open %s\n  and enter the start code %s\n", g.Patient.Subject, g.Patient.Link, g.Patient.PIN)
	fmt.Printf("\n  report token   %s\n  data           %s\n\n", g.ReportToken, g.Data)
}

// beforehand is how many days before today the demo's study is set up: its history takes forty weeks.
const beforehand = 40*7 + 7

// clear makes an empty folder for the demo and marks it as begun. It removes what an interrupted start left behind, and
// nothing else: a folder that holds data without the mark may be somebody's study.
func (c *demoCommand) clear() error {
	begun := filepath.Join(c.Data, begunName)
	_, err := os.Stat(begun)
	if err == nil && c.DB != "" {
		return casebook.Fail(casebook.Conflict, "demo.unfinished", begun)
	}
	for _, name := range [...]string{"casebook.db", "casebook.db-wal", "casebook.db-shm", "keys", "checkpoints"} {
		left := filepath.Join(c.Data, name)
		if err == nil {
			if err := os.RemoveAll(left); err != nil {
				return err
			}
		} else if _, err := os.Stat(left); err == nil {
			return casebook.Fail(casebook.Conflict, "demo.not_a_demo", c.Data)
		}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	return os.WriteFile(begun, nil, 0o600)
}

// begunName is the file that stands in the demo's folder until its data are complete.
const begunName = "demo.begun"

// make seeds the demo: the study from its file, its people, and forty weeks of what happened, each thing at its own
// moment and through the same doors as in life.
func (c *demoCommand) make(ctx context.Context) (g greeting, err error) {
	if err := c.clear(); err != nil {
		return g, err
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return g, err
	}
	g = greeting{TrialID: demo.ID, Data: data}
	if c.DB != "" {
		g.Data = c.DB
	}
	now := time.Now().UTC()
	clock := casebook.NewClock(now.AddDate(0, 0, -beforehand))
	a, err := c.database().openIn(ctx, casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand})
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	ctx = operator(ctx)
	if err := c.strangers(ctx, a); err != nil {
		return g, err
	}
	if err := g.prepare(ctx, a); err != nil {
		return g, err
	}
	reporting, stop := context.WithCancel(ctx)
	var door errgroup.Group
	door.Go(func() error { return a.reports.Run(reporting) })
	err = g.live(ctx, a, clock, now)
	stop()
	door.Wait() // it only says that it was told to stop
	clock.Set(now)
	if err == nil {
		err = g.work(ctx, a)
	}
	if err == nil {
		err = g.notify(ctx, a, now)
	}
	if err == nil {
		err = g.office(ctx, a, now)
	}
	if err == nil {
		err = codeDemo(ctx, a)
	}
	if err == nil {
		err = g.paperwork(ctx, a, now)
	}
	if err == nil {
		err = allocate(ctx, a)
	}
	return g, errors.Join(err, a.ledger.Seal(ctx, demo.ID), a.ledger.Seal(ctx, casebook.Platform), a.ledger.PublishAll(ctx))
}

// strangers refuses a database that people use: the demo's accounts have a password that everybody knows.
func (c *demoCommand) strangers(ctx context.Context, a *app) error {
	return a.db.View(ctx, func(tx *store.Tx) error {
		accounts, err := auth.Accounts(ctx, tx)
		if err == nil && len(accounts) > 0 {
			where := c.Data
			if c.DB != "" {
				where = "PostgreSQL"
			}
			// Nothing was begun, and the next start must not think so.
			err = errors.Join(casebook.Fail(casebook.Conflict, "demo.not_a_demo", where), os.Remove(filepath.Join(c.Data, begunName)))
		}
		return err
	})
}

// prepare makes the study, its sites and its people.
func (g *greeting) prepare(ctx context.Context, a *app) error {
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err != nil {
		return err
	}
	if _, err := a.trials.Import(ctx, study, trial.Training); err != nil {
		return err
	}
	for _, s := range demo.Sites() {
		if _, err := a.trials.AddSite(ctx, demo.ID, trial.Site{ID: s.ID, Name: s.Name, Zone: s.Zone}); err != nil {
			return err
		}
	}
	for _, p := range demo.People() {
		err := a.people.CreatePerson(ctx, auth.NewPerson{User: p.ID, Name: p.Name["en"], NameZH: p.Name["zh-CN"], Locale: p.Locale, Password: demoPassword})
		if err != nil {
			return err
		}
		for _, r := range p.Roles {
			if err := a.people.GrantRole(ctx, p.ID, auth.Grant{Study: r.Study, Site: r.Site, Role: auth.Role(r.Role)}); err != nil {
				return err
			}
		}
		g.Logins = append(g.Logins, login{p.Roles[0].Role, string(p.ID), demoPassword})
	}
	if _, err := a.epro.Publish(ctx, demo.ID, demo.Schedule()); err != nil {
		return err
	}
	if _, err := a.epro.PublishConsent(ctx, demo.ID, demo.Consent()); err != nil {
		return err
	}
	g.ReportToken, _, err = a.people.IssueToken(ctx, auth.NewToken{Study: demo.ID, Kind: auth.Client, Name: "demo reports", Scopes: []auth.Action{auth.ReportSubmit}})
	return err
}

// live lets the history happen, day by day: what the staff entered on a day is one commit, and its reports come in
// together in the evening.
func (g *greeting) live(ctx context.Context, a *app, clock *casebook.Clock, until time.Time) error {
	var day []demo.Event
	for e := range demo.History(1, until) {
		if len(day) > 0 && e.At.Truncate(24*time.Hour) != day[0].At.Truncate(24*time.Hour) {
			if err := g.happen(ctx, a, clock, day); err != nil {
				return err
			}
			day = day[:0]
		}
		day = append(day, e)
	}
	if len(day) == 0 {
		return nil
	}
	return g.happen(ctx, a, clock, day)
}

func (g *greeting) happen(ctx context.Context, a *app, clock *casebook.Clock, day []demo.Event) error {
	var reports []demo.Event
	entered := 0
	st, err := a.forms.Study(ctx, demo.ID)
	if err != nil {
		return err
	}
	last := day[len(day)-1].At
	clock.Set(last)
	err = a.ledger.WriteNew(ctx, demo.ID, func(w *ledger.Writer) error {
		reports, entered = reports[:0], 0
		for _, e := range day {
			if e.Kind == demo.Report {
				reports = append(reports, e)
				continue
			}
			entered++
			w.Now = e.At // each thing at its own moment, though they share a commit
			if err := enter(ctx, a, w, st, e); err != nil {
				return fmt.Errorf("%s %s %s/%s: %w", e.At.Format(time.DateOnly), e.Subject, e.Event, e.Form, err)
			}
		}
		w.Now = last
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range day {
		if e.Kind == demo.Enrol {
			g.PatientIDs = append(g.PatientIDs, e.Subject)
		}
	}
	slices.Sort(g.PatientIDs)
	if err := send(ctx, a, reports); err != nil {
		return err
	}
	return a.ledger.Seal(ctx, demo.ID) // on the same day, so that the past can be asked for as it was
}

func enter(ctx context.Context, a *app, w *ledger.Writer, st *record.Study, e demo.Event) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: e.By, Role: "coordinator", Location: string(e.Site)})
	switch e.Kind {
	case demo.Enrol:
		_, err := patient.Enrol(ctx, w, patient.Enrolment{Site: e.Site, Subject: e.Subject, Status: patient.Screening})
		return err
	case demo.Stand:
		_, err := patient.SetStatus(ctx, w, e.Subject, patient.Status(e.Status), e.Reason)
		return err
	}
	save := record.Save{Expect: -1, Reason: e.Reason, Key: record.Key{Study: demo.ID, Subject: e.Subject, Event: e.Event, EventRepeat: e.EventRepeat,
		Form: e.Form, FormRepeat: e.FormRepeat}}
	for _, i := range e.Items {
		save.Items = append(save.Items, record.Value{Group: i.Group, Repeat: i.Repeat, Item: i.Item, Value: i.Value})
	}
	_, _, err := a.forms.SaveIn(ctx, w, st, save)
	return err
}

// send posts the day's reports, many at a time as phones would.
func send(ctx context.Context, a *app, reports []demo.Event) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	for _, e := range reports {
		g.Go(func() error {
			ctx := casebook.WithActor(ctx, casebook.Actor{User: casebook.UserID("device:" + string(e.Subject)), Role: "device", Location: string(e.Site)})
			body, err := reportBody(e)
			if err != nil {
				return err
			}
			_, err = a.reports.Submit(ctx, demo.ID, "", "", body)
			if err != nil {
				return fmt.Errorf("report %s of %s: %w", e.ID, e.Subject, err)
			}
			return nil
		})
	}
	return g.Wait()
}

func reportBody(e demo.Event) (io.Reader, error) {
	answers := map[string]string{}
	for _, i := range e.Items {
		answers[i.Item] = i.Value
	}
	text, err := json.Marshal(map[string]any{"patientId": e.Subject, "id": e.ID, "instrument": e.Form, "answeredAt": e.At.Format(time.RFC3339), "data": answers},
		json.Deterministic(true))
	return bytes.NewReader(text), err
}
