package auth

import (
	"fmt"
	"strings"
)

// Role is what somebody is in a study.
type Role string

// Action is what a route does, named by what it touches.
type Action string

// The actions. Each is one row of the grid.
const (
	StudyRead        Action = "study.read"
	SubjectRead      Action = "subject.read"
	SubjectEnrol     Action = "subject.enrol"
	FormRead         Action = "form.read"
	FormWrite        Action = "form.write"
	QueryRead        Action = "query.read"
	QueryAnswer      Action = "query.answer"
	QueryOpen        Action = "query.open"
	QueryClose       Action = "query.close"
	FormVerify       Action = "form.verify" // against the source
	FormReview       Action = "form.review" // the medical and the data review
	FormFreeze       Action = "form.freeze"
	FormLock         Action = "form.lock"
	FormSign         Action = "form.sign"
	FormSettle       Action = "form.settle" // where two entries of a form differ
	AuditRead        Action = "audit.read"
	SignalRead       Action = "signal.read"
	SignalHandle     Action = "signal.handle"
	ExportMake       Action = "export.make"
	PersonalRead     Action = "personal.read" // answers that tell who a subject is
	IdentityRead     Action = "identity.read" // what the vault has of a subject: addresses, the name under a consent
	ReportSubmit     Action = "report.submit"
	SiteRead         Action = "site.read"     // people, plans, enrolment, issues of a site
	SitePlan         Action = "site.plan"     // milestones and targets
	SiteStaff        Action = "site.staff"    // the institution, its people and their papers
	SiteDelegate     Action = "site.delegate" // signing and ending what a person is charged with
	IssueHandle      Action = "issue.handle"
	RequestHandle    Action = "request.handle" // what subjects ask about their own data
	DocumentFile     Action = "document.file"
	DocumentAccept   Action = "document.accept" // with a signature, or refuse it
	VisitWrite       Action = "visit.write"     // a monitoring visit: plan, letters, report
	VisitReview      Action = "visit.review"
	PaymentRead      Action = "payment.read"
	PaymentPrepare   Action = "payment.prepare" // rates and statements
	PaymentApprove   Action = "payment.approve"
	BlindedRead      Action = "blinded.read" // values of items that the definition declares blinded
	BlindedWrite     Action = "blinded.write"
	TreatmentManage  Action = "treatment.manage" // randomisation lists and kits, with what they give
	TermCode         Action = "term.code"        // terms of a dictionary for what the sites wrote
	SubjectRandomise Action = "subject.randomise"
	SubjectUnblind   Action = "subject.unblind" // in an emergency
	KitHandle        Action = "kit.handle"      // receipt, dispensing and return at a site
	SafetyRead       Action = "safety.read"     // serious adverse events
	SafetyWrite      Action = "safety.write"
	SafetySign       Action = "safety.sign"      // submits a report, or says that it was none
	SafetyAssess     Action = "safety.assess"    // for the sponsor
	SafetyReconcile  Action = "safety.reconcile" // with the casebooks
	SafetyTell       Action = "safety.tell"      // writes down who was told
	StudyManage      Action = "study.manage"
	AccessManage     Action = "access.manage"
	PlatformManage   Action = "platform.manage"
	OversightRead    Action = "oversight.read" // what administrators did
	HoldRead         Action = "hold.read"      // legal holds, and how long backups are kept
	HoldPlace        Action = "hold.place"     // and release
)

