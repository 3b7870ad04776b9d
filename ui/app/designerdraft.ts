// A draft of a study's definition while somebody edits it: every change gives a new definition and can be undone; what
// somebody else saved meanwhile is merged definition by definition. It knows no page and no server.
import type { CodeItem, Named, Ref, Text, Unit, Version } from '../wire/types.ts'

// The definition as the server keeps it. What these types do not name stays as it is.
export type Expression = { context?: string; code: string; line?: number }
export type Check = { comparator?: string; hard?: boolean; values?: string[]; expressions?: Expression[]; message?: Text }
export type Coding = { system: string; version?: string; code: string; label?: string }
export type Variable = { name: string; expression: Expression }
export type Rule = Named & { type?: string; expressions?: Expression[] }
export type Reference = Ref & { mandatoryWhen?: string; within?: string }
export type Window = { anchor?: string; target: string; before?: string; after?: string }
export type Event = { oid: string; name: string; description?: Text; type: string; repeating?: boolean; forms: Reference[]; window?: Window; every?: string; occurs?: { min?: number; max?: number } }
export type Form = { oid: string; name: string; description?: Text; repeating?: boolean; doubleEntry?: boolean; groups: Reference[] }
export type Group = { oid: string; name: string; description?: Text; repeating?: boolean; items: Reference[]; occurs?: { min?: number; max?: number } }
export type Item = {
  oid: string; name: string; dataType: string; length?: number; digits?: number; hasDigits?: boolean; question?: Text; hint?: Text; units?: string[]; codeList?: string
  checks?: Check[]; multiple?: boolean; readOnly?: boolean; blinded?: boolean
}
export type Code = CodeItem & { weight?: string; exclusive?: boolean }
export type List = { oid: string; name: string; dataType: string; items?: Code[] }
export type Definition = Omit<Version, 'eventRefs' | 'events' | 'forms' | 'groups' | 'items' | 'codeLists' | 'conditions' | 'methods'> & {
  eventRefs: Reference[]; events: Event[]; forms: Form[]; groups: Group[]; items: Item[]; codeLists?: List[]; units?: Unit[]; conditions?: Rule[]; methods?: Rule[]
}

/** The lists of a definition, with what the Operational Data Model calls their elements. */
export const kinds = {
  events: 'StudyEventDef', forms: 'FormDef', groups: 'ItemGroupDef', items: 'ItemDef', codeLists: 'CodeList', units: 'MeasurementUnit', conditions: 'ConditionDef', methods: 'MethodDef',
} as const
export type Kind = keyof typeof kinds
export type Def<K extends Kind> = NonNullable<Definition[K]>[number]
/** One definition of a draft. */
export type Spot = { kind: Kind; oid: string }

export const blankDefinition = (oid: string): Definition => ({ oid, name: oid, eventRefs: [], events: [], forms: [], groups: [], items: [] })

export const find = <K extends Kind>(d: Definition, kind: K, oid: string | undefined) => (d[kind] as Def<K>[] | undefined)?.find(x => x.oid === oid)

/** A name for a new definition that no other of its kind has: prefix and a number. */
export function fresh(d: Definition, kind: Kind, prefix: string): string {
  const taken = new Set((d[kind] ?? []).map(x => x.oid))
  for (let n = (d[kind]?.length ?? 0) + 1; ; n++) if (!taken.has(prefix + n)) return prefix + n
}

/** References in their order, numbered anew: a number that is not said follows the one before it. */
export function ordered(refs: Reference[]): Reference[] {
  let last = -Infinity
  return refs.map((ref, i) => { if (ref.order) last = ref.order; return { ref, at: last, i } }).sort((a, b) => a.at - b.at || a.i - b.i).map(x => x.ref)
}
const numbered = (refs: Reference[]) => refs.map((r, i) => ({ ...r, order: i + 1 }))

