package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"casebook/epro"
	"casebook/epro/instrument"
	"casebook/epro/schedule"
	"casebook/odm"
	"casebook/outbox"
	"casebook/outbox/channel"
)

// eproCommand groups what is done with patients' questionnaires.
type eproCommand struct {
	Instruments eproInstruments `cmd:"" help:"List the questionnaires of the library: what they ask and score, and under which licence."`
	Pack        eproPack        `cmd:"" help:"Write every screen of a questionnaire, in each language, as one HTML page for an ethics committee."`
	Simulate    eproSimulate    `cmd:"" help:"List every window and reminder that a schedule gives a subject, by the code that the server runs."`
}

type eproPack struct {
	File       string   `arg:"" optional:"" help:"Definition that has the form." type:"existingfile"`
	Instrument string   `help:"Instead of a file: a questionnaire of the library (casebook epro instruments)." placeholder:"OID"`
	Form       string   `help:"The form; the first one when none is named." placeholder:"OID"`
	Lang       []string `help:"Languages." default:"zh-CN,en"`
	Out        string   `help:"File to write." default:"pack.html" type:"path"`
}

var errWhatToPack = errors.New("name one file, or --instrument")

// Run writes the page.
func (c *eproPack) Run() error {
	var s *odm.Study
	var err error
	switch {
	case (c.File == "") == (c.Instrument == ""):
		return errWhatToPack
	case c.Instrument != "":
		s, err = instrument.Definition(c.Instrument)
	default:
		s, _, err = readDefinition(c.File)
	}
	if err != nil {
		return err
	}
	v := s.Versions[len(s.Versions)-1]
	form := c.Form
	if form == "" && len(v.Forms) > 0 {
		form = v.Forms[0].OID
	}
	var page bytes.Buffer
	if err := epro.WritePack(&page, cmp.Or(s.Name, s.OID), v, form, c.Lang...); err != nil {
		return err
	}
	return os.WriteFile(c.Out, page.Bytes(), 0o644)
}

type eproSimulate struct {
	Schedule string `help:"Schedule: our own format, or a RADAR-base protocol." required:"" type:"existingfile"`
	Anchor   string `help:"When the subject is enrolled, by the clock in the zone." required:"" placeholder:"2026-01-10T09:00:00"`
	Zone     string `help:"Where the subject is." required:"" placeholder:"America/New_York"`
	Days     int    `help:"How many days, the first being that of the enrolment." default:"365"`
	JSON     bool   `help:"Print one JSON object."`
}

// Run prints the windows.
func (c *eproSimulate) Run() error {
	text, err := os.ReadFile(c.Schedule)
	if err != nil {
		return err
	}
	s, err := schedule.Read(text)
	if err != nil {
		return err
	}
	windows, err := s.Simulate(c.Anchor, c.Zone, c.Days)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(simulated(windows))
	}
	const clock = "Mon 2006-01-02 15:04 MST"
	for _, w := range windows {
		reminders := make([]string, len(w.Reminders))
		for i, r := range w.Reminders {
			reminders[i] = r.Format(clock)
		}
		fmt.Printf("%s  %s  %-24s %s\n", w.Opens.Format(clock), w.Closes.Format(clock), w.Form, strings.Join(reminders, ", "))
	}
	fmt.Printf("%d windows\n", len(windows))
	return nil
}

// simulation is what simulate prints for programs.
type simulation struct {
	Windows []simulatedWindow `json:"windows"`
}

type simulatedWindow struct {
	Form      string      `json:"form"`
	Opens     time.Time   `json:"opens"`
	Closes    time.Time   `json:"closes"`
	Reminders []time.Time `json:"reminders"`
}

func simulated(windows []schedule.Window) simulation {
	out := simulation{Windows: make([]simulatedWindow, len(windows))}
	for i, w := range windows {
		out.Windows[i] = simulatedWindow{w.Form, w.Opens, w.Closes, w.Reminders}
	}
	return out
}

// remindBy lets patients be reminded by the channels of the file, and keeps what became of it.
func (a *app) remindBy(file channel.Config, all []outbox.Channel) {
	for i := range all {
		all[i].Settled, all[i].Address = a.epro.Settled, a.epro.Address
		if w, ok := all[i].Sender.(*channel.WeChat); ok {
			a.epro.Reminders.WeChat, a.epro.Reminders.Identify = w.AppID, w.Identify
		}
	}
	a.epro.Reminders.Push = file.Push.Public
}
