// Package platform is the open side: what other programs may call, what they are told, and how administrators keep both
// in hand. It refuses to hold rules of any study: other programs go through the same doors as people.
package platform

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"sync"
	"sync/atomic"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/outbox"
	"casebook/retention"
	"casebook/settings"
	"casebook/store"
	"casebook/trial"

	"golang.org/x/mod/sumdb/note"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// Keys are this package's live settings.
var Keys = []*settings.Key{clientRate, studyRate, writeRate, readRate, officer, disableAfter, logDays}

var (
	clientRate = settings.Declare(settings.Key{Name: "api.client_rate", Kind: settings.Int, Default: "50", Min: "1", Max: "10000", Deepest: settings.Study,
		English: "Requests a second that one client may make, twice as many at once; reports are not counted.",
		Chinese: "单个客户端每秒可发出的请求数，瞬时可达两倍；患者报告不计在内。"})
	studyRate = settings.Declare(settings.Key{Name: "api.study_rate", Kind: settings.Int, Default: "200", Min: "1", Max: "10000", Deepest: settings.Study,
		English: "Requests a second that all clients of a study may make together.",
		Chinese: "一项研究的全部客户端每秒合计可发出的请求数。"})
	writeRate = settings.Declare(settings.Key{Name: "people.write_rate", Kind: settings.Int, Default: "50", Min: "5", Max: "10000", Deepest: settings.Platform,
		English: "Requests a second by which one person may change something, twice as many at once.",
		Chinese: "每人每秒可发出的修改请求数，瞬时可达两倍。"})
	readRate = settings.Declare(settings.Key{Name: "people.read_rate", Kind: settings.Int, Default: "100", Min: "20", Max: "10000", Deepest: settings.Platform,
		English: "Requests a second by which one person may read, twice as many at once; streams are not counted.",
		Chinese: "每人每秒可发出的读取请求数，瞬时可达两倍；实时推送不计在内。"})
	officer = settings.Declare(settings.Key{Name: "people.security_mail", Kind: settings.Text, Default: "", Max: "200", Deepest: settings.Platform,
		English: "The mail address of the security officer, who is told when somebody who guesses passwords or codes is locked out; nobody when it is empty.",
		Chinese: "安全负责人的邮箱：有人猜测密码或验证码而被锁定时通知此人；留空则不通知。"})
	disableAfter = settings.Declare(settings.Key{Name: "webhook.disable_after", Kind: settings.Duration, Default: "72h", Min: "1h", Max: "720h", Deepest: settings.Study,
		English: "How long a webhook may fail without interruption before it is disabled.",
		Chinese: "Webhook 持续失败多久后被停用。"})
)

// Options of the open side.
type Options struct {
	Settings *settings.Settings
	Box      *outbox.Box
	Signer   ledger.Signer     // signs exported settings; nil exports none
	Known    []note.Verifier   // whose exported settings are taken in
	Trials   *trial.Service    // whose definitions say what is personal; without them nothing is, and there are no sandboxes
	People   *auth.Service     // whose clients may have a sandbox
	Backups  *retention.Keeper // whose legal holds are placed and released
	// Unhurried lets people ask as fast as they can: those of the demo, each of whom stands for many.
	Unhurried bool
	// Tell tells those who manage a study that a webhook is taken out of service. Asked again about the same occasion, it tells
	// nobody twice; nil tells nobody.
	Tell func(ctx context.Context, study casebook.StudyID, occasion, webhook string) error
	// Still reports whether the caller of a stream may still read; nil does not ask.
	Still func(*http.Request) error
	// From tells where a request comes from, for the log of requests; nil is the connection's address.
	From func(*http.Request) string
}

// Service is the open side of one process.
type Service struct {
	ledger *ledger.Ledger
	db     *store.DB
	o      Options
	failed chan endpoint // webhooks that may have to be disabled
	limits limits
	turns  *turnstile // the room of other programs

	personal sync.Map // the identifying items of each study that was asked for

	asked     chan Request // for the log
	unwritten atomic.Int64 // that found no place there
}

