// What the API sends: the names are the server's. The definition of a study follows the Operational Data Model.

/** One sentence in several languages by BCP 47 tag; "" names no language. */
export type Text = Record<string, string>

export type Role = { role: string; site?: string }
export type Session = {
  user: { id: string; name: string; nameZh?: string; locale?: string }; studies: { id: string; roles: Role[] }[]
  /** Roles that belong to no study. */
  platform?: string[]
  /** A second factor is wanted before anything may be done. */
  unproven?: boolean
  stale?: boolean
  /** Has a passkey, which proves who signs. */
  passkey?: boolean
  /** The identity provider that proves who signs, for who has no password here. */
  proof?: string
  /** Seconds without use after which the session ends. */
  idle?: number
}

export type StudyEntry = {
  id: string; name: string; description?: string; environment: string; version: number
  roles: (string | Role)[]; subjects: number; sites: number
}
export type Site = { id: string; name: Text; zone: string; country?: string }
export type Study = { id: string; name: string; description?: string; environment: string; version: number; sites: Site[]; roles: Role[] }

export type Ref = { oid: string; order?: number; mandatory?: boolean; hidden?: string; method?: string; mandatoryWhen?: string; initial?: string }
export type EventDef = {
  oid: string; name: string; description?: Text; type: string; repeating?: boolean; forms: Ref[]
  /** Durations are ISO 8601; no anchor is the enrolment. */
  window?: { anchor?: string; target: string; before?: string; after?: string }
}
export type FormDef = { oid: string; name: string; description?: Text; repeating?: boolean; doubleEntry?: boolean; groups: Ref[] }
export type GroupDef = { oid: string; name: string; description?: Text; repeating?: boolean; items: Ref[] }
export type ItemDef = {
  oid: string; name: string; dataType: string; length?: number; digits?: number; question?: Text; description?: Text
  units?: string[]; codeList?: string; checks?: RangeCheck[]; multiple?: boolean; hint?: Text; blinded?: boolean
}
export type RangeCheck = { comparator?: string; hard?: boolean; values?: string[]; message?: Text }
export type CodeItem = { code: string; decode?: Text; order?: number; weight?: string; exclusive?: boolean }
export type CodeList = { oid: string; name: string; dataType: string; description?: Text; items?: CodeItem[]; external?: { dictionary?: string; version?: string; ref?: string } }
export type Named = { oid: string; name: string; description?: Text }
export type Unit = { oid: string; name: string; symbol?: Text }
export type Version = {
  oid: string; name: string; eventRefs: Ref[]; events: EventDef[]; forms: FormDef[]; groups: GroupDef[]; items: ItemDef[]
  codeLists?: CodeList[]; units?: Unit[]; conditions?: Named[]; methods?: Named[]
}
export type Definition = { version: number; hash?: string; publishedAt?: string; definition: Version }

/** first and differs: two people enter it, and it has no values yet. */
export type FormState = 'complete' | 'partial' | 'empty' | 'inactive' | 'first' | 'differs'
/** A form with queries shows them before its own state. */
export type CellState = FormState | 'query'
export type Cell = { state: CellState; queries?: number; count?: number }
export type Column = { event: string; name: Text; repeating?: boolean; forms: { form: string; name: Text; short: string }[] }
/** Cells are named event/form; what is not there is empty. */
export type Row = { subject: string; site: string; status: string; progress: number; cells: Record<string, Cell>; visits?: Record<string, VisitPlan>; expected?: Record<string, Expected> }
export type Matrix = { columns: Column[]; rows: Row[]; next?: string; total: number }