export const put = <K extends Kind>(d: Definition, kind: K, oid: string, change: Partial<Def<K>>): Definition =>
  ({ ...d, [kind]: (d[kind] as Def<K>[] ?? []).map(x => x.oid === oid ? tidy({ ...x, ...change }) : x) })

/** Without what says nothing: an absent and an empty word mean the same, and only one of them is written. */
function tidy<T extends object>(x: T): T {
  return Object.fromEntries(Object.entries(x).filter(([, v]) => v !== undefined && v !== false && v !== '')) as T
}

export const add = <K extends Kind>(d: Definition, kind: K, def: Def<K>): Definition => ({ ...d, [kind]: [...d[kind] ?? [], def] })

/** Who refers to a kind from which list. */
const holders: Partial<Record<Kind, { kind: 'events' | 'forms' | 'groups'; list: 'forms' | 'groups' | 'items' }>> = {
  forms: { kind: 'events', list: 'forms' }, groups: { kind: 'forms', list: 'groups' }, items: { kind: 'groups', list: 'items' },
}

/** The references to definitions of a kind: of an event those of the schedule, else those of the holder called oid. */
export function refsOf(d: Definition, kind: Kind, holder: string): Reference[] {
  if (kind === 'events') return ordered(d.eventRefs)
  const h = holders[kind]
  if (!h) return []
  const owner = find(d, h.kind, holder) as unknown as Record<string, Reference[]> | undefined
  return ordered(owner?.[h.list] ?? [])
}

export function setRefs(d: Definition, kind: Kind, holder: string, refs: Reference[]): Definition {
  if (kind === 'events') return { ...d, eventRefs: numbered(refs) }
  const h = holders[kind]
  return h ? put(d, h.kind, holder, { [h.list]: numbered(refs) } as never) : d
}

export const putRef = (d: Definition, kind: Kind, holder: string, oid: string, change: Partial<Reference>): Definition =>
  setRefs(d, kind, holder, refsOf(d, kind, holder).map(r => r.oid === oid ? tidy({ ...r, ...change }) : r))

/** Moves a reference by so many places within its holder. */
export function move(d: Definition, kind: Kind, holder: string, oid: string, by: number): Definition {
  const refs = refsOf(d, kind, holder), from = refs.findIndex(r => r.oid === oid), to = Math.max(0, Math.min(refs.length - 1, from + by))
  if (from < 0 || from === to) return d
  const [moved] = refs.splice(from, 1)
  refs.splice(to, 0, moved!)
  return setRefs(d, kind, holder, refs)
}

const eachRef = (d: Definition, change: (r: Reference, kind: Kind) => Reference | undefined): Definition => {
  const over = (refs: Reference[], kind: Kind) => {
    const out = refs.flatMap(r => change(r, kind) ?? [])
    return out.length === refs.length && out.every((r, i) => r === refs[i]) ? refs : out
  }
  return {
    ...d, eventRefs: over(d.eventRefs, 'events'), events: d.events.map(e => { const forms = over(e.forms, 'forms'); return forms === e.forms ? e : { ...e, forms } }),
    forms: d.forms.map(f => { const groups = over(f.groups, 'groups'); return groups === f.groups ? f : { ...f, groups } }),
    groups: d.groups.map(g => { const items = over(g.items, 'items'); return items === g.items ? g : { ...g, items } }),
  }
}

/** Takes a definition away with every reference to it; what only it used stays. */
export function remove(d: Definition, { kind, oid }: Spot): Definition {
  d = { ...d, [kind]: (d[kind] as { oid: string }[]).filter(x => x.oid !== oid) }
  const without = (r: Reference, on: 'hidden' | 'mandatoryWhen' | 'method') => r[on] === oid ? tidy({ ...r, [on]: undefined }) : r
  switch (kind) {
    case 'conditions': return eachRef(d, r => without(without(r, 'hidden'), 'mandatoryWhen'))
    case 'methods': return eachRef(d, r => without(r, 'method'))
    case 'codeLists': return { ...d, items: d.items.map(i => i.codeList === oid ? tidy({ ...i, codeList: undefined }) : i) }
    case 'units': return { ...d, items: d.items.map(i => i.units?.includes(oid) ? { ...i, units: i.units.filter(u => u !== oid) } : i) }
    default: return eachRef(d, (r, of) => of === kind && r.oid === oid ? undefined : r)
  }
}

