// What the phone is told, its open record, and the sending of what was submitted.
import * as keep from './keep.ts'
import { lang, type Text } from './words.ts'
import { Rules } from './rules.ts'
import { follows, state } from './state.ts'
import { entry } from '../wire/entry.ts'

export type Question = {
  group: string; item: string; type: string; text: Text; help?: Text; section?: Text; options?: { code: string; text: Text }[]
  scale?: { min: string; max: string; left?: Text; right?: Text }; unit?: Text; length?: number; digits?: number; needed?: boolean; neededWhen?: string
  hint?: Text; note?: boolean; multiple?: boolean; unseen?: boolean; hidesAll?: string; hides?: string; computed?: string; checks?: { id: string; holds: string; hard?: boolean; text?: Text }[]
}
export type Definition = { form: string; name: string; title?: Text; copyright?: Text; licence?: string; drafts?: string[]; questions: Question[] }
export type Window = { form: string; key: string; opens: string; closes: string; done: boolean }
export type Past = { record: string; form: string; finished: string; received: string; receipt: string; late: boolean }
export type Plan = {
  study: string; name: string; subject: string; device: string; reporter: string; help: { telephone?: string; text?: Text }; crisis: { form: string; when: string; text: Text }[]
  windows: Window[]; unasked: string[]; forms: Record<string, Definition & { hash: string }>; history: Past[]; missing: number[]; consent?: string; changes?: Change[]; now: string
}
/** A correction that waits for the patient's word. */
export type Change = { change: string; form: string; reason: string; items: { item: string; value?: string }[]; old: { item: string; value?: string }[] }
type Shown = { item: string; at: number; text: string; width?: number; ratio?: number; changes: [number, string][] }
/** A record while it is being answered. It holds its form, so that a new version of the study cannot change it. */
export type Open = {
  id: string; form: string; window: string; hash: string; definition: Definition; opened: string; contact: string; elapsed: number | null
  answers: Record<string, string>; log: Shown[]; at: number; begun: number
}

export const plan = state<Plan | undefined>(undefined)
export const draft = state<Open | undefined>(undefined)
export const sealed = state<keep.Sealed[]>([])
export const receipts = state<keep.Receipt[]>([])
export const ended = state(false)
export const reached = state(true)
export const unsent = follows(() => sealed.value.length)
export const tick = state(Date.now())

let me: keep.Identity
/** The server's time at the last contact of this page, and our monotonic clock then. */
let contact: { at: string; mono: number } | undefined

export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone
/** The wall clock with its offset (RFC 3339). */
export function wall(at = new Date()): string {
  const off = -at.getTimezoneOffset(), two = (n: number) => String(Math.floor(Math.abs(n))).padStart(2, '0')
  return new Date(at.getTime() + off * 60_000).toISOString().slice(0, 23) + (off < 0 ? '-' : '+') + two(off / 60) + ':' + two(off % 60)
}

export async function begin(identity: keep.Identity) {
  me = identity
  plan.value = await keep.load<Plan>('plan')
  draft.value = await keep.load<Open>('open')
  await reload()
  void flush()
}
async function reload() { sealed.value = await keep.records(); receipts.value = await keep.receipts() }

export async function call(path: string, body?: string, method = body === undefined ? 'GET' : 'POST'): Promise<Response> {
  return fetch('/api/v1/epro/' + path, { method, headers: { Authorization: 'Bearer ' + me.token, 'Accept-Language': lang.value, ...body === undefined ? {} : { 'Content-Type': 'application/json' } }, body: body ?? null, signal: AbortSignal.timeout(30_000) })
}

async function refresh() {
  const answer = await call('plan')
  if (answer.status === 401) { ended.value = true; return }
  if (!answer.ok) return
  ended.value = false
  const got = await answer.json() as Plan
  contact = { at: got.now, mono: performance.now() }
  await keep.save('plan', got)
  plan.value = got
}

type Result = { id: string; status: number; code?: string; receipt?: string; limit?: number; late?: boolean }
const most = { records: 500, bytes: 3 << 20 }

/** Sends what waits, and asks for the plan. One flush at a time, over all tabs: the others leave it to that one. */
export const flush = () => navigator.locks.request('casebook-flush', { ifAvailable: true }, async lock => {
  if (!lock || !keep.unlocked()) return
  try {
    for (let more = true; more;) more = await send()
    await refresh()
    reached.value = true
  } catch { reached.value = false }
  await reload()
})

