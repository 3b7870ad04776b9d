// A small server for the tests of the pages: it keeps the study of study.ts in memory and answers as the published API
// says, with versions, reasons, conflicts and checks, and serves dist/ under the product's content security policy.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { Cell, Entry, FormData, FormState, Monitoring, Oversight, Query, Rules, Signal, Text, Value } from '../wire/types.ts'
import { sites, version } from './study.ts'

type Change = { group: string; repeat: string; item: string; value?: string; blank?: string }
type User = { id: string; name: string; role: string; site?: string; password: string }
type Kept = FormData & { history: Entry[] }
type Person = { subject: string; site: string; status: string; enrolledAt: string; forms: Map<string, Kept> }

const users: User[] = [
  { id: 'lin', name: '林悦', role: 'coordinator', site: '01', password: 'demo-lin' }, { id: 'wang', name: '王安', role: 'coordinator', site: '01', password: 'demo-wang' },
  { id: 'chen', name: '陈睿', role: 'monitor', password: 'demo-chen' },
]
const now = () => new Date().toISOString()
const study = 'SHAN-201'
const both = (zh: string, en: string): Text => ({ 'zh-CN': zh, en })

/** What derive does, in the language of rules. */
const vitalSigns: Rules = {
  today: '2026-11-25', zone: 'Asia/Shanghai',
  types: Object.fromEntries(version.groups.find(g => g.oid === 'IG.VS')!.items.map(i => [i.oid, { integer: 'number', float: 'number', boolean: 'bool', date: 'date', time: 'time' }[version.items.find(x => x.oid === i.oid)!.dataType] ?? 'text'])),
  rules: [
    ...['IT.QT', 'IT.ECGTM', 'IT.ECGRES'].map(item => ({ kind: 'hide' as const, id: 'C.NOECG', group: 'IG.VS', item, source: 'blank(IT.ECG) || !IT.ECG' })),
    { kind: 'compute', id: 'M.BMI', group: 'IG.VS', item: 'IT.BMI', source: 'round(IT.WT / (1.62 * 1.62), 1)' },
    { kind: 'check', id: 'EC-VS-01', group: 'IG.VS', item: 'IT.SYS', source: 'IT.SYS >= 90 && IT.SYS <= 160', message: both('收缩压不在预期的 90 至 160 之间。', 'Systolic pressure is outside the expected 90 to 160.') },
  ],
}

export class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, readonly texts: Text, readonly more: object = {}) { super(code) }
}

/** What the server keeps; each test may have its own. */
export class Store {
  readonly people = new Map<string, Person>()
  readonly sessions = new Map<string, User>()
  readonly listeners = new Set<ServerResponse>()
  private entries = 0
  private queries = 200

  constructor() { this.populate() }

  form(person: Person, key: string): Kept {
    let form = person.forms.get(key)
    if (!form) {
      const [event = '', eventRepeat = '', oid = '', formRepeat = ''] = key.split('/')
      form = { subject: person.subject, event, eventRepeat, form: oid, formRepeat, version: 0, state: 'empty', site: person.site, items: [], hidden: [], queries: [], history: [] }
      person.forms.set(key, form)
      if (oid === 'F.VS') form.rules = vitalSigns
      this.derive(form)
    }
    return form
  }

  /** Saves the changes of one person, or refuses with the code the API names. */
  save(form: Kept, user: User, changes: Change[], seen: number | undefined, reason: string, at = now()) {
    const theirs: Value[] = []
    for (const c of changes) {
      const kept = this.value(form, c)
      if (kept && (kept as Value & { version?: number }).version! > (seen ?? 0)) theirs.push(kept)
      const type = version.items.find(i => i.oid === c.item)?.dataType
      if (type === 'integer' && c.value && !/^-?\d+$/.test(c.value)) throw new Refusal(422, 'record.value_type', both('这不是整数。', 'This is not a whole number.'), { place: c.item })
      if (type === 'integer' && Number(c.value) > 999) throw new Refusal(422, 'record.value_type', both('这个数太大，最多三位。', 'This number is too large: three digits at most.'), { place: c.item })
    }
    if (theirs.length) throw new Refusal(412, 'record.conflict', both('有人刚改过这个值。', 'Somebody just changed this value.'), { theirs, place: changes[0]!.item })
    for (const c of changes) {
      const kept = this.value(form, c)
      if (kept && !reason && (kept.value !== c.value || kept.blank !== c.blank)) throw new Refusal(422, 'record.reason_required', both('修改已保存的值要写原因。', 'Changing a kept value needs a reason.'), { place: c.item })
    }
    form.version++
    for (const c of changes) this.put(form, user, c, reason, at)
    this.derive(form)
  }

