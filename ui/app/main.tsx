// The staff's pages: from an address to a page.
import { effect } from '@preact/signals'
import { render } from 'preact'
import { lazy } from './lazy.tsx'
import { Empty, Trouble, Waiting } from '../look/parts.tsx'
import { lang, learn, t } from '../words/words.ts'
import { Casebook } from './casebook.tsx'
import { followCommandKey } from './command.tsx'
import { clear, retryNow } from './desk.ts'
import { Subjects } from './matrix.tsx'
import { Queries } from './queries.tsx'
import { ProvedPage } from './proof.tsx'
import { followAddress, route } from './route.ts'
import { applyChoices, bootProblem, resume, session } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { SignIn, Studies } from './signin.tsx'
import { followWaiting } from './waiting.ts'
import { followStudy, loadStudy, study, studyProblem } from './study.ts'

const Welcome = lazy(() => import('./account.tsx'), m => m.Welcome)
const Account = lazy(() => import('./account.tsx'), m => m.Account)
const People = lazy(() => import('./people.tsx'), m => m.People)
const Clients = lazy(() => import('./clients.tsx'), m => m.Clients)
const Requests = lazy(() => import('./clients.tsx'), m => m.Requests)
const Administration = lazy(() => import('./administration.tsx'), m => m.Administration)
const Settings = lazy(() => import('./settings.tsx'), m => m.Settings)
const Holds = lazy(() => import('./holds.tsx'), m => m.Holds)
const Ranges = lazy(() => import('./ranges.tsx'), m => m.RangesPage)
const Labs = lazy(() => import('./labs.tsx'), m => m.Labs)
const Webhooks = lazy(() => import('./webhooks.tsx'), m => m.Webhooks)
const Console = lazy(() => import('./console.tsx'), m => m.Console)
const Today = lazy(() => import('./today.tsx'), m => m.Today)
const Trail = lazy(() => import('./trail.tsx'), m => m.Trail)
const Uploads = lazy(() => import('./uploads.tsx'), m => m.Uploads)
const Exports = lazy(() => import('./exports.tsx'), m => m.Exports)
const PastCasebook = lazy(() => import('./past.tsx'), m => m.PastCasebook)
const Visits = lazy(() => import('./schedule.tsx'), m => m.Visits)
const Daily = lazy(() => import('./daily.tsx'), m => m.Daily)
const WorkList = lazy(() => import('./review.tsx'), m => m.WorkList)
const Startup = lazy(() => import('./office.tsx'), m => m.Startup)
const Enrolment = lazy(() => import('./office.tsx'), m => m.Enrolment)
const DataRequests = lazy(() => import('./datarequests.tsx'), m => m.DataRequests)
const Issues = lazy(() => import('./office.tsx'), m => m.Issues)
const Team = lazy(() => import('./office.tsx'), m => m.SiteTeam)
const ProjectPage = lazy(() => import('./project.tsx'), m => m.ProjectPage)
const Register = lazy(() => import('./office.tsx'), m => m.Register)
const SiteVisits = lazy(() => import('./sitevisits.tsx'), m => m.SiteVisits)
const Goods = lazy(() => import('./goods.tsx'), m => m.Goods)
const Checklists = lazy(() => import('./checklists.tsx'), m => m.Checklists)
const SiteVisit = lazy(() => import('./sitevisits.tsx'), m => m.SiteVisit)
const Safety = lazy(() => import('./safety.tsx'), m => m.Safety)
const SafetyCase = lazy(() => import('./safety.tsx'), m => m.SafetyCase)
const Payments = lazy(() => import('./payments.tsx'), m => m.Payments)
const Coding = lazy(() => import('./coding.tsx'), m => m.Coding)
const SDVPlan = lazy(() => import('./sdvplan.tsx'), m => m.SDVPlan)
const CodeSetup = lazy(() => import('./codesetup.tsx'), m => m.CodeSetup)
const Allocation = lazy(() => import('./allocation.tsx'), m => m.Allocation)
const Documents = lazy(() => import('./documents.tsx'), m => m.Documents)
const VersionsPage = lazy(() => import('./versions.tsx'), m => m.VersionsPage)
const DefinitionPage = lazy(() => import('./definition.tsx'), m => m.DefinitionPage)
const Importing = lazy(() => import('./importing.tsx'), m => m.Importing)
const Designer = lazy(() => import('./designer.tsx'), m => m.Designer)
const Epro = lazy(() => import('./epro.tsx'), m => m.Epro)
const Signing = lazy(() => import('./sign.tsx'), m => m.Signing)
const Locks = lazy(() => import('./locks.tsx'), m => m.Locks)
const Notices = lazy(() => import('./notices.tsx'), m => m.Notices)
const NoticePage = lazy(() => import('./notices.tsx'), m => m.NoticePage)
const Compose = lazy(() => import('./compose.tsx'), m => m.Compose)
const Inbox = lazy(() => import('./inbox.tsx'), m => m.Inbox)
const Entries = lazy(() => import('./entries.tsx'), m => m.Entries)
const Crf = lazy(() => import('./crf.tsx'), m => m.Crf)
const LogPage = lazy(() => import('./log.tsx'), m => m.LogPage)
const Overview = lazy(() => import('./monitoring.tsx'), m => m.Overview)
const SiteOversight = lazy(() => import('./oversight.tsx'), m => m.SiteOversight)
const Portfolio = lazy(() => import('./portfolio.tsx'), m => m.Portfolio)
const Scatter = lazy(() => import('./scatter.tsx'), m => m.Scatter)
const Power = lazy(() => import('./scatter.tsx'), m => m.Power)
const Indicators = lazy(() => import('./indicators.tsx'), m => m.Indicators)
const IndicatorEditor = lazy(() => import('./indicators.tsx'), m => m.IndicatorEditor)
const Signals = lazy(() => import('./monitoring.tsx'), m => m.Signals)