// The roles. Each is one column of the grid.
const (
	Coordinator    Role = "coordinator"
	Investigator   Role = "investigator"
	Monitor        Role = "monitor"
	DataManager    Role = "datamanager"
	ProjectManager Role = "projectmanager"
	Office         Role = "office"     // the hospital's office for clinical trials (机构办)
	Unblinded      Role = "unblinded"  // who makes randomisation lists and looks after the drug, and nothing else
	Pharmacist     Role = "pharmacist" // who is not blinded at a site: enters what is sealed, and nothing that blinded people read
	Coder          Role = "coder"      // who gives terms of dictionaries to what the sites wrote, and sees nothing else of the casebooks
	SupportRole    Role = "support"    // who looks into a study for a time to help: see Support
	Admin          Role = "admin"      // Operator, Security and Auditor in one, for an installation that one person looks after
	Operator       Role = "operator"   // who runs the installation: settings, studies, webhooks, legal holds
	Security       Role = "security"   // who says what others may: accounts, roles, programs
	Auditor        Role = "auditor"    // who reads what those two did, and changes nothing
	DeviceRole     Role = "device"
	ClientRole     Role = "client"
)

// grid is the whole policy: who may do what. An action belongs to a site (a grant for one site reaches that site only),
// to a study (any grant in the study reaches it) or to the platform. No role holds both data and administration, and
// none may change the audit trail. A client's token narrows its column further.
const grid = `
action             of        coordinator  investigator  monitor  datamanager  projectmanager  office  unblinded  pharmacist  coder  support  admin  operator  security  auditor  device  client
study.read         study     x            x             x        x            x               x       x          x           x      x        .      .         .         .        x       x
subject.read       site      x            x             x        x            x               .       x          x           .      x        .      .         .         .        .       x
subject.enrol      site      x            x             .        .            .               .       .          .           .      .        .      .         .         .        .       x
form.read          site      x            x             x        x            x               .       .          .           .      x        .      .         .         .        .       x
form.write         site      x            x             .        .            .               .       .          .           .      .        .      .         .         .        .       x
query.read         site      x            x             x        x            x               .       .          .           .      x        .      .         .         .        .       x
query.answer       site      x            x             .        .            .               .       .          .           .      .        .      .         .         .        .       .
query.open         site      .            .             x        x            .               .       .          .           .      .        .      .         .         .        .       .
query.close        site      .            .             x        x            .               .       .          .           .      .        .      .         .         .        .       .
form.verify        site      .            .             x        .            .               .       .          .           .      .        .      .         .         .        .       .
form.review        site      .            .             x        x            .               .       .          .           .      .        .      .         .         .        .       .
form.freeze        site      .            .             x        x            .               .       .          .           .      .        .      .         .         .        .       .
form.lock          site      .            .             .        x            .               .       .          .           .      .        .      .         .         .        .       .
form.sign          site      .            x             .        .            .               .       .          .           .      .        .      .         .         .        .       .
form.settle        site      x            x             .        x            .               .       .          .           .      .        .      .         .         .        .       .
audit.read         site      x            x             x        x            x               .       .          .           .      x        .      .         .         .        .       x
signal.read        site      .            .             x        x            x               .       .          .           .      x        .      .         .         .        .       x
signal.handle      site      .            .             x        x            x               .       .          .           .      .        .      .         .         .        .       .
export.make        site      .            x             .        x            x               .       .          .           .      .        .      .         .         .        .       x
personal.read      site      x            x             x        x            x               .       .          .           .      .        .      .         .         .        .       x
identity.read      site      x            x             .        .            .               .       .          .           .      .        .      .         .         .        .       .
report.submit      site      .            .             .        .            .               .       .          .           .      .        .      .         .         .        x       x
site.read          site      x            x             x        x            x               x       .          .           .      x        .      .         .         .        .       x
site.plan          site      .            .             x        .            x               x       .          .           .      .        .      .         .         .        .       .
site.staff         site      x            x             .        .            x               x       .          .           .      .        .      .         .         .        .       .
site.delegate      site      .            x             .        .            .               .       .          .           .      .        .      .         .         .        .       .
issue.handle       site      x            x             x        x            x               x       .          .           .      .        .      .         .         .        .       .
request.handle     site      x            x             .        x            x               .       .          .           .      .        .      .         .         .        .       .
document.file      site      x            x             x        .            x               x       .          .           .      .        .      .         .         .        .       .
document.accept    site      .            x             x        .            x               x       .          .           .      .        .      .         .         .        .       .
visit.write        site      .            .             x        .            x               .       .          .           .      .        .      .         .         .        .       .
visit.review       site      .            .             .        .            x               .       .          .           .      .        .      .         .         .        .       .
payment.read       site      .            x             x        .            x               x       .          .           .      .        .      .         .         .        .       .
payment.prepare    site      .            .             x        .            x               .       .          .           .      .        .      .         .         .        .       .
payment.approve    site      .            .             .        .            x               .       .          .           .      .        .      .         .         .        .       .
term.code          site      .            .             .        x            .               .       .          .           x      .        .      .         .         .        .       .
subject.randomise  site      x            x             .        .            .               .       .          .           .      .        .      .         .         .        .       .
subject.unblind    site      .            x             .        .            .               .       .          .           .      .        .      .         .         .        .       .
kit.handle         site      x            x             .        .            .               .       .          .           .      .        .      .         .         .        .       .
safety.read        site      x            x             x        x            x               x       x          .           .      .        .      .         .         .        .       .
safety.write       site      x            x             .        .            .               .       .          .           .      .        .      .         .         .        .       .
safety.sign        site      .            x             .        .            .               .       .          .           .      .        .      .         .         .        .       .
safety.assess      site      .            .             .        .            x               .       .          .           .      .        .      .         .         .        .       .
safety.reconcile   site      x            x             x        x            x               .       .          .           .      .        .      .         .         .        .       .
safety.tell        site      x            x             .        .            x               x       .          .           .      .        .      .         .         .        .       .
blinded.read       site      .            .             .        .            .               .       x          x           .      .        .      .         .         .        .       .
blinded.write      site      .            .             .        .            .               .       .          x           .      .        .      .         .         .        .       .
treatment.manage   study     .            .             .        .            .               .       x          .           .      .        .      .         .         .        .       .
study.manage       study     .            .             .        x            x               .       .          .           .      .        .      .         .         .        .       .
access.manage      platform  .            .             .        .            .               .       .          .           .      .        x      .         x         .        .       .
platform.manage    platform  .            .             .        .            .               .       .          .           .      .        x      x         .         .        .       .
oversight.read     platform  .            .             .        .            .               .       .          .           .      .        x      .         .         x        .       .
hold.read          platform  .            .             .        .            .               .       .          .           .      .        x      x         .         x        .       .
hold.place         platform  .            .             .        .            .               .       .          .           .      .        x      x         .         .        .       .
`

