// Addresses: the History API as one signal. Pages read where they are and say where to go.
import { signal } from '@preact/signals'
import { allParts, type Part } from './parts.ts'

export type Route =
  | { page: 'login' } | { page: 'welcome' } | { page: 'proved' } | { page: 'account' } | { page: 'people' } | { page: 'console' } | { page: 'clients' } | { page: 'requests' } | { page: 'audit' } | { page: 'settings' } | { page: 'holds' } | { page: 'studies' } | { page: 'lost' }
  | { page: 'today' | 'trail' | 'exports' | 'uploads' | 'visits' | 'daily' | 'review' | 'sign' | 'locks' | 'subjects' | 'queries' | 'entries' | 'signals' | 'monitoring' | 'scatter' | 'power' | 'enrol' | 'epro' | 'notices' | 'compose' | 'startup' | 'enrolment' | 'issues' | 'datarequests' | 'versions' | 'documents' | 'sitevisits' | 'checklists' | 'goods' | 'payments' | 'allocation' | 'safety' | 'coding' | 'codesetup' | 'sdvplan' | 'webhooks' | 'labs' | 'ranges' | 'import' | 'design'; study: string }
  | { page: 'notice'; study: string; notice: string }
  | { page: 'inbox'; study: string; notice?: string; site?: string }
  | { page: 'definition'; study: string; part: Part; oid: string }
  | { page: 'projects' } | { page: 'portfolio' }
  | { page: 'sitevisit'; study: string; visit: string }
  | { page: 'safetycase'; study: string; case: string }
  | { page: 'oversight' | 'team' | 'project'; study: string; site: string }
  | { page: 'indicators'; study: string } | { page: 'indicator'; study: string; kri: string }
  | { page: 'past'; study: string; subject: string }
  | { page: 'casebook'; study: string; subject: string }
  | { page: 'log'; study: string; subject: string; event: string; eventRepeat: string; form: string }
  | { page: 'form'; study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }

export function parse(path: string): Route {
  const parts = path.split('/').filter(Boolean).map(decode)
  const [root, study = '', section, subject = '', f, event = '', eventRepeat = '', form = '', formRepeat = ''] = parts
  if (!parts.length) return { page: 'studies' }
  for (const page of ['login', 'welcome', 'proved', 'account', 'people'] as const) if (root === page && parts.length === 1) return { page }
  for (const page of ['projects', 'portfolio', 'console', 'clients', 'requests', 'audit', 'settings', 'holds'] as const) if (root === page && parts.length === 1) return { page }
  if (root !== 's' || !study) return { page: 'lost' }
  if (parts.length === 2) return { page: 'today', study }
  if (section === 'subjects' && parts.length === 4) return { page: 'casebook', study, subject }
  if (section === 'subjects' && f === 'past' && parts.length === 5) return { page: 'past', study, subject }
  if (section === 'subjects' && f === 'f' && parts.length === 9) return { page: 'form', study, subject, event, eventRepeat, form, formRepeat }
  if (section === 'subjects' && f === 'log' && parts.length === 8) return { page: 'log', study, subject, event, eventRepeat, form }
  if (section === 'definition') return parts.length <= 5 && (parts.length === 3 || allParts.includes(subject as Part)) ? { page: 'definition', study, part: (subject || 'events') as Part, oid: f ?? '' } : { page: 'lost' }
  if (section === 'sitevisits' && parts.length === 4) return { page: 'sitevisit', study, visit: subject }
  if (section === 'safety' && parts.length === 4) return { page: 'safetycase', study, case: subject }
  if (section === 'project' && parts.length === 4) return { page: 'project', study, site: subject }
  if (section === 'team' && parts.length === 4) return { page: 'team', study, site: subject }
  if (section === 'indicators') return parts.length === 3 ? { page: 'indicators', study } : parts.length === 4 ? { page: 'indicator', study, kri: subject } : { page: 'lost' }
  if (section === 'monitoring' && parts.length === 4) return { page: 'oversight', study, site: subject }
  if (section === 'notices' && subject === 'new' && parts.length === 4) return { page: 'compose', study }
  if (section === 'notices' && parts.length === 4) return { page: 'notice', study, notice: subject }
  if (section === 'inbox' && parts.length >= 3 && parts.length <= 5) return { page: 'inbox', study, ...(parts.length > 3 ? { notice: subject } : {}), ...(parts.length > 4 ? { site: f === '-' ? '' : f! } : {}) }
  if (parts.length === 3) {
    for (const page of ['today', 'trail', 'exports', 'uploads', 'visits', 'daily', 'review', 'sign', 'locks', 'subjects', 'queries', 'entries', 'signals', 'monitoring', 'scatter', 'power', 'enrol', 'epro', 'notices', 'startup', 'enrolment', 'issues', 'datarequests', 'versions', 'documents', 'sitevisits', 'checklists', 'goods', 'payments', 'allocation', 'safety', 'coding', 'codesetup', 'sdvplan', 'webhooks', 'labs', 'ranges', 'import', 'design'] as const) if (section === page) return { page, study }
  }
  return { page: 'lost' }
}

