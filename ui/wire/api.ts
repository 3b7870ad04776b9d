// The client of the API: one call, one error shape (RFC 9457), and the addresses. It knows no page.
import type {
  DailyKind, DailyPage, DailySite, Definition, Enrolled, Entry, Explained, Export, FormAt, Indicator, IndicatorVersion, Simulation, Standing, Power, Rehearsal, FormData, ListedQuery, ListedVisit, Past, Part, TrailEntry, Difference, Matrix, Monitoring, Oversight, Place, QueryAction, QueryCount, Review, Session, Signal, SignalAction, SiteOversight, StageStep, Standings, Closure, ToSign, Work, Study, StudyEntry, Subject, Text, Unsettled, Value,
} from './types.ts'

/** A refusal of the server, or the network's silence (status 0, code "net.offline"). */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly place: string
  readonly texts: Text
  readonly traceId: string
  readonly theirs: Value[]
  /** Seconds after which the server asks to be tried again; 0 when it does not say. */
  readonly retryAfter: number

  constructor(status: number, body: Partial<Record<string, unknown>> = {}, retryAfter = 0) {
    const text = (key: string) => typeof body[key] === 'string' ? body[key] as string : ''
    super(text('detail') || text('title') || `HTTP ${status}`)
    this.status = status
    this.code = text('code') || (status ? `http.${status}` : 'net.offline')
    this.place = text('place')
    this.traceId = text('traceId')
    this.texts = body['texts'] && typeof body['texts'] === 'object' ? body['texts'] as Text : {}
    this.theirs = Array.isArray(body['theirs']) ? body['theirs'] as Value[] : []
    this.retryAfter = retryAfter
  }

  /** Worth sending again unchanged: nobody answered, or the server was busy. */
  get passing() { return this.status === 0 || this.status === 429 || this.status >= 500 }
}

/** When the server was last asked anything: that is what keeps a session. */
export let lastAsked = Date.now()
let language = 'zh-CN'
let signedOut = () => {}

/** Tells the client which language to ask for, and whom to tell when the session has ended. */
export function speak(lang: string) { language = lang }
export function onSignedOut(tell: () => void) { signedOut = tell }

type Ask = { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal }

