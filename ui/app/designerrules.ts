// The rules of a draft in the browser: the scope in which they are written, and a form's rules as its renderer runs
// them. The server does the same when a version is published; what is in another language only it can run.
import { compile, parseValue, RuleError, textOf, type Ref, type Scope, type Type } from '../check/check.ts'
import type { LiveRule, Rules } from '../wire/types.ts'
import { find, own, quoted, refsOf, sourceOf, type Check, type Definition, type Item, type Reference } from './designerdraft.ts'

const types = new Map<string, Type>(Object.entries({
  integer: 'number', float: 'number', double: 'number', boolean: 'bool', date: 'date', partialDate: 'date', incompleteDate: 'date',
  datetime: 'datetime', partialDatetime: 'datetime', incompleteDatetime: 'datetime', time: 'time', partialTime: 'time', incompleteTime: 'time',
}))
export const typeOf = (item: Item): Type => { const t = types.get(item.dataType) ?? 'text'; return item.multiple ? `list of ${t}` as Type : t }

const zones = new Map<string, number[] | undefined>()

/** The clock changes of a zone from 1970 to 2099, as this browser knows them: months that begin with another offset hold one. */
export function zoneOf(name: string): readonly number[] | undefined {
  if (zones.has(name)) return zones.get(name)
  let changes: number[] | undefined
  try {
    const format = new Intl.DateTimeFormat('en-CA', { timeZone: name, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' })
    const offset = (s: number) => {
      const p = Object.fromEntries(format.formatToParts(s * 1000).map(x => [x.type, Number(x.value)])) as Record<string, number>
      return Date.UTC(p['year']!, p['month']! - 1, p['day'], p['hour'], p['minute'], p['second']) / 1000 - s
    }
    let at = 0, was = offset(0)
    changes = [was]
    for (let month = 1; month < 130 * 12; month++) {
      const next = Date.UTC(1970, month, 1) / 1000, is = offset(next)
      if (is !== was) {
        let from = at, to = next
        while (to - from > 1) { const middle = Math.floor((from + to) / 2); if (offset(middle) === was) from = middle; else to = middle }
        changes.push(to, is)
      }
      at = next
      was = is
    }
  } catch { changes = undefined } // no zone of that name
  zones.set(name, changes)
  return changes
}

/** What a rule may ask of the visit at hand, beside the study's items. */
export const ofVisit = new Map<string, Type>([['event.id', 'text'], ['event.repeat', 'text'], ['site.country', 'text']])

/** The names that the rules of a draft may use. */
export function scopeOf(d: Definition): Scope {
  const items = new Map(d.items.map(i => [i.oid, typeOf(i)])), events = new Set(d.events.map(e => e.oid))
  return { item: name => items.get(name) ?? ofVisit.get(name), event: oid => events.has(oid), zone: zoneOf }
}

const operators = new Map([['LT', '<'], ['LE', '<='], ['GT', '>'], ['GE', '>='], ['EQ', '=='], ['NE', '!=']])

/** The rule that a check by comparator states, '' where it is none: ODM 1.3.2, section 3.1.1.3.10. */
export function comparison(item: Item, check: Check): string {
  const type = typeOf(item), each = type.startsWith('list') ? type.slice(8) as Type : type
  const literals = (check.values ?? []).map(text => literal(each, text))
  if (literals.includes(undefined)) return ''
  const subject = each === type ? quoted(item.oid) : 'x', op = operators.get(check.comparator ?? '')
  let rule = ''
  if (op && literals.length === 1) rule = `${subject} ${op} ${literals[0]}`
  else if (literals.length && (check.comparator === 'IN' || check.comparator === 'NOTIN')) rule = `${subject} in [${literals.join(', ')}]`
  if (rule && check.comparator === 'NOTIN') rule = `!(${rule})`
  return rule && each !== type ? `all(x: ${quoted(item.oid)}, ${rule})` : rule
}

function literal(type: Type, text: string): string | undefined {
  const value = parseValue(type, text)
  if (value === null || value === undefined) return undefined
  const canonical = textOf(type, value)
  if (type === 'number' || type === 'bool') return canonical
  if (type === 'text') return `'${canonical.replace(/['\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t')}'`
  return type === 'time' ? `@T${canonical}` : `@${canonical}`
}

/** What a check asks, in our language; '' where only the server can say it. */
export const checkSource = (item: Item, check: Check) =>
  check.expressions?.length ? own(check.expressions[0]) ? sourceOf(check) : '' : comparison(item, check)

/** Why a rule is refused, if it is. */
export function faultOf(src: string, scope: Scope, want?: Type): RuleError | undefined {
  try { compile(src, scope, want); return undefined } catch (e) { if (e instanceof RuleError) return e; throw e }
}

/** A reference as it is written, by which values of other forms and visits are given. */
export const keyOf = ({ name, visit, event, each }: Ref): string => {
  const there = visit === 'here' ? name : visit === 'at' ? `at('${event}', ${name})` : `${visit}(${name})`
  return each ? `each(${there})` : there
}

/** A form's rules as its renderer takes them; those that do not compile, and those in another language, are left out and counted. */
export function rulesOf(d: Definition, form: string, given: (item: string) => string | undefined, today: string): { rules: Rules; computed: string[]; idle: number } {
  const scope = scopeOf(d), all: LiveRule[] = [], computed: string[] = [], zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const zones = new Map([[zone, [...zoneOf(zone) ?? []]]]), values = new Map<string, { value: string }>()
  let idle = 0
  const take = (rule: LiveRule, want?: Type) => {
    if (!rule.source || faultOf(rule.source, scope, want)) { idle++; return false }
    all.push(rule)
    for (const name of rule.source.match(/[A-Z][A-Za-z_]+\/[A-Za-z_/]+/g) ?? []) { const changes = zoneOf(name); if (changes) zones.set(name, [...changes]) }
    for (const ref of compile(rule.source, scope).refs) {
      const value = given(ref.name)
      if (value !== undefined) values.set(keyOf(ref), { value: ref.each ? JSON.stringify([value]) : value })
    }
    return true
  }
  const conditions = (refs: Reference[], at: Reference, on: 'hidden' | 'mandatoryWhen') => {
    const chain: Reference[] = []
    for (let r: Reference | undefined = at; r && chain.length <= refs.length; r = on === 'hidden' && r.within ? refs.find(x => x.oid === r!.within) : undefined) chain.push(r)
    return chain.flatMap(r => { const c = find(d, 'conditions', r[on]); return c ? { id: c.oid, source: own(c.expressions?.[0]) ? sourceOf(c) : '' } : [] })
  }
  const conditional = (kind: 'hide' | 'demand', refs: Reference[], at: Reference, place: { group: string; item?: string }) => {
    const found = conditions(refs, at, kind === 'hide' ? 'hidden' : 'mandatoryWhen')
    if (found.length) take({ kind, id: found[0]!.id, ...place, source: found.length === 1 ? found[0]!.source : found.every(c => c.source) ? found.map(c => `(${c.source}\n)`).join(' || ') : '' }, 'bool')
  }
  const groups = refsOf(d, 'groups', form)
  for (const g of groups) {
    conditional('hide', groups, g, { group: g.oid })
    conditional('demand', groups, g, { group: g.oid })
    const items = refsOf(d, 'items', g.oid)
    for (const r of items) {
      const item = find(d, 'items', r.oid), place = { group: g.oid, item: r.oid }
      if (!item) continue
      conditional('hide', items, r, place)
      conditional('demand', items, r, place)
      const method = find(d, 'methods', r.method)
      if (method && (!method.type || method.type === 'Computation') && take({ kind: 'compute', id: method.oid, ...place, source: own(method.expressions?.[0]) ? sourceOf(method) : '' })) computed.push(`${g.oid}/${r.oid}`)
      item.checks?.forEach((c, i) => take({ kind: 'check', id: `${item.oid}#${i + 1}`, ...place, source: checkSource(item, c), ...(c.message ? { message: c.message } : {}) }, 'bool'))
    }
  }
  const types = Object.fromEntries([...d.items.map(i => [i.oid, typeOf(i)] as const), ...ofVisit])
  return { rules: { today, zone, types, rules: all, given: Object.fromEntries(values), zones: Object.fromEntries(zones) }, computed, idle }
}