const bare = /^[A-Za-z_]\w*(\.\w+)*$/
const reserved = ['true', 'false', 'null', 'let', 'in', 'today', 'zone']
/** An item's name as a rule writes it. */
export const quoted = (oid: string) => bare.test(oid) && !reserved.includes(oid) ? oid : '`' + oid.replace(/[`\\]/g, '\\$&') + '`'

/** Gives a definition another OID, in every reference too; rules that name an item are written with its new name. */
export function rename(d: Definition, { kind, oid }: Spot, to: string): Definition {
  if (!to || to === oid || find(d, kind, to)) return d
  d = put(d, kind, oid, { oid: to } as never)
  const on = (r: Reference, name: 'hidden' | 'mandatoryWhen' | 'method') => r[name] === oid ? { ...r, [name]: to } : r
  switch (kind) {
    case 'conditions': return eachRef(d, r => on(on(r, 'hidden'), 'mandatoryWhen'))
    case 'methods': return eachRef(d, r => on(r, 'method'))
    case 'codeLists': return { ...d, items: d.items.map(i => i.codeList === oid ? { ...i, codeList: to } : i) }
    case 'units': return { ...d, items: d.items.map(i => i.units?.includes(oid) ? { ...i, units: i.units.map(u => u === oid ? to : u) } : i) }
  }
  d = eachRef(d, (r, of) => of === kind && r.oid === oid ? { ...r, oid: to } : r)
  if (kind === 'items') return rewritten(d, oid, to)
  return kind === 'events' ? { ...d, events: d.events.map(e => e.window?.anchor === oid ? { ...e, window: { ...e.window, anchor: to } } : e) } : d
}

function rewritten(d: Definition, oid: string, to: string): Definition {
  const escaped = quoted(oid).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const name = new RegExp(oid.startsWith('`') || !bare.test(oid) ? escaped : `(?<![\\w.\`'])${escaped}(?![\\w.\`'(])`, 'g')
  const over = (list: Expression[] | undefined) => list?.map(e => own(e) ? { ...e, code: e.code.replace(name, quoted(to)) } : e)
  const rule = <T extends { expressions?: Expression[] }>(x: T): T => x.expressions ? { ...x, expressions: over(x.expressions) } : x
  return { ...d, items: d.items.map(i => i.checks ? { ...i, checks: i.checks.map(rule) } : i),
    ...(d.conditions ? { conditions: d.conditions.map(rule) } : {}), ...(d.methods ? { methods: d.methods.map(rule) } : {}) }
}

/** Whether an expression is in our own language. */
export const own = (e: Expression | undefined) => e?.context?.toLowerCase() === 'casebook'
export const sourceOf = (rule: { expressions?: Expression[] } | undefined) => rule?.expressions?.[0]?.code ?? ''
/** The expressions of a rule that says src, in our own language; other languages' versions of it go. */
export const written = (src: string): Expression[] => src.trim() ? [{ context: 'casebook', code: src }] : []

/** Where definitions are used, for whoever is about to change one. */
export function usesOf(d: Definition, { kind, oid }: Spot): Spot[] {
  const found: Spot[] = []
  const look = (holder: Spot, refs: Reference[], of: Kind) => {
    if (refs.some(r => of === kind && r.oid === oid || kind === 'conditions' && (r.hidden === oid || r.mandatoryWhen === oid) || kind === 'methods' && r.method === oid)) found.push(holder)
  }
  for (const e of d.events) look({ kind: 'events', oid: e.oid }, e.forms, 'forms')
  for (const f of d.forms) look({ kind: 'forms', oid: f.oid }, f.groups, 'groups')
  for (const g of d.groups) look({ kind: 'groups', oid: g.oid }, g.items, 'items')
  if (kind === 'codeLists' || kind === 'units') for (const i of d.items) if (i.codeList === oid || i.units?.includes(oid)) found.push({ kind: 'items', oid: i.oid })
  return found
}

/** What the server found wrong with a draft, as it names the place: "ItemDef[IT.SYS]/RangeCheck[2]". */
export type Found = { name: string; kind: string; rule?: string; code?: string; texts?: Text; place?: string }

/** The definition that a problem is about. */
export function spotOf(d: Definition, name: string): Spot | undefined {
  const m = /^(\w+)\[(.+?)\](?:\/|$)/.exec(name)
  const kind = (Object.keys(kinds) as Kind[]).find(k => kinds[k] === m?.[1])
  if (!kind) return undefined
  const oid = m![2]!.startsWith('#') ? d[kind]?.[Number(m![2]!.slice(1)) - 1]?.oid ?? '' : m![2]!
  return { kind, oid }
}

/** Whether two say the same: the order of words counts for nothing, nor do words that say nothing. */
function same(a: unknown, b: unknown): boolean {
  const canonical = (_: string, v: unknown) => v && typeof v === 'object' && !Array.isArray(v)
    ? Object.fromEntries(Object.entries(v).filter(([, x]) => x !== '' && x !== false && x !== 0 && !(x && typeof x === 'object' && !Object.keys(x).length)).sort(([x], [y]) => x < y ? -1 : 1)) : v
  return JSON.stringify(a, canonical) === JSON.stringify(b, canonical)
}

export type Merged = { definition: Definition; theirs: Spot[]; mine: Spot[]; both: Spot[] }

/** What both changed since base, in one: where both changed one definition, mine stands. */
export function merge(base: Definition, mine: Definition, theirs: Definition): Merged {
  const out: Merged = { definition: { ...mine }, theirs: [], mine: [], both: [] }
  for (const kind of Object.keys(kinds) as Kind[]) {
    const names = [...new Set([...(mine[kind] ?? []), ...(theirs[kind] ?? [])].map(x => x.oid))], kept: unknown[] = []
    for (const oid of names) {
      const [was, my, their] = [find(base, kind, oid), find(mine, kind, oid), find(theirs, kind, oid)], spot = { kind, oid }
      const changed = !same(was, my), moved = !same(was, their)
      if (changed && moved && !same(my, their)) out.both.push(spot)
      else if (moved && !changed) out.theirs.push(spot)
      else if (changed && !moved) out.mine.push(spot)
      const keep = moved && !changed ? their : my
      if (keep) kept.push(keep)
    }
    if (kept.length || mine[kind]) (out.definition as Record<string, unknown>)[kind] = kept
    for (const x of base[kind] ?? []) if (!names.includes(x.oid)) out.mine.push({ kind, oid: x.oid })
  }
  if (same(base.eventRefs, mine.eventRefs)) out.definition.eventRefs = theirs.eventRefs
  if (same(base.name, mine.name)) out.definition.name = theirs.name
  return out
}

/** A stack of what was, and of what was undone. A change under the same key as the last, such as the next letter of a word, is one with it. */
export class Past<T> {
  private back: T[] = []
  private ahead: T[] = []
  private last = ''

  keep(was: T, key: string) {
    this.ahead = []
    if (key && key === this.last) return
    this.last = key
    this.back.push(was)
    if (this.back.length > 200) this.back.shift()
  }
  /** Ends a run of changes under one key. */
  rest() { this.last = '' }
  undo(now: T): T | undefined { return this.step(this.back, this.ahead, now) }
  redo(now: T): T | undefined { return this.step(this.ahead, this.back, now) }
  get can() { return { undo: this.back.length > 0, redo: this.ahead.length > 0 } }

  private step(from: T[], to: T[], now: T): T | undefined {
    const then = from.pop()
    if (then !== undefined) to.push(now)
    this.last = ''
    return then
  }
}