function App() {
  const at = route.value
  if (bootProblem.value) return <main id="main" class="door"><div class="card door-card"><h1>casebook</h1><Trouble problem={bootProblem.value} retry={() => void resume()} /></div></main>
  if (session.value === undefined) return <main id="main" class="door"><h1 class="sr">casebook</h1><Waiting /></main>
  if (at.page === 'welcome') return <Welcome />
  if (at.page === 'proved') return <ProvedPage />
  if (!session.value || at.page === 'login') return <SignIn />
  if (at.page === 'account' || session.value.unproven || session.value.stale) return <Account />
  if (at.page === 'people') return <People />
  if (at.page === 'console') return <Console />
  if (at.page === 'clients') return <Clients />
  if (at.page === 'requests') return <Requests />
  if (at.page === 'audit') return <Administration />
  if (at.page === 'settings') return <Settings />
  if (at.page === 'holds') return <Holds />
  if (at.page === 'studies') return <Studies />
  if (at.page === 'portfolio') return <Portfolio />
  if (at.page === 'projects') return <Register />
  if (at.page === 'lost') return <Message title={t('app.notFound')}><Empty icon="search" title={t('app.notFound')}>{t('app.notFoundDo')}</Empty></Message>
  if (studyProblem.value) return <Message title={at.study}><Trouble problem={studyProblem.value} retry={() => void loadStudy(at.study)} /></Message>
  if (study.value?.id !== at.study) return <Message title={at.study}><Waiting /></Message>
  switch (at.page) {
    case 'subjects': case 'enrol': return <Subjects key={at.study} id={at.study} enrolling={at.page === 'enrol'} />
    case 'casebook': return <Casebook study={at.study} subject={at.subject} />
    case 'form': return <Crf at={at} />
    case 'log': return <LogPage at={{ ...at, formRepeat: '1' }} />
    case 'today': return <Today id={at.study} />
    case 'trail': return <Trail id={at.study} />
    case 'uploads': return <Uploads id={at.study} />
    case 'exports': return <Exports id={at.study} />
    case 'past': return <PastCasebook key={at.subject} study={at.study} subject={at.subject} />
    case 'visits': return <Visits id={at.study} />
    case 'daily': return <Daily key={at.study} id={at.study} />
    case 'review': return <WorkList id={at.study} />
    case 'sign': return <Signing id={at.study} />
    case 'locks': return <Locks id={at.study} />
    case 'versions': return <VersionsPage id={at.study} />
    case 'definition': return <DefinitionPage id={at.study} part={at.part} oid={at.oid} />
    case 'import': return <Importing key={at.study} id={at.study} />
    case 'design': return <Designer key={at.study} id={at.study} />
    case 'startup': return <Startup id={at.study} />
    case 'enrolment': return <Enrolment id={at.study} />
    case 'issues': return <Issues id={at.study} />
    case 'datarequests': return <DataRequests id={at.study} />
    case 'project': return <ProjectPage key={at.site} id={at.study} site={at.site} />
    case 'team': return <Team key={at.site} id={at.study} site={at.site} />
    case 'safety': return <Safety id={at.study} />
    case 'safetycase': return <SafetyCase key={at.case} id={at.study} case={at.case} />
    case 'goods': return <Goods id={at.study} />
    case 'checklists': return <Checklists id={at.study} />
    case 'sitevisits': return <SiteVisits id={at.study} />
    case 'sitevisit': return <SiteVisit key={at.visit} id={at.study} visit={at.visit} />
    case 'ranges': return <Ranges id={at.study} />
    case 'labs': return <Labs id={at.study} />
    case 'webhooks': return <Webhooks id={at.study} />
    case 'coding': return <Coding id={at.study} />
    case 'sdvplan': return <SDVPlan id={at.study} />
    case 'codesetup': return <CodeSetup id={at.study} />
    case 'allocation': return <Allocation id={at.study} />
    case 'payments': return <Payments id={at.study} />
    case 'documents': return <Documents id={at.study} />
    case 'epro': return <Epro id={at.study} />
    case 'notices': return <Notices id={at.study} />
    case 'notice': return <NoticePage key={at.notice} id={at.study} notice={at.notice} />
    case 'compose': return <Compose id={at.study} />
    case 'inbox': return <Inbox id={at.study} notice={at.notice} site={at.site} />
    case 'queries': return <Queries id={at.study} />
    case 'entries': return <Entries id={at.study} />
    case 'signals': return <Signals id={at.study} />
    case 'oversight': return <SiteOversight key={at.site} id={at.study} site={at.site} />
    case 'scatter': return <Scatter id={at.study} />
    case 'power': return <Power id={at.study} />
    case 'indicators': return <Indicators id={at.study} />
    case 'indicator': return <IndicatorEditor key={at.kri} id={at.study} kri={at.kri} />
    case 'monitoring': return <Overview id={at.study} />
  }
}

function Message({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return <Shell title={title}><Head title={title} />{children}</Shell>
}

/** What waits to be saved goes on when the same person signs in again, and is forgotten when another does. */
function followPerson() {
  let last = ''
  effect(() => {
    const id = session.value?.user.id
    if (!id) return
    if (last && last !== id) clear()
    last = id
    retryNow()
  })
}

applyChoices()
await learn(lang.value)
followAddress()
followStudy()
followCommandKey()
followWaiting()
followPerson()
void resume()
render(<App />, document.body)