/** What a condition of the schedule says of a visit or form now: it is mandatory, or not to be filled in. */
export type Expected = 'demanded' | 'released'
export type SubjectForm = { form: string; repeat: string; name: Text; state: FormState; queries?: number; version?: number; updatedAt?: string; expected?: Expected }
export type VisitState = 'open' | 'planned' | 'due' | 'overdue' | 'held' | 'early' | 'late' | 'skipped' | 'not_expected'
/** When a visit is due and how it stands; days are YYYY-MM-DD of the site's calendar. */
export type VisitPlan = {
  event: string; repeat: string; state: VisitState; target?: string; from?: string; until?: string; day?: string
  /** Outside the window: negative is before it. */
  days?: number
  /** Counted from a visit that has not been held yet. */
  provisional?: boolean; reason?: string
}
export type ListedVisit = VisitPlan & { subject: string; site: string; name: Text; form: string }
/** A daily report. Days count at the site; "" is all sites. */
export type DailyKind = 'missing' | 'partial' | 'overdue' | 'unverified'
export type Taking = { n: number; median: number; p90: number; within: number[] }
export type DailySite = Record<DailyKind, { n: number; oldest: number }> & { site: string; subjects: number; called: number; open: number; answered: number; ages: number[]; oldest: number; entry: Taking; sdv: Taking }
export type DailyPage = { subject: string; site: string; event: string; eventRepeat: string; form: string; formRepeat: string; visit: Text; title: Text; since?: string; days: number }
export type SubjectEvent = { event: string; repeat: string; name: Text; type: string; forms: SubjectForm[]; plan?: VisitPlan; expected?: Expected }
export type Subject = { subject: string; site: string; status: string; enrolledAt?: string; rescreens?: string; rescreenedAs?: string; events: SubjectEvent[] }
export type Enrolled = { subject: string; site: string; status: string }

/** A part of a form: a row of a group, or with no group the whole. */
export type Part = { group?: string; repeat?: string }
export type Aside = Part & { values: Value[]; by: string; byName: string; at: string; reason: string }
export type Blank = 'not_done' | 'unknown' | 'refused' | 'not_applicable'
/** Where a value stands in its form. */
export type Place = { group: string; repeat: string; item: string }
export type Value = Place & { value?: string; blank?: Blank | ''; by?: string; byName?: string; at?: string }
/** A laboratory's range at a place; the flag is CDISC's (NRIND). */
export type Judged = Place & { low?: string; high?: string; unit?: string; flag?: 'LOW' | 'NORMAL' | 'HIGH' }
/** One step of a term's path, from the term upwards. */
export type Level = { level: string; code: string; name: Text }
/** The term of a dictionary that a value has; outdated when the study has left that version. */
export type Code = Place & { kind: string; version: string; path: Level[]; source: string; outdated?: boolean }
export type QueryAction = 'release' | 'answer' | 'requery' | 'resolve' | 'close' | 'cancel' | 'assign'
export type Turn = { state: string; text?: string; by: string; byName: string; role: string; at: string }
export type Query = Partial<Place> & {
  id: string; state: string; source: string; text: Text; openedAt?: string; rule?: string; value?: string
  by?: string; byName?: string; assignee?: string; assigneeName?: string; thread?: Turn[]
  /** What this reader may do about it now. */
  actions?: QueryAction[]
}
export type QueryCount = { site: string; state: string; count: number; oldest: string }