// actions is a set of actions.
type actions uint64

func (s actions) has(a Action) bool { return s&policy.bit[a] != 0 }

// rules is the grid, made quick to ask.
type rules struct {
	roles    []Role   // in the grid's order
	actions  []Action // in the grid's order
	bit      map[Action]actions
	of       map[Role]actions
	atSites  actions
	platform actions
}

var policy = parseGrid(grid)

// parseGrid panics when the grid is not one, which every test sees.
func parseGrid(text string) rules {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	head := strings.Fields(lines[0])
	p := rules{bit: map[Action]actions{}, of: map[Role]actions{}}
	for _, role := range head[2:] {
		p.roles = append(p.roles, Role(role))
	}
	for i, line := range lines[1:] {
		cells := strings.Fields(line)
		if len(cells) != len(head) {
			panic("auth: a row of the grid lacks cells: " + line)
		}
		bit := actions(1) << i
		p.bit[Action(cells[0])] = bit
		p.actions = append(p.actions, Action(cells[0]))
		switch cells[1] {
		case "site":
			p.atSites |= bit
		case "platform":
			p.platform |= bit
		case "study":
		default:
			panic("auth: a row of the grid belongs to nothing: " + line)
		}
		for k := 2; k < len(cells); k++ {
			switch cells[k] {
			case "x":
				p.of[Role(head[k])] |= bit
			case ".":
				p.of[Role(head[k])] |= 0
			default:
				panic(fmt.Sprintf("auth: %q in the grid", cells[k]))
			}
		}
	}
	return p
}
