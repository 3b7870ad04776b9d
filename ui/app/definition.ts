// What the definition browser knows of a version: who uses what, which rules read an item, and how to find a thing.
import type { CodeList, EventDef, FormDef, GroupDef, ItemDef, Ref, Text, Unit, Version } from '../wire/types.ts'
import { inOrder } from '../form/definition.ts'
import type { Part } from './parts.ts'

export type Read = { item: string; as: string }
export type Stand = { as: string; what: string; oid: string; in?: string }
export type Rule = {
  id: string; kind: 'check' | 'hide' | 'compute'; place: string; source: string; written?: { context?: string; code: string }[]
  hard?: boolean; name?: string; about?: Text; message?: Text; reads: Read[]; stands: Stand[]; why?: Text
}
export type Hit = { part: Part; oid: string; title: Text | string; text: string }

const byOID = <T extends { oid: string }>(all: T[] | undefined) => new Map((all ?? []).map(x => [x.oid, x]))

/** A version with its rules, looked up in every direction. */
export class Book {
  readonly events: Map<string, EventDef>
  readonly forms: Map<string, FormDef>
  readonly groups: Map<string, GroupDef>
  readonly items: Map<string, ItemDef>
  readonly codeLists: Map<string, CodeList>
  readonly units: Map<string, Unit>
  readonly rules: Map<string, Rule>
  /** The rules that read an item, and those that stand at an item or a group. */
  readonly readers = new Map<string, Rule[]>()
  readonly deciders = new Map<string, Rule[]>()
  private readonly formsOf = new Map<string, FormDef[]>()
  private readonly users = new Map<string, ItemDef[]>()

  constructor(readonly version: Version, rules: Rule[]) {
    this.events = byOID(version.events)
    this.forms = byOID(version.forms)
    this.groups = byOID(version.groups)
    this.items = byOID(version.items)
    this.codeLists = byOID(version.codeLists)
    this.units = byOID(version.units)
    this.rules = new Map(rules.map(r => [ruleKey(r), r]))
    for (const r of rules) {
      for (const oid of new Set(r.reads.map(x => x.item))) push(this.readers, oid, r)
      for (const oid of new Set(r.stands.map(x => x.oid))) push(this.deciders, oid, r)
    }
    for (const f of version.forms) for (const g of f.groups) {
      push(this.formsOf, g.oid, f)
      for (const it of this.groups.get(g.oid)?.items ?? []) if (!this.formsOf.get(it.oid)?.includes(f)) push(this.formsOf, it.oid, f)
    }
    for (const it of version.items) for (const oid of [it.codeList, ...it.units ?? []]) if (oid) push(this.users, oid, it)
  }

  /** The events in the order of the protocol, and those that it does not name behind them. */
  schedule(): { ref: Ref; event: EventDef }[] {
    const refs = inOrder(this.version.eventRefs), named = new Set(refs.map(r => r.oid))
    return [...refs, ...this.version.events.filter(e => !named.has(e.oid)).map((e): Ref => ({ oid: e.oid }))]
      .flatMap(ref => { const event = this.events.get(ref.oid); return event ? [{ ref, event }] : [] })
  }

  /** The forms that ask an item or hold a group. */
  asked(oid: string) { return this.formsOf.get(oid) ?? [] }
  /** The items that use a code list or a unit. */
  usedBy(oid: string) { return this.users.get(oid) ?? [] }

  itemsOf(form: FormDef): { group: GroupDef; ref: Ref; item: ItemDef }[] {
    return inOrder(form.groups).flatMap(g => {
      const group = this.groups.get(g.oid)
      return inOrder(group?.items).flatMap(ref => { const item = this.items.get(ref.oid); return item && group ? [{ group, ref, item }] : [] })
    })
  }

  /** The rules that judge, hide, demand or give something of a form. */
  rulesOf(form: FormDef): Rule[] {
    const things = new Set([form.oid, ...this.itemsOf(form).flatMap(x => [x.group.oid, x.item.oid])])
    return [...this.rules.values()].filter(r => r.stands.some(s => things.has(s.oid)))
  }

  /** What has all the words in its names, texts or rule, in any language. */
  find(asked: string): Hit[] {
    const words = asked.toLowerCase().split(/\s+/).filter(Boolean)
    return words.length ? this.hits().filter(h => words.every(w => h.text.includes(w))) : []
  }

  private all: Hit[] | undefined
  private hits(): Hit[] {
    const of = (part: Part, oid: string, title: Text | string, ...more: (Text | string | undefined)[]): Hit =>
      ({ part, oid, title, text: [oid, title, ...more].flatMap(x => typeof x === 'object' ? Object.values(x) : x ?? '').join(' ').toLowerCase() })
    const v = this.version
    return this.all ??= [
      ...v.events.map(e => of('events', e.oid, e.description ?? e.name, e.name)),
      ...v.forms.map(f => of('forms', f.oid, f.description ?? f.name, f.name)),
      ...v.items.map(i => of('items', i.oid, i.question ?? i.description ?? i.name, i.name)),
      ...(v.codeLists ?? []).map(c => of('codelists', c.oid, c.name, ...(c.items ?? []).flatMap(x => [x.code, x.decode]))),
      ...(v.units ?? []).map(u => of('units', u.oid, u.symbol ?? u.name, u.name)),
      ...[...this.rules.values()].map(r => of('rules', ruleKey(r), r.message ?? r.about ?? r.id, r.id, r.name, r.source, ...(r.written ?? []).map(w => w.code))),
    ]
  }
}

/** Conditions and methods may have the same OID: the kind is part of the address. */
export const ruleKey = (r: Rule) => `${r.kind}:${r.id}`

function push<T>(map: Map<string, T[]>, key: string, value: T) {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/** The days of a duration in whole days, if it is one: P2W is 14. */
export function days(duration: string | undefined): number | undefined {
  const m = /^(-?)P(?:(\d+)W)?(?:(\d+)D)?$/.exec(duration ?? '')
  return m && (m[2] || m[3]) ? (m[1] ? -1 : 1) * (Number(m[2] ?? 0) * 7 + Number(m[3] ?? 0)) : undefined
}