  private value(form: Kept, c: Change) { return form.items.find(v => v.group === c.group && v.repeat === c.repeat && v.item === c.item) }

  private put(form: Kept, user: User, c: Change, reason: string, at: string) {
    const old = this.value(form, c)
    form.items = form.items.filter(v => v !== old)
    const place = { group: c.group, repeat: c.repeat, item: c.item }
    if (c.value || c.blank) form.items.push({ ...place, ...(c.blank ? { blank: c.blank as never } : { value: c.value! }), by: user.id, byName: user.name, at, version: form.version } as Value & { version: number })
    form.history.push({ index: ++this.entries, at, by: user.id, byName: user.name, role: user.role, what: 'record.item.saved', ...place, first: !old, computed: false, ...(old?.value ? { old: old.value } : {}), ...(old?.blank ? { oldBlank: old.blank } : {}), ...(c.value ? { new: c.value } : {}), ...(c.blank ? { newBlank: c.blank } : {}), ...(reason ? { reason } : {}) })
  }

  /** Conditions, computed values, checks and the state follow from what is kept. */
  private derive(form: Kept) {
    const get = (item: string) => form.items.find(v => v.item === item)?.value ?? ''
    form.hidden = form.form === 'F.VS' && get('IT.ECG') !== 'true' ? ['IT.QT', 'IT.ECGTM', 'IT.ECGRES'].map(i => `IG.VS/1/${i}`) : []
    if (form.form === 'F.DM' && get('IT.SMOKE') !== 'C') form.hidden.push('IG.DM/1/IT.CIGS')
    form.items = form.items.filter(v => v.item !== 'IT.BMI')
    if (form.form === 'F.VS' && get('IT.WT')) form.items.push({ group: 'IG.VS', repeat: '1', item: 'IT.BMI', value: (Number(get('IT.WT')) / 1.62 ** 2).toFixed(1), by: 'lin', byName: '林悦', at: now() })
    const high = form.form === 'F.VS' && get('IT.SYS') !== '' && (Number(get('IT.SYS')) < 90 || Number(get('IT.SYS')) > 160)
    const open = form.queries.find(q => q.rule === 'EC-VS-01' && q.state === 'Open')
    if (high && !open) this.ask(form, 'IG.VS', 'IT.SYS', 'system', both(`收缩压 ${get('IT.SYS')} 不在预期的 90 至 160 之间。`, `Systolic ${get('IT.SYS')} is outside the expected 90 to 160.`))
    else if (high) open!.text = both(`收缩压 ${get('IT.SYS')} 不在预期的 90 至 160 之间。`, `Systolic ${get('IT.SYS')} is outside the expected 90 to 160.`)
    else if (open) open.state = 'Closed'
    form.state = this.state(form)
  }

  ask(form: Kept, group: string, item: string, source: string, text: Text) {
    const query: Query = { id: String(++this.queries), group, repeat: '1', item, state: 'Open', source, text, openedAt: now(), rule: source === 'system' ? 'EC-VS-01' : 'manual' }
    form.queries.push(query)
  }

  private state(form: Kept): FormState {
    const asked = version.forms.find(f => f.oid === form.form)!.groups.flatMap(g => version.groups.find(x => x.oid === g.oid)!).flatMap(g => g.items.filter(i => i.mandatory && !form.hidden.includes(`${g.oid}/1/${i.oid}`)).map(i => `${g.oid}/1/${i.oid}`))
    if (!form.items.length) return 'empty'
    return asked.every(key => form.items.some(v => `${v.group}/${v.repeat}/${v.item}` === key)) ? 'complete' : 'partial'
  }

  subject(person: Person) {
    return {
      subject: person.subject, site: person.site, status: person.status, enrolledAt: person.enrolledAt,
      events: version.events.map(e => ({
        event: e.oid, repeat: '1', name: e.description!, type: e.type,
        forms: e.forms.flatMap(f => {
          const repeats = ['1', ...[...person.forms.keys()].map(k => k.split('/')).filter(k => k[0] === e.oid && k[2] === f.oid && k[3] !== '1' && person.forms.get(k.join('/'))!.version).map(k => k[3]!)]
          return repeats.map(repeat => {
            const form = this.form(person, `${e.oid}/1/${f.oid}/${repeat}`)
            return { form: f.oid, repeat, name: version.forms.find(x => x.oid === f.oid)!.description!, state: form.state, queries: form.queries.filter(q => q.state === 'Open').length, version: form.version }
          })
        }),
      })),
    }
  }