export async function call<T>(method: string, path: string, { body, headers, signal }: Ask = {}): Promise<T> {
  const init: RequestInit = {
    method, credentials: 'same-origin', cache: 'no-store', signal: signal ?? null,
    headers: {
      Accept: 'application/json', 'Accept-Language': language,
      ...(method === 'GET' ? {} : { 'X-Casebook': '1' }),
      ...(body === undefined || body instanceof FormData ? {} : { 'Content-Type': body instanceof Blob ? 'application/octet-stream' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: body instanceof FormData || body instanceof Blob ? body : JSON.stringify(body) }),
  }
  lastAsked = Date.now()
  let answer: Response, text: string
  try {
    answer = await fetch('/api/v1' + path, init)
    text = await answer.text()
  } catch (e) {
    if (signal?.aborted) throw e
    throw new Problem(0)
  }
  const parsed = parse(text)
  if (answer.ok) return parsed as T
  if (answer.status === 401 && path !== '/session') signedOut()
  throw new Problem(answer.status, parsed && typeof parsed === 'object' ? parsed : {}, Number(answer.headers.get('Retry-After')) || 0)
}

function parse(text: string): unknown {
  try { return text ? JSON.parse(text) : undefined } catch { return undefined }
}

const seg = encodeURIComponent
const query = (params: Record<string, string | number | undefined>) => {
  const set = Object.entries(params).filter(([, v]) => v !== undefined && v !== '')
  return set.length ? '?' + new URLSearchParams(set.map(([k, v]) => [k, String(v)])) : ''
}
export const formPath = (at: FormAt) =>
  `/studies/${seg(at.study)}/subjects/${seg(at.subject)}/forms/${seg(at.event)}/${seg(at.eventRepeat)}/${seg(at.form)}/${seg(at.formRepeat)}`

export type QueryFilter = { state?: string; site?: string; subject?: string; form?: string; assignee?: string; age?: string; after?: string }
export type TrailFilter = { who?: string; what?: string; site?: string; subject?: string; where?: string; value?: string; from?: string; until?: string; after?: string }
export type MatrixFilter = { site?: string; status?: string; after?: string; limit?: number }
/** One change of one item: a value ("" clears it) or a reason why there is none. */
export type Change = Place & ({ value: string } | { blank: string })

export const api = {
  session: () => call<Session>('GET', '/session'),
  signIn: (user: string, password: string, code: string) => call<Session>('POST', '/session', { body: code ? { user, password, code } : { user, password } }),
  signOut: () => call<void>('DELETE', '/session'),
  studies: (signal?: AbortSignal) => call<{ studies: StudyEntry[] }>('GET', '/studies', { signal }),
  study: (study: string) => call<Study>('GET', `/studies/${seg(study)}`),
  definition: (study: string, version?: number, signal?: AbortSignal) => call<Definition>('GET', `/studies/${seg(study)}/definition${query({ version })}`, { signal }),
  matrix: (study: string, filter: MatrixFilter, signal?: AbortSignal) =>
    call<Matrix>('GET', `/studies/${seg(study)}/matrix${query(filter)}`, { signal }),
  enrol: (study: string, site: string, subject: string) =>
    call<Enrolled>('POST', `/studies/${seg(study)}/subjects`, { body: subject ? { site, subject } : { site } }),
  casebookPDF: (study: string, subject: string) => `/api/v1/studies/${seg(study)}/subjects/${seg(subject)}/pdf`,
  rescreen: (study: string, site: string, rescreens: string) => call<Enrolled>('POST', `/studies/${seg(study)}/subjects`, { body: { site, status: 'screening', rescreens } }),
  transfer: (study: string, subject: string, site: string, reason: string) => call<Enrolled>('POST', `/studies/${seg(study)}/subjects/${seg(subject)}/transfer`, { body: { site, reason } }),
  setStatus: (study: string, subject: string, status: string, reason: string) => call<unknown>('PUT', `/studies/${seg(study)}/subjects/${seg(subject)}/status`, { body: { status, reason } }),
  subject: (study: string, subject: string, signal?: AbortSignal) =>
    call<Subject>('GET', `/studies/${seg(study)}/subjects/${seg(subject)}`, { signal }),
  form: (at: FormAt, signal?: AbortSignal) => call<FormData>('GET', formPath(at), { signal }),
  save: (at: FormAt, version: number, items: Change[], reason: string) => call<FormData>('PATCH', formPath(at), {
    body: reason ? { items, reason } : { items },
    headers: version ? { 'If-Match': `"${version}"` } : { 'If-None-Match': '*' },
  }),
  activity: (at: FormAt, part: Part, active: boolean, reason: string) => call<FormData>('POST', formPath(at) + '/activity', { body: { ...part, active, reason } }),
  enter: (at: FormAt, items: Change[]) => call<FormData>('POST', formPath(at) + '/entries', { body: { items } }),
  draft: (at: FormAt, items: Change[]) => call<void>('PUT', formPath(at) + '/entries/draft', { body: { items } }),
  settle: (at: FormAt, choices: Place[], reason: string) => call<FormData>('POST', formPath(at) + '/entries/settlement', { body: { choices, reason } }),
  discardEntries: (at: FormAt, reason: string) => call<FormData>('POST', formPath(at) + '/entries/discard', { body: { reason } }),
  unsettled: (study: string, signal?: AbortSignal) => call<{ entries: Unsettled[]; left: number }>('GET', `/studies/${seg(study)}/entries`, { signal }),
  log: (at: FormAt, signal?: AbortSignal) =>
    call<{ forms: FormData[] }>('GET', `/studies/${seg(at.study)}/subjects/${seg(at.subject)}/logs/${seg(at.event)}/${seg(at.eventRepeat)}/${seg(at.form)}`, { signal }),
  disagree: (at: FormAt, disagreements: object[]) => call<void>('POST', formPath(at) + '/disagreements', { body: { disagreements } }),
  history: (at: FormAt, place: Partial<Place>, signal?: AbortSignal) =>
    call<{ entries: Entry[] }>('GET', formPath(at) + '/history' + query(place), { signal }),
  queries: (study: string, filter: QueryFilter, signal?: AbortSignal) =>
    call<{ queries: ListedQuery[]; next?: string }>('GET', `/studies/${seg(study)}/queries${query(filter)}`, { signal }),
  queryExport: (study: string, filter: QueryFilter) => `/api/v1/studies/${seg(study)}/queries/export${query(filter)}`,
  queryCounts: (study: string, signal?: AbortSignal) => call<{ counts: QueryCount[] }>('GET', `/studies/${seg(study)}/queries/counts`, { signal }),
  queryTemplates: (study: string, signal?: AbortSignal) => call<{ templates: { id: string; text: Text }[] }>('GET', `/studies/${seg(study)}/queries/templates`, { signal }),
  raiseQuery: (study: string, body: Omit<FormAt, 'study'> & Place & { text?: string; template?: string; candidate?: boolean }) => call<ListedQuery>('POST', `/studies/${seg(study)}/queries`, { body }),
  stepQueries: (study: string, action: QueryAction, text: string, queries: { subject: string; id: string }[]) =>
    call<{ queries: ListedQuery[] }>('POST', `/studies/${seg(study)}/queries/steps`, { body: { action, text, queries } }),
  standings: (study: string, subject: string, signal?: AbortSignal) => call<Standings>('GET', `/studies/${seg(study)}/subjects/${seg(subject)}/standings`, { signal }),
  closures: (study: string, signal?: AbortSignal) => call<{ closures: Closure[] }>('GET', `/studies/${seg(study)}/closures`, { signal }),
  moveStages: (study: string, step: StageStep, reason: string, parts: { subject: string; scope: string }[]) =>
    call<{ count: number }>('POST', `/studies/${seg(study)}/stages`, { body: { step, reason, parts } }),
  signing: (study: string, after: string, signal?: AbortSignal) => call<{ casebooks: ToSign[]; next?: string }>('GET', `/studies/${seg(study)}/signing${query({ after })}`, { signal }),
  sign: (study: string, body: { user: string; password: string; meaning: string; zone: string; parts: { subject: string; scope: string; expect: string }[] }) =>
    call<unknown>('POST', `/studies/${seg(study)}/signatures`, { body }),
  diff: (study: string, subject: string, from: string, to: string, signal?: AbortSignal) =>
    call<{ differences: Difference[] }>('GET', `/studies/${seg(study)}/subjects/${seg(subject)}/diff${query({ from, to })}`, { signal }),
  work: (study: string, filter: { kind: string; site?: string; after?: string }, signal?: AbortSignal) => call<{ work: Work[]; next?: string }>('GET', `/studies/${seg(study)}/reviews${query(filter)}`, { signal }),
  reviews: (at: FormAt, signal?: AbortSignal) => call<{ version: number; reviews: Review[] }>('GET', formPath(at) + '/reviews', { signal }),
  review: (at: FormAt, body: { kind: string; version: number; items?: Place[]; undo?: boolean }) => call<unknown>('POST', formPath(at) + '/reviews', { body }),
  trail: (study: string, filter: TrailFilter, signal?: AbortSignal) =>
    call<{ entries: TrailEntry[]; next: string; back?: string }>('GET', `/studies/${seg(study)}/trail${query(filter)}`, { signal }),
  trailExport: (study: string, filter: TrailFilter) => `/api/v1/studies/${seg(study)}/trail/export${query(filter)}`,
  exports: (study: string, signal?: AbortSignal) => call<{ formats: string[]; exports: Export[] }>('GET', `/studies/${seg(study)}/exports`, { signal }),
  askExport: (study: string, format: string, site: string, asOf: string) => call<Export>('POST', `/studies/${seg(study)}/exports`, { body: { format, site, asOf } }),
  dropExport: (study: string, id: string) => call<void>('DELETE', `/studies/${seg(study)}/exports/${seg(id)}`),
  exportFile: (study: string, id: string) => `/api/v1/studies/${seg(study)}/exports/${seg(id)}/file`,
  reviewTrail: (study: string, filter: TrailFilter, found: number, note: string) => call<void>('POST', `/studies/${seg(study)}/trail/reviews`, { body: { filter, found, note } }),
  past: (study: string, subject: string, at: string, signal?: AbortSignal) => call<Past>('GET', `/studies/${seg(study)}/subjects/${seg(subject)}/past${query({ at })}`, { signal }),
  visits: (study: string, filter: { state?: string; site?: string; after?: string }, signal?: AbortSignal) =>
    call<{ visits: ListedVisit[]; next?: string }>('GET', `/studies/${seg(study)}/visits${query(filter)}`, { signal }),
  visitExport: (study: string, filter: { state?: string; site?: string }) => `/api/v1/studies/${seg(study)}/visits/export${query(filter)}`,
  daily: (study: string, site: string, signal?: AbortSignal) => call<{ asOf: string; sites: DailySite[]; total: DailySite }>('GET', `/studies/${seg(study)}/daily${query({ site })}`, { signal }),
  dailyPages: (study: string, filter: { kind: DailyKind; site?: string; after?: string }, signal?: AbortSignal) =>
    call<{ pages: DailyPage[]; next?: string }>('GET', `/studies/${seg(study)}/daily/pages${query(filter)}`, { signal }),
  dailyExport: (study: string, site: string, kind = '') => `/api/v1/studies/${seg(study)}/daily/export${query({ site, kind })}`,
  skipVisit: (study: string, subject: string, event: string, repeat: string, skip: boolean, reason: string) =>
    call<void>('POST', `/studies/${seg(study)}/subjects/${seg(subject)}/visits/${seg(event)}/${seg(repeat)}/skip`, { body: { skip, reason } }),
  signals: (study: string, signal?: AbortSignal) => call<{ signals: Signal[] }>('GET', `/studies/${seg(study)}/signals`, { signal }),
  monitoring: (study: string, signal?: AbortSignal, kri?: string) => call<Monitoring>('GET', `/studies/${seg(study)}/monitoring${query({ kri })}`, { signal }),
  oversight: (study: string, signal?: AbortSignal) => call<Oversight>('GET', `/studies/${seg(study)}/monitoring/overview`, { signal }),
  siteOversight: (study: string, site: string, signal?: AbortSignal) => call<SiteOversight>('GET', `/studies/${seg(study)}/monitoring/sites/${seg(site)}`, { signal }),
  explained: (study: string, site: string, kri: string, signal?: AbortSignal) => call<Explained>('GET', `/studies/${seg(study)}/monitoring/sites/${seg(site)}/${seg(kri)}`, { signal }),
  portfolio: (signal?: AbortSignal) => call<{ studies: Standing[] }>('GET', '/portfolio', { signal }),
  power: (study: string, kri: string, signal?: AbortSignal) => call<{ sites: number; subjects: number; rounds: number; seed: number; power: Power | null }>('GET', `/studies/${seg(study)}/monitoring/power${query({ kri })}`, { signal }),
  rehearsal: (study: string, signal?: AbortSignal) => call<{ rehearsals: Rehearsal[] }>('GET', `/studies/${seg(study)}/monitoring/rehearsal`, { signal }),
  rehearse: (study: string, kri: string) => call<{ rehearsal: Rehearsal }>('POST', `/studies/${seg(study)}/monitoring/rehearsal`, { body: { kri } }),
  stopRehearsal: (study: string) => call<void>('DELETE', `/studies/${seg(study)}/monitoring/rehearsal`),
  indicators: (study: string, signal?: AbortSignal) => call<{ indicators: Indicator[]; edited: string[] }>('GET', `/studies/${seg(study)}/indicators`, { signal }),
  indicator: (study: string, kri: string, signal?: AbortSignal) => call<{ versions: IndicatorVersion[] }>('GET', `/studies/${seg(study)}/indicators/${seg(kri)}`, { signal }),
  simulate: (study: string, indicator: Indicator) => call<Simulation>('POST', `/studies/${seg(study)}/indicators/simulation`, { body: { indicator } }),
  editIndicator: (study: string, indicator: Indicator, reason: string) => call<unknown>('POST', `/studies/${seg(study)}/indicators`, { body: { indicator, reason } }),
  step: (study: string, id: string, body: SignalAction) => call<{ signal: Signal }>('POST', `/studies/${seg(study)}/signals/${seg(id)}/steps`, { body }),
  /** The address of the study's server-sent events. */
  live: (study: string) => `/api/v1/studies/${seg(study)}/live`,
}