// New returns the open side to l's database.
func New(l *ledger.Ledger, o Options) *Service {
	return &Service{ledger: l, db: l.DB(), o: o, failed: make(chan endpoint, 64), turns: newTurnstile(atOnce), asked: make(chan Request, logQueue)}
}

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	hooks, hook := "/api/v1/studies/{study}/webhooks", "/api/v1/studies/{study}/webhooks/{webhook}"
	study, all := auth.InStudy(auth.StudyManage), auth.OnPlatform(auth.PlatformManage)
	return []auth.Route{
		{Pattern: "GET /api/v1/studies/{study}/changes", Policy: auth.SiteInside(auth.AuditRead), Handle: s.changes},
		{Pattern: "GET " + hooks, Policy: study, Handle: s.listWebhooks},
		{Pattern: "POST " + hooks, Policy: study, Handle: s.addWebhook},
		{Pattern: "DELETE " + hook, Policy: study, Handle: s.removeWebhook},
		{Pattern: "POST " + hook + "/enable", Policy: study, Handle: s.enableWebhook},
		{Pattern: "POST " + hook + "/rotate", Policy: study, Handle: s.rotateWebhook},
		{Pattern: "GET " + hook + "/deliveries", Policy: study, Handle: s.deliveries},
		{Pattern: "POST " + hook + "/deliveries/{delivery}/replay", Policy: study, Handle: s.replay},
		{Pattern: "POST /api/v1/clients/{client}/sandbox", Policy: auth.OnPlatform(auth.AccessManage), Handle: s.postSandbox},
		{Pattern: "GET /api/v1/audit", Policy: auth.OnPlatform(auth.OversightRead), Handle: s.audit},
		{Pattern: "GET /api/v1/holds", Policy: auth.OnPlatform(auth.HoldRead), Handle: s.holds},
		{Pattern: "POST /api/v1/holds", Policy: auth.OnPlatform(auth.HoldPlace), Handle: s.placeHold},
		{Pattern: "POST /api/v1/holds/{hold}/release", Policy: auth.OnPlatform(auth.HoldPlace), Handle: s.releaseHold},
		{Pattern: "GET /api/v1/requests", Policy: auth.OnPlatform(auth.AccessManage), Handle: s.requests},
		{Pattern: "GET /api/v1/studies/{study}/approvals", Policy: study, Handle: s.approvals},
		{Pattern: "POST /api/v1/studies/{study}/approvals", Policy: study, Handle: s.recordApproval},
		{Pattern: "GET /api/v1/studies/{study}/organisation", Policy: study, Handle: s.organisation},
		{Pattern: "PUT /api/v1/studies/{study}/organisation", Policy: study, Handle: s.belong},
		{Pattern: "GET /api/v1/settings", Policy: all, Handle: s.listSettings},
		{Pattern: "GET /api/v1/settings/explain", Policy: all, Handle: s.explain},
		{Pattern: "GET /api/v1/settings/processes", Policy: all, Handle: s.processes},
		{Pattern: "GET /api/v1/settings/drafts", Policy: all, Handle: s.drafts},
		{Pattern: "POST /api/v1/settings/drafts", Policy: all, Handle: s.propose},
		{Pattern: "GET /api/v1/settings/drafts/{draft}", Policy: all, Handle: s.draft},
		{Pattern: "POST /api/v1/settings/drafts/{draft}/approve", Policy: all, Handle: s.approve},
		{Pattern: "POST /api/v1/settings/drafts/{draft}/withdraw", Policy: all, Handle: s.withdraw},
		{Pattern: "GET /api/v1/settings/releases", Policy: all, Handle: s.releases},
		{Pattern: "GET /api/v1/settings/releases/{number}/bundle", Policy: all, Handle: s.export},
		{Pattern: "POST /api/v1/settings/bundle", Policy: all, Handle: s.importBundle},
		{Pattern: "POST /api/v1/settings/rollback", Policy: all, Handle: s.rollback},
	}
}

// Run tells webhooks what happens, disables those that fail for too long, and writes the log of requests, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	watching, stop := context.WithCancel(ctx)
	var loops sync.WaitGroup
	loops.Go(func() { s.watch(watching) })
	loops.Go(func() { s.write(watching) })
	defer func() { stop(); loops.Wait() }()
	return s.ledger.Follow(ctx, "platform.webhooks", s.announce)
}