  private cell(form: Kept): Cell {
    const queries = form.queries.filter(q => q.state === 'Open').length
    return { state: queries ? 'query' : form.state, queries, count: 1 }
  }

  row(person: Person) {
    const cells: Record<string, Cell> = {}
    for (const e of version.events) for (const f of e.forms) cells[`${e.oid}/${f.oid}`] = this.cell(this.form(person, `${e.oid}/1/${f.oid}/1`))
    const asked = Object.values(cells)
    return { subject: person.subject, site: person.site, status: person.status, progress: asked.filter(c => c.state === 'complete' || c.state === 'query').length / asked.length, cells }
  }

  enrol(site: string, wish?: string, status = 'enrolled'): Person {
    const n = [...this.people.values()].filter(p => p.site === site).length + 1
    const subject = wish || `SH-${site}-${String(n).padStart(3, '0')}`
    if (this.people.has(subject)) throw new Refusal(409, 'patient.exists', both('这个编号已被使用。', 'This number is already in use.'), { place: 'subject' })
    const person = { subject, site, status, enrolledAt: new Date(Date.UTC(2026, 9, 9 + n)).toISOString(), forms: new Map<string, Kept>() }
    this.people.set(subject, person)
    return person
  }

  /** Tells every open page. */
  tell(event: string, data: object) { for (const to of this.listeners) to.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`) }

  private populate() {
    let seed = 7
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647
    const hand = users[0]!
    for (let i = 0; i < 60; i++) {
      const person = this.enrol(sites[i % 8]!.id, undefined, i % 13 === 9 ? 'screen_failed' : i % 9 === 0 ? 'completed' : i > 54 ? 'screening' : 'enrolled')
      const upTo = person.status === 'completed' ? 99 : person.status === 'screening' ? 2 : Math.floor(3 + random() * 13)
      version.events.flatMap(e => e.forms.map(f => `${e.oid}/1/${f.oid}/1`)).slice(0, upTo).forEach((key, j) => {
        const form = this.form(person, key)
        this.save(form, hand, sample(key, random, j === upTo - 1 && i % 3 === 1), form.version, '', new Date(Date.UTC(2026, 10, 2 + j, 2, 30 + i % 30)).toISOString())
      })
    }
    const shown = this.people.get('SH-01-002')
    if (shown) this.ask(this.form(shown, 'E.SCR/1/F.VS/1'), 'IG.VS', 'IT.WT', 'manual', both('体重比知情同意时自述低 14.2 kg，请核对原始病历或说明原因。', 'Weight is 14.2 kg below what was reported at consent. Check the source or give the reason.'))
  }
}

function sample(key: string, random: () => number, half: boolean): Change[] {
  const [, , form] = key.split('/')
  const values: Record<string, string> = {
    'IT.ICDT': '2026-10-09', 'IT.ICVER': '2.0', 'IT.ICCOPY': 'true', 'IT.BRTH': '1971-06', 'IT.SEX': random() < .5 ? 'F' : 'M', 'IT.ETHNIC': 'HAN', 'IT.SMOKE': 'N',
    'IT.VSDT': '2026-11-02', 'IT.VSTM': '10:20:00', 'IT.TEMP': '36.6', 'IT.POS': 'SIT', 'IT.HR': String(66 + Math.floor(random() * 20)), 'IT.SYS': random() < .06 ? '186' : String(124 + Math.floor(random() * 30)), 'IT.DIA': '84', 'IT.WT': '58.3', 'IT.ECG': 'true', 'IT.QT': '421', 'IT.ECGTM': '10:25:00', 'IT.ECGRES': 'N',
    'IT.LBDT': '2026-11-02', 'IT.K': '4.2', 'IT.NA': '139', 'IT.CREA': '71', 'IT.KIT': 'K-20418', 'IT.TABS': '56', 'IT.PAIN': '1', 'IT.SLEEP': '7',
    'IT.ANYAE': 'true', 'IT.AETERM': '头晕', 'IT.AEST': '2026-11', 'IT.AEEN': '2026-11-10', 'IT.AESEV': '1', 'IT.AEREL': 'P', 'IT.AESER': 'false', 'IT.AEOUT': 'R', 'IT.CMTRT': 'Amlodipine', 'IT.CMDOSE': '5 mg',
  }
  const all = version.forms.find(f => f.oid === form)!.groups.flatMap(g => version.groups.find(x => x.oid === g.oid)!).flatMap(g => g.items.filter(i => values[i.oid]).map(i => ({ group: g.oid, repeat: '1', item: i.oid, value: values[i.oid]! })))
  if (form === 'F.AE') all.push({ group: 'IG.AE', repeat: '2', item: 'IT.AETERM', value: '恶心' }, { group: 'IG.AE', repeat: '2', item: 'IT.AEST', value: '2026-11-12' }, { group: 'IG.AE', repeat: '2', item: 'IT.AESEV', value: '2' })
  return half ? all.slice(0, Math.ceil(all.length / 2)) : all
}

const counts = [[38, 1180], [52, 1540], [47, 1400], [33, 990], [58, 1660], [41, 1290], [44, 2310], [2, 90]] as const
export function monitoringOf(): Monitoring {
  const mu = .0342
  const score = (n: number, d: number) => (n - d * mu) / Math.sqrt(d * mu)
  return {
    kri: 'kri0001', name: both('不良事件率', 'Adverse event rate'), asOf: now(), mu, phi: 1,
    sites: counts.map(([n, d], i) => {
      const s = score(n, d), few = d < 100
      return { site: sites[i]!.id, siteName: sites[i]!.name, numerator: n, denominator: d, metric: n / d, score: few ? null : s, flag: few ? null : s <= -3 ? -2 : s <= -2 ? -1 : s >= 3 ? 2 : s >= 2 ? 1 : 0 }
    }),
    bounds: [-3, -2, 2, 3].map(threshold => ({ threshold, points: Array.from({ length: 50 }, (_, i) => { const d = 50 * (i + 1); return [d, Math.max(0, mu + threshold * Math.sqrt(mu / d))] as [number, number] }) })),
  }
}
export function oversightOf(): Oversight {
  const m = monitoringOf()
  return {
    asOf: m.asOf, limits: [],
    kris: [{ id: m.kri, name: m.name, version: 1, method: 'normal-rate', mu: m.mu, phi: 1, assessed: 7, per: both('天', 'days'), counted: both('例', 'events'), numerator: 315 }],
    sites: m.sites.map(s => ({ site: s.site, siteName: s.siteName, subjects: 20, risk: s.flag ? 80 : 0, signals: s.flag ? 1 : 0, cells: [{ numerator: s.numerator, denominator: s.denominator, score: s.score, flag: s.flag }] })),
  }
}
export const signalsOf = (): Signal[] => [
  { id: 's41', number: 41, kri: 'kri0001', name: both('不良事件率过低', 'Too few adverse events'), site: '07', siteName: sites[6]!.name, level: -2, score: -3.9, numerator: 44, denominator: 2310, expected: 79, state: 'open', raisedAt: '2026-11-21T02:10:00Z', text: both('按全研究的水平，这家中心应有约 79 例不良事件，实际只有 44 例。纯属偶然出现这样低的数目，大约每 10000 家中心才有 1 家。', 'At the level of the study this site would have about 79 adverse events; it has 44. By chance alone, about one site in 10,000 would have so few.') },
  { id: 's40', number: 40, kri: 'kri0003', name: both('质疑率偏高', 'High query rate'), site: '03', siteName: sites[2]!.name, level: 1, score: 2.4, numerator: 61, denominator: 1400, expected: 45, state: 'open', raisedAt: '2026-11-19T08:00:00Z', text: both('每份表单的质疑比全研究多三分之一。', 'A third more queries per form than in the study.') },
  { id: 's38', number: 38, kri: 'kri0004', name: both('录入延迟', 'Entry lag'), site: '05', siteName: sites[4]!.name, level: 1, score: 2.1, numerator: 9, denominator: 40, expected: 4.4, state: 'closed', raisedAt: '2026-11-12T08:00:00Z', text: both('录入延迟中位数 9 天，全研究 4 天。', 'Median entry lag 9 days; 4 in the study.') },
]

const csp = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
const kinds: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

export async function serve(port = 0, store = new Store(), dist = 'dist') {
  const server = createServer((req, res) => {
    handle(store, dist, req, res).catch((e: unknown) => {
      const refusal = e instanceof Refusal ? e : new Refusal(500, 'internal', both('服务器出错。', 'The server failed.'))
      if (!(e instanceof Refusal)) console.error(e)
      const lang = req.headers['accept-language']?.startsWith('en') ? 'en' : 'zh-CN'
      send(res, refusal.status, { type: `urn:casebook:${refusal.code}`, title: refusal.texts[lang], status: refusal.status, detail: refusal.texts[lang], code: refusal.code, texts: refusal.texts, traceId: '4bf92f35', ...refusal.more }, { 'Content-Type': 'application/problem+json' })
    })
  })
  await new Promise<void>(ready => server.listen(port, '127.0.0.1', ready))
  const close = () => new Promise<void>(done => { server.closeAllConnections(); server.close(() => done()) })
  const demo = { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, logins: users.map(u => ({ role: u.role, user: u.id, password: u.password })), trialId: study, patientIds: [...store.people.keys()], reportToken: '', data: '' }
  return { url: demo.address, demo, store, close }
}

function send(res: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}) {
  res.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body === undefined ? undefined : JSON.stringify(body))
}

async function bodyOf(req: IncomingMessage): Promise<Record<string, never>> {
  let text = ''
  for await (const chunk of req) text += chunk
  return text ? JSON.parse(text) : {}
}

async function handle(store: Store, dist: string, req: IncomingMessage, res: ServerResponse) {
  const url = new URL(req.url ?? '/', 'http://localhost')
  if (!url.pathname.startsWith('/api/v1/')) return page(dist, url.pathname, res)
  const parts = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
  if (req.method !== 'GET' && req.headers['x-casebook'] !== '1') throw new Refusal(403, 'auth.csrf', both('请求被拒绝。', 'Refused.'))
  const key = /casebook_session=(\w+)/.exec(req.headers.cookie ?? '')?.[1] ?? ''
  if (parts[0] === 'session') return session(store, key, req, res)
  const user = store.sessions.get(key)
  if (!user) throw new Refusal(401, 'auth.signed_out', both('请先登录。', 'Please sign in.'))
  const [, id, what, subject, kind] = parts
  const role = { role: user.role, ...(user.site ? { site: user.site } : {}) }
  const info = { id: study, name: 'SHAN-201', description: '原发性高血压 · III 期', environment: 'TRAINING', version: 1 }
  if (parts.length === 1) return send(res, 200, { studies: [{ ...info, roles: [user.role], subjects: store.people.size, sites: sites.length }] })
  if (id !== study) throw new Refusal(404, 'trial.unknown', both('没有这项研究，或您没有权限。', 'No such study, or none you may see.'))
  const query = (name: string) => url.searchParams.get(name) ?? ''
  const mine = [...store.people.values()].filter(p => (!user.site || p.site === user.site) && (!query('site') || p.site === query('site')))
  if (what === undefined) return send(res, 200, { ...info, sites: user.site ? sites.filter(s => s.id === user.site) : sites, roles: [role] })
  if (what === 'definition') return send(res, 200, { version: 1, definition: version })
  if (what === 'signals') return send(res, 200, { signals: signalsOf() })
  if (what === 'monitoring' && subject === 'overview') return send(res, 200, oversightOf())
  if (what === 'monitoring') return send(res, 200, monitoringOf())
  if (what === 'live') return live(store, res)
  if (what === 'matrix') return send(res, 200, matrix(store, mine, query))
  if (what === 'queries' && subject === 'counts') return send(res, 200, { counts: [{ site: '01', state: 'Open', count: queries(mine, 'Open').queries.length, oldest: now() }] })
  if (what === 'queries' && subject === 'templates') return send(res, 200, { templates: [{ id: 'source', text: both('请对照原始记录核实此值。', 'Please check this value against the source.') }] })
  if (what === 'queries') return send(res, 200, queries(mine, query('state')))
  if (what === 'reviews') return send(res, 200, { work: workOf(mine, user), next: '' })
  if (what === 'signing') return send(res, 200, { casebooks: [], next: '' })
  if (what === 'closures') return send(res, 200, { closures: [] })
  if (what === 'subjects' && !subject && req.method === 'POST') {
    const { site, subject: wish } = await bodyOf(req)
    const person = store.enrol(site ?? '', wish)
    return send(res, 201, { subject: person.subject, site: person.site, status: person.status })
  }
  const person = mine.find(p => p.subject === subject)
  if (!person) throw new Refusal(404, 'patient.unknown', both('没有这名受试者，或您没有权限。', 'No such subject, or none you may see.'))
  if (kind === undefined) return send(res, 200, store.subject(person))
  if (kind === 'standings') return send(res, 200, { stages: [], signatures: [] })
  const form = store.form(person, parts.slice(5, 9).join('/'))
  if (parts[9] === 'reviews') return send(res, 200, { version: form.version, reviews: ['sdv', 'medical', 'data'].map(kind => ({ kind, may: user.role === 'monitor', need: form.items.length, marks: form.items.map(v => ({ ...v, required: true, state: 'none' })) })) })
  if (parts[9] === 'history') {
    const of = (e: Entry) => !query('item') || e.item === query('item') && e.group === query('group') && e.repeat === query('repeat')
    return send(res, 200, { entries: form.history.filter(of).reverse() })
  }
  if (req.method === 'PATCH') {
    const { items, reason } = await bodyOf(req) as unknown as { items: Change[]; reason?: string }
    const seen = /"(\d+)"/.exec(req.headers['if-match'] ?? '')?.[1]
    store.save(form, user, items, seen ? Number(seen) : undefined, reason ?? '')
  }
  const { history: _, ...shown } = form
  send(res, 200, shown, { ETag: `"${form.version}"` })
}

async function session(store: Store, key: string, req: IncomingMessage, res: ServerResponse) {
  const answer = (u: User) => ({ user: { id: u.id, name: u.name, locale: 'zh-CN' }, studies: [{ id: study, roles: [{ role: u.role, ...(u.site ? { site: u.site } : {}) }] }] })
  if (req.method === 'GET') {
    const user = store.sessions.get(key)
    if (!user) throw new Refusal(401, 'auth.signed_out', both('请先登录。', 'Please sign in.'))
    return send(res, 200, answer(user))
  }
  if (req.method === 'DELETE') { store.sessions.delete(key); res.writeHead(204).end(); return }
  const { user, password } = await bodyOf(req)
  const found = users.find(u => u.id === user && u.password === password)
  if (!found) throw new Refusal(401, 'auth.failed', both('用户名或密码不对。', 'The user name or the password is wrong.'))
  const fresh = Math.random().toString(36).slice(2)
  store.sessions.set(fresh, found)
  send(res, 200, answer(found), { 'Set-Cookie': `casebook_session=${fresh}; HttpOnly; SameSite=Strict; Path=/` })
}

function matrix(store: Store, people: Person[], query: (name: string) => string) {
  const found = people.filter(p => !query('status') || p.status === query('status')).sort((a, b) => a.subject.localeCompare(b.subject))
  const limit = Number(query('limit')) || 50
  const rest = found.filter(p => p.subject > query('after'))
  const columns = version.events.map(e => ({ event: e.oid, name: e.description!, repeating: !!e.repeating, forms: e.forms.map(f => ({ form: f.oid, name: version.forms.find(x => x.oid === f.oid)!.description!, short: f.oid.slice(2) })) }))
  return { columns, rows: rest.slice(0, limit).map(p => store.row(p)), next: rest.length > limit ? rest[limit - 1]!.subject : '', total: found.length }
}

function queries(people: Person[], state: string) {
  const all = people.flatMap(p => [...p.forms.values()].flatMap(f => f.queries.filter(q => !state || q.state === state || state === 'standing' && q.state !== 'Closed')
    .map(q => ({ ...q, actions: ['answer'], thread: [], subject: p.subject, site: p.site, event: f.event, eventRepeat: f.eventRepeat, form: f.form, formRepeat: f.formRepeat, ageDays: 3 }))))
  return { queries: all, next: '' }
}

function workOf(people: Person[], user: User) {
  return people.flatMap(p => [...p.forms.values()].filter(f => f.version > 0).slice(0, 2).map(f => ({
    subject: p.subject, site: p.site, event: f.event, eventRepeat: f.eventRepeat, form: f.form, formRepeat: f.formRepeat, visit: version.events.find(e => e.oid === f.event)!.description!,
    title: version.forms.find(x => x.oid === f.form)!.description!, version: f.version, required: f.items.length, need: f.items.length, changed: 0, may: user.role === 'monitor',
  }))).slice(0, 20)
}

function live(store: Store, res: ServerResponse) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
  res.write('event: heartbeat\ndata: {}\n\n')
  store.listeners.add(res)
  res.on('close', () => store.listeners.delete(res))
}

function page(dist: string, path: string, res: ServerResponse) {
  const file = path.startsWith('/assets/') ? join(dist, path) : join(dist, 'index.html')
  try {
    const bytes = readFileSync(file)
    res.writeHead(200, { 'Content-Type': kinds[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': csp, 'X-Content-Type-Options': 'nosniff' }).end(bytes)
  } catch { res.writeHead(404).end('not found') }
}