export type StageName = 'open' | 'frozen' | 'locked'
export type StageStep = 'freeze' | 'unfreeze' | 'lock' | 'unlock'
/** A part of a study that is frozen or locked; no subject is the study, no scope the whole casebook. */
export type Closure = { subject: string; scope: string; level: string; title: Text; stage: StageName; by: string; byName: string; at: string }
export type Signature = {
  id: string; signer: string; name: string; role: string; meaning: string; says: Text; at: string; zone: string; content: string
  subject: string; scope: string; level: string; title: Text; holds: boolean; voidAt?: string; voidRef?: string
}
export type Standings = { stages: Closure[]; signatures: Signature[] }
export type ToSign = {
  subject: string; site: string; status: string; forms: number; content: string; incomplete: string[]; stage: StageName
  state: 'never' | 'holds' | 'void'; latest?: Signature
}
export type Difference = {
  visit: Text; title: Text; item: string; old: string; new: string; oldBlank: string; newBlank: string; byName: string; at: string; reason: string
  file: boolean // old and new are the names of a file that stood there
}
export type ReviewKind = 'sdv' | 'medical' | 'data'
export type Mark = Place & { value?: string; blank?: string; required: boolean; state: 'none' | 'verified' | 'changed'; byName?: string; at?: string }
export type Review = { kind: ReviewKind; may: boolean; need: number; marks: Mark[] }
export type Work = {
  subject: string; site: string; event: string; eventRepeat: string; form: string; formRepeat: string; visit: Text; title: Text
  version: number; required: number; need: number; changed: number; may: boolean
}
export type FormData = {
  subject: string; event: string; eventRepeat: string; form: string; formRepeat: string
  version: number; state: FormState; site: string
  /** The published version that it is read by: the one its site works by. */
  definition?: number
  /** Entered and computed values. */
  items: Value[]
  /** group/repeat for a group with all its items, group/repeat/item for one. */
  hidden: string[]
  /** What methods give, as group/item. */
  computed?: string[]
  /** What was set aside, with the values that it had. */
  inactive?: Aside[]
  queries: Query[]
  /** How far the two entries of it are; absent of a form that is entered once, or has values. */
  double?: Double
  /** The reference ranges that hold, with the flag of the value that is kept. */
  normal?: Judged[]
  /** The terms of a dictionary that coders, or the server, gave to what is written. */
  coded?: Code[]
  /** For the browser to run while somebody types; absent where only the server can, and in the answer to a save. */
  rules?: Rules
}
/** A form that two people enter: who did, and nothing of what before both are in. */
export type Double = { state: '' | 'first' | 'differs'; entries: { by: string; byName: string; at: string }[]; splits: { first: Value; second: Value }[]; may: ('enter' | 'settle' | 'discard')[]; draft?: Value[] }
export type Unsettled = Double & Omit<FormAt, 'study'> & { site: string; visit: Text; title: Text }
/** A rule at its place in a form: what hides an item or a group, makes an item mandatory, gives an item's value, or must hold. */
export type LiveRule = { kind: 'hide' | 'demand' | 'compute' | 'check'; id: string; group: string; item?: string; source: string; message?: Text }
/** A form's rules with all that they read beyond the form. */
export type Rules = {
  today: string; zone: string; zones?: Record<string, number[]>; types: Record<string, string>; rules: LiveRule[]
  /** Values of other forms and visits, by reference as the rule writes it. */
  given?: Record<string, { value?: string; blank?: string }>
}
/** The address of one form of one subject. */
export type FormAt = { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }

