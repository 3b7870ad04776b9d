// Package notice tells many people at many sites the same thing, and knows who has received, read, acknowledged and
// answered it. It refuses to let a subject's data out: what leaves the product says that there is something, and where
// to sign in.
//
// A notice is one object: whom it is for, its texts in both languages, a reply form, what kind of acknowledgement it
// wants, and its deadlines. Its recipients, and the texts as each of them reads them, are frozen when it is sent.
package notice

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/outbox"
	"casebook/settings"
	"casebook/store"
	"casebook/trial"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package.
const (
	VerbSent         = "notice.sent"         // Ref: the notice; New: Sent
	VerbAddressed    = "notice.addressed"    // Ref: the notice; New: the recipients of a batch and the texts that they read
	VerbCancelled    = "notice.cancelled"    // Ref: the notice; Reason
	VerbReceived     = "notice.received"     // Ref: the notice; New: the recipient to whom it was shown in a list
	VerbRead         = "notice.read"         // Ref: the notice; New: the recipient who opened it
	VerbAcknowledged = "notice.acknowledged" // Ref: the notice; New: the recipient and, when it was signed, the manifest
	VerbAnswered     = "notice.answered"     // Ref: the notice; Old, New: the recipient and the values
	VerbReminded     = "notice.reminded"     // Ref: the notice; New: the number of the reminder, and of those it went to
	VerbEscalated    = "notice.escalated"    // Ref: the notice; New: the notice that tells of it, to which role, and how many had not answered
	VerbFilingAsked  = "notice.filing.asked" // Ref: the notice
	VerbFiled        = "notice.filed"        // Ref: the notice; New: which filing, and the documents at some of the sites
	VerbReach        = "notice.reach.set"    // Ref: site/person; New: channel and address
)

// Kind tells an ordinary notice from one that concerns safety, and from a letter about a visit.
type Kind string

// The kinds. Safety is for what must not wait, such as a SUSAR: quiet hours, holidays and digests do not hold it up. Visit
// is for letters about monitoring visits, which are filed with those.
const (
	Normal Kind = "normal"
	Safety Kind = "safety"
	Visit  Kind = "visit"
)

// Acknowledgement is what a recipient confirms a notice with.
type Acknowledgement string

// The acknowledgements.
const (
	None   Acknowledgement = "none"
	Plain  Acknowledgement = "plain"
	Signed Acknowledgement = "signed" // with an electronic signature (21 CFR 11.50, 11.70, 11.200)
)

// State is where a notice is on its way.
type State string

// The states.
const (
	Sending   State = "sending"
	Sent      State = "sent"
	Cancelled State = "cancelled"
)

// Draft is a notice as somebody composed it.
type Draft struct {
	ID          string          `json:"id,omitempty"` // chosen by the caller, so that sending twice sends once; made when ""
	Kind        Kind            `json:"kind"`
	Audience    Audience        `json:"audience"`
	Title       odm.Text        `json:"title"`
	Body        odm.Text        `json:"body"`
	Variables   []Variable      `json:"variables,omitempty"`
	Form        *odm.Version    `json:"form,omitempty"` // the reply form: a definition with one form
	Attachments []Attachment    `json:"attachments,omitempty"`
	Ack         Acknowledgement `json:"ack"`
	Channels    []string        `json:"channels,omitempty"` // beside the product itself
	Deadline    time.Time       `json:"deadline,omitzero"`
	Closes      time.Time       `json:"closes,omitzero"`      // afterwards nothing is taken; never when zero
	Remind      int             `json:"remindHours,omitzero"` // hours between reminders to those missing; 0 for none
	Escalate    auth.Role       `json:"escalate,omitempty"`   // who is told when the deadline passes with some missing
	Then        []auth.Role     `json:"then,omitempty"`       // who is told next, one after the other, each a reminder later
}

// Notice is a notice that was sent.
type Notice struct {
	Draft
	State     State           `json:"state"`
	Sender    casebook.UserID `json:"sender"`
	Created   time.Time       `json:"created"`
	Targets   int64           `json:"targets"`   // recipients
	Addressed int64           `json:"addressed"` // of them, so far
	Reminders int64           `json:"reminders"`
	Reason    string          `json:"reason,omitempty"` // why it was cancelled
	Parent    string          `json:"parent,omitempty"` // the notice whose deadline passed

	doc string
}

// Options of notices.
type Options struct {
	Settings *settings.Settings
	Box      *outbox.Box
	Files    Files
	Poll     time.Duration // between two looks for what is due; 1 s
	// Reauthenticate proves before a signature that who is signed in is who signs.
	Reauthenticate func(r *http.Request, user, password string) error
	// Still reports whether the caller of a stream may still read; nil does not ask.
	Still func(*http.Request) error
}

// Service sends notices and takes in what comes back.
type Service struct {
	ledger *ledger.Ledger
	db     *store.DB
	trials *trial.Service
	o      Options
	wake   chan struct{} // holds one token
	live   *hub
}

// New returns the notices of the studies in l's database.
func New(l *ledger.Ledger, trials *trial.Service, o Options) *Service {
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	return &Service{ledger: l, db: l.DB(), trials: trials, o: o, wake: make(chan struct{}, 1), live: newHub()}
}

// Keys are this package's live settings.
var Keys = []*settings.Key{signInAt, quietFrom, quietUntil, holidays, digest}

var (
	signInAt = settings.Declare(settings.Key{Name: "notice.address", Kind: settings.Text, Default: "", Max: "200", Deepest: settings.Platform,
		English: "The address at which staff sign in, such as https://casebook.example.org: mails about notices link to it.",
		Chinese: "员工登录的地址，例如 https://casebook.example.org；通知邮件中的链接指向此处。"})
	quietFrom = settings.Declare(settings.Key{Name: "notice.quiet_from", Kind: settings.Int, Default: "21", Min: "0", Max: "23", Deepest: settings.Site,
		English: "The hour, in the site's time zone, from which mails and messages about ordinary notices wait.",
		Chinese: "按中心所在时区，从几点起普通通知的邮件和短信暂缓发送。"})
	quietUntil = settings.Declare(settings.Key{Name: "notice.quiet_until", Kind: settings.Int, Default: "8", Min: "0", Max: "23", Deepest: settings.Site,
		English: "The hour until which they wait; the same hour as notice.quiet_from is for never.",
		Chinese: "暂缓到几点为止；与 notice.quiet_from 相同表示从不暂缓。"})
	holidays = settings.Declare(settings.Key{Name: "notice.holidays", Kind: settings.Text, Default: "", Max: "2000", Deepest: settings.Site,
		English: "Days on which ordinary notices send no mails and messages, as 2026-10-01, with blanks between.",
		Chinese: "普通通知不发送邮件和短信的日期，写作 2026-10-01，以空格分隔。"})
	digest = settings.Declare(settings.Key{Name: "notice.digest", Kind: settings.Bool, Default: "false", Deepest: settings.Site,
		English: "Whether ordinary notices of one day share one mail, at the end of the quiet hours.",
		Chinese: "同一天的普通通知是否合并为一封邮件，在静默时段结束时发送。"})
)

// system is who acts when nobody does.
func system(ctx context.Context) context.Context {
	return casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
}