async function send(): Promise<boolean> {
  const waiting = (await keep.records()).filter(r => !r.refused)
  const batch: { sealed: keep.Sealed; text: string }[] = []
  let bytes = 0
  for (const r of waiting) {
    const text = await keep.textOf(r)
    bytes += text.length * 3
    if (batch.length && (bytes > most.bytes || batch.length === most.records)) break
    batch.push({ sealed: r, text })
  }
  const { seq } = await keep.chain()
  const head = JSON.stringify({ highest: seq, zone: zone(), now: wall() })
  if (!batch.length) return false
  const answer = await call('records', `${head.slice(0, -1)},"records":[${batch.map(b => b.text).join(',')}]}`)
  const said = await answer.json() as { results?: Result[]; now?: string }
  if (!said.results) throw new Error(String(answer.status))
  let moved = 0
  for (const [i, r] of said.results.entries()) {
    const { sealed, text } = batch[i]!
    if (r.receipt && r.receipt === await keep.receiptOf(me.study, sealed.id, text)) {
      await keep.arrived({ id: sealed.id, receipt: r.receipt, at: said.now ?? wall(), ...r.code ? { code: r.code } : {}, ...r.late ? { late: true } : {} })
      moved++
    } else if (r.status === 413 || r.status === 401) {
      await keep.refuse({ ...sealed, refused: { code: r.code ?? '', ...r.limit ? { limit: r.limit } : {} } })
      moved++
    }
  }
  await reload()
  return moved > 0 && batch.length < waiting.length
}

/** Whether the phone has room for another record. */
export async function room(): Promise<boolean> {
  const e = await navigator.storage?.estimate?.()
  return !e?.quota || (e.quota - (e.usage ?? 0)) > 5 << 20
}

export async function openForm(form: string, window: string): Promise<boolean> {
  if (!await room()) return false
  const { hash, ...definition } = entry(plan.value!.forms, form)!
  draft.value = { id: keep.newID(), form, window, hash, definition, opened: wall(), contact: contact?.at ?? plan.value!.now, elapsed: contact ? Math.round(performance.now() - contact.mono) : null,
    answers: {}, log: [], at: 0, begun: Date.now() }
  await keep.save('open', draft.value)
  return true
}

export function rulesOf(o: Open): Rules {
  return new Rules(o.definition, o.opened.slice(0, 10).split('-').map(Number))
}

/** The answers of an open record, by item. */
export const answersOf = (o: Open): Map<string, string> => new Map(Object.entries(o.answers))

let saving = Promise.resolve()
function change(o: Open) {
  draft.value = o
  saving = saving.then(() => keep.save('open', o)).catch(() => {})
  return saving
}
export const saved = () => saving

const logged = (o: Open, item: string) => o.log.find(l => l.item === item)
export async function shown(item: string, text: string) {
  const o = draft.value!
  if (logged(o, item)) return
  const hash = (await keep.sha(text)).slice(0, 16)
  const now = draft.value
  if (now && !logged(now, item)) await change({ ...now, log: [...now.log, { item, at: Date.now() - now.begun, text: hash, changes: [] }] })
}
export function answer(item: string, value: string, drawn?: { width: number; ratio: number }) {
  const o = draft.value!
  const log = o.log.map(l => l.item === item ? { ...l, ...drawn, changes: [...l.changes, [Date.now() - o.begun, value] as [number, string]].slice(-50) } : l)
  void change({ ...o, answers: { ...o.answers, [item]: value }, log })
}
export function go(at: number) { void change({ ...draft.value!, at }) }

/** Submits the open record: from here on the patient cannot change it. */
export async function submit() {
  const o = draft.value!
  await saving
  const { shown, hidden, computed, values } = rulesOf(o).judge(answersOf(o))
  const list = shown.filter(q => values.get(q.item)).map(q => ({ group: q.group, repeat: '1', item: q.item, value: values.get(q.item)! }))
  await keep.submit(o.id, next => JSON.stringify({
    id: o.id, device: me.device, subject: me.subject, seq: next.seq, previous: next.previous, form: o.form, window: o.window, definition: o.hash, language: lang.value,
    opened: o.opened, finished: wall(), zone: zone(), contact: o.contact, elapsed: o.elapsed, values: list, hidden, computed: computed.map(c => ({ ...c, repeat: '1' })),
    reporter: plan.value?.reporter, screen: { width: innerWidth, height: innerHeight, ratio: devicePixelRatio }, log: o.log }))
  draft.value = undefined
  await reload()
}

/** Windows that can be answered now: not answered here or there. */
export const due = follows(() => {
  const now = tick.value, here = new Set(mine.value)
  return (plan.value?.windows ?? []).filter(w => !w.done && Date.parse(w.opens) <= now && Date.parse(w.closes) > now && !here.has(w.form + ' ' + w.key))
})
export const upcoming = follows(() => plan.value?.windows.find(w => Date.parse(w.opens) > tick.value))
/** Windows that this phone has answered since the plan was made. */
const mine = state<string[]>([])
export function remember(o: Open) { if (o.window) { mine.value = [...mine.value, o.form + ' ' + o.window]; void keep.save('mine', mine.value.slice(-500)) } }
export async function recall() { mine.value = await keep.load<string[]>('mine') ?? [] }