function decode(part: string): string {
  try { return decodeURIComponent(part) } catch { return part }
}

const join = (...parts: string[]) => '/' + parts.map(encodeURIComponent).join('/')
export const to = {
  today: (study: string) => join('s', study, 'today'),
  trail: (study: string) => join('s', study, 'trail'),
  exports: (study: string) => join('s', study, 'exports'),
  uploads: (study: string) => join('s', study, 'uploads'),
  past: (study: string, subject: string) => join('s', study, 'subjects', subject, 'past'),
  visits: (study: string) => join('s', study, 'visits'),
  daily: (study: string) => join('s', study, 'daily'),
  review: (study: string) => join('s', study, 'review'),
  sign: (study: string) => join('s', study, 'sign'),
  locks: (study: string) => join('s', study, 'locks'),
  subjects: (study: string) => join('s', study, 'subjects'),
  enrol: (study: string) => join('s', study, 'enrol'),
  queries: (study: string) => join('s', study, 'queries'),
  entries: (study: string) => join('s', study, 'entries'),
  signals: (study: string) => join('s', study, 'signals'),
  versions: (study: string) => join('s', study, 'versions'),
  design: (study: string) => join('s', study, 'design'),
  startup: (study: string) => join('s', study, 'startup'),
  enrolment: (study: string) => join('s', study, 'enrolment'),
  issues: (study: string) => join('s', study, 'issues'),
  dataRequests: (study: string) => join('s', study, 'datarequests'),
  documents: (study: string) => join('s', study, 'documents'),
  ranges: (study: string) => join('s', study, 'ranges'),
  labs: (study: string) => join('s', study, 'labs'),
  webhooks: (study: string) => join('s', study, 'webhooks'),
  payments: (study: string) => join('s', study, 'payments'),
  coding: (study: string) => join('s', study, 'coding'),
  codesetup: (study: string) => join('s', study, 'codesetup'),
  sdvplan: (study: string) => join('s', study, 'sdvplan'),
  allocation: (study: string) => join('s', study, 'allocation'),
  safety: (study: string) => join('s', study, 'safety'),
  safetyCase: (study: string, name: string) => join('s', study, 'safety', name),
  siteVisits: (study: string) => join('s', study, 'sitevisits'),
  goods: (study: string) => join('s', study, 'goods'),
  checklists: (study: string) => join('s', study, 'checklists'),
  siteVisit: (study: string, visit: string) => join('s', study, 'sitevisits', visit),
  project: (study: string, site: string) => join('s', study, 'project', site),
  team: (study: string, site: string) => join('s', study, 'team', site),
  /** A part of the definition, and in it one thing. */
  definition: (study: string, part?: Part, oid?: string) => join('s', study, 'definition', ...(part ? [part] : []), ...(oid ? [oid] : [])),
  importing: (study: string) => join('s', study, 'import'),
  projects: '/projects',
  portfolio: '/portfolio',
  scatter: (study: string) => join('s', study, 'scatter'),
  power: (study: string) => join('s', study, 'power'),
  epro: (study: string) => join('s', study, 'epro'),
  notices: (study: string) => join('s', study, 'notices'),
  compose: (study: string) => join('s', study, 'notices', 'new'),
  notice: (study: string, notice: string) => join('s', study, 'notices', notice),
  inbox: (study: string) => join('s', study, 'inbox'),
  /** A notice at one of the reader's sites; - is the study as a whole. */
  letter: (study: string, notice: string, site: string) => join('s', study, 'inbox', notice, site || '-'),
  monitoring: (study: string) => join('s', study, 'monitoring'),
  indicators: (study: string) => join('s', study, 'indicators'),
  indicator: (study: string, kri: string) => join('s', study, 'indicators', kri),
  oversight: (study: string, site: string) => join('s', study, 'monitoring', site),
  casebook: (study: string, subject: string) => join('s', study, 'subjects', subject),
  /** All repeats of a form in one grid. */
  log: (study: string, subject: string, event: string, eventRepeat: string, form: string) => join('s', study, 'subjects', subject, 'log', event, eventRepeat, form),
  form: (study: string, subject: string, event: string, eventRepeat: string, form: string, formRepeat: string) =>
    join('s', study, 'subjects', subject, 'f', event, eventRepeat, form, formRepeat),
}

export const route = signal<Route>({ page: 'studies' })

export function go(path: string, replace = false) {
  if (path !== location.pathname + location.search) history[replace ? 'replaceState' : 'pushState'](null, '', path)
  route.value = parse(location.pathname)
}

/** Follows the address from now on: back and forward, and clicks on links of our own. */
export function followAddress() {
  route.value = parse(location.pathname)
  addEventListener('popstate', () => { route.value = parse(location.pathname) })
  document.addEventListener('click', e => {
    if (e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
    const link = e.target instanceof Element ? e.target.closest('a') : null
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download') || link.hash) return
    e.preventDefault()
    go(link.pathname + link.search)
  })
}