export type Entry = Place & {
  /** Its number in the ledger; -1 while it waits for one. */
  index: number; at: string; by: string; byName?: string; role?: string; what: string
  old?: string; new?: string; oldBlank?: string; newBlank?: string; reason?: string; trace?: string
  /** There was nothing before. */
  first: boolean
  computed: boolean
}
export type TrailChange = Place & { old: string; new: string; oldBlank: string; newBlank: string; computed: boolean }
export type TrailEntry = {
  id: string; index: number; at: string; by: string; byName: string; role: string; site: string; subject: string; what: string; where: string
  changes: TrailChange[]; old?: string; new?: string; reason: string; trace: string
}
export type PastForm = { event: string; eventRepeat: string; form: string; formRepeat: string; visit: Text; title: Text; version: number; items: Value[] }
export type Past = { subject: string; forms: PastForm[]; queries: Query[]; stages: Closure[]; signatures: Signature[]; unsettled?: { visit: Text; title: Text; form: string; state: string; since: string }[] }
export type ListedQuery = Query & {
  subject: string; site: string; event: string; eventRepeat: string; form: string; formRepeat: string; ageDays?: number
}
export type Signal = {
  id: string; number: number; kri: string; name: Text; site: string; siteName: Text | string; level: number; score: number
  numerator: number; denominator: number; expected: number; state: string; raisedAt: string; text: Text
  assignee?: string; due?: string; contact?: string; steps?: SignalStep[]; actions?: string[]
}
export type SignalStep = {
  n: number; action: string; from: string; to: string; by: string; role: string; at: string; text?: string; assignee?: string; links?: string[]; signed?: string
  effect?: { days: number; scoreMovement: number; valueMovement: number }
}
export type SignalAction = { action: string; text: string; assignee: string; expect: number; user?: string; password?: string }
export type HeatCell = { numerator: number; denominator: number; score: number | null; flag: number | null }
export type Oversight = {
  asOf: string
  kris: { id: string; name: Text; version: number; method: string; mu: number; phi: number; assessed: number; per: Text; counted: Text; numerator: number }[]
  sites: { site: string; siteName: Text | string; subjects: number; risk: number | null; signals: number; cells: HeatCell[] }[]
  limits: { kri: string; name: Text; numerator: number; denominator: number; expected: number; flag: number | null }[]
}
export type Measure = {
  of: string; domain?: string; items?: string[]; since?: string[]; in?: string[]; digits?: number[]; outside?: number[]; weekend?: boolean; first?: boolean; later?: number; soon?: number
  status?: string[]; older?: number; night?: boolean; within?: number; equal?: boolean
}
export type Indicator = {
  id: string; version: number; source: string; name: Text; group: string; method: string; score?: string; numerator: Measure; denominator: Measure
  thresholds: number[]; flags: number[]; accrual: { of: string; min: number }; weights?: number[]; signal: number
  words: { has?: Text; one: Text; many: Text; per: Text; low: Text; high: Text }
}
export type IndicatorVersion = { indicator: Indicator; by?: string; at?: string; reason?: string }
export type Simulation = {
  weeks: { at: string; calls: [number, number] }[]; raised: [number, number]; sites: [number, number]
  now: { site: string; siteName: Text | string; raised: [number, number]; score: [number | null, number | null]; flag: [number | null, number | null] }[]
}
export type Standing = {
  study: string; asOf: string; sites: number; flagged: number; risk: number | null; riskiest?: string; riskiestName: Text; open: number; graver: number; overdue: number; oldest?: string
}
export type Noticed = { times: number; watched: number; signal: number; assessed: number; roc: [number, number][] }
export type Power = { clean: Noticed; planted: Noticed[] }
/** Of each pair, the first is the product's detector and the second the usual rule. */
export type Rehearsed = { kind: string; rate: number; found: [number, number]; alarms: [number, number]; roc: [number, number][]; ruleRoc: [number, number][]; planted: number; within: [number, number] | null; delay: [number | null, number | null] | null }
export type Rehearsal = { kri: string; state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'; steps: number; of: number; by: string; askedAt: string; finished?: string; seed: number; rounds: number; sites: number; subjects: number; weeks: number; measured: number; rehearsed: Rehearsed[]; why?: Text }
export type Course = { pending: boolean; at: string[]; kris: string[]; scores: (number | null)[][]; cusum: number[] }
export type DigitCounts = { item: string; site: number[]; rest: number[]; v: number | null; p: number | null }
export type SiteOversight = { overview: Oversight; digits: DigitCounts[]; course: Course }
export type Explained = {
  kri: string; site: string; asOf: string; text: Text; formula: string
  contributors: { subject: string; numerator: number; denominator: number; without: number | null; records: { entry: string; index: number; ref: string; at: string; value?: string }[] }[]
}
export type SitePoint = {
  site: string; siteName: Text | string; numerator: number; denominator: number; metric: number; score: number | null; flag: number | null
}
export type Monitoring = {
  kri: string; name: Text; asOf: string; mu: number; phi?: number
  sites: SitePoint[]; bounds: { threshold: number; points: [number, number][] }[]
}

/** One export as it stands. */
export type Export = {
  id: string; format: string; sites: string[]; asOf?: string; state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'; steps: number; of: number
  askedAt: string; finishedAt?: string; until?: string; entries: number; moment?: string; name: string; bytes: number; sha256: string; code?: string; why?: Text
}
