// A form's rules while somebody types: conditions, methods and checks, run in the browser by the server's language. A
// change runs only what depends on it. The server runs the same on every save, and its word counts.
import { Graph, type Rule as Node } from '../check/graph.ts'
import { Blank, compile, isBlank, parseValue, textOf, type Parts, type Program, type Ref, type Type, type Value as Known } from '../check/check.ts'
import { entry } from '../wire/entry.ts'
import type { FormData, LiveRule, Place, Rules } from '../wire/types.ts'
import type { Question, Section } from './definition.ts'

const keyOf = ({ name, visit, event, each }: Ref) => {
  const there = visit === 'here' ? name : visit === 'at' ? `at('${event}', ${name})` : `${visit}(${name})`
  return each ? `each(${there})` : there
}

type Compiled = { rule: LiveRule; program: Program }
/** One question with its condition and its method, a check or what makes it mandatory, or a group with its condition or what makes it mandatory. */
type Step = Node & { group: string; item: string; hides: Compiled | undefined; method: Compiled | undefined; check: Compiled | undefined; demands: Compiled | undefined }
/** A value that was typed, as it would be kept, or why there is none. */
export type Typed = { value?: string | undefined; blank?: string | undefined }
export type Disagreement = { kind: LiveRule['kind']; place: string; rule?: string; client: string; server: string }

export class Live {
  /** group/repeat, or group/repeat/item. */
  readonly hidden = new Set<string>()
  /** What methods give, as canonical text, by group/repeat/item. */
  readonly computed = new Map<string, string>()
  /** Failing checks by group/repeat/item. */
  readonly failing = new Map<string, LiveRule[]>()
  /** What a condition makes mandatory now: group/repeat, or group/repeat/item. */
  readonly demanded = new Set<string>()
  /** How many rules have run: what a change costs. */
  evaluations = 0

  private readonly steps: Step[] = []
  private readonly graph: Graph
  private readonly groupOf = new Map<string, string>() // of an item: where a rule's name finds it
  private readonly questions = new Map<string, Question>()
  private readonly typed = new Map<string, Known>()
  private readonly present = new Map<string, Set<string>>() // of a repeating group, the repeats that have a value
  private readonly methods = new Set<string>() // group/item
  private touched = new Set<string>()
  private readonly given = new Map<string, Known>()
  private readonly today: Parts | undefined

  /** Fails, where a rule does not compile or rules need each other: then the server alone runs them. */
  constructor(private readonly rules: Rules, sections: Section[], private readonly rowsOf: (group: string) => readonly string[]) {
    this.today = parseValue('date', rules.today) as Parts
    for (const { group, questions } of sections) {
      if (group.repeating) this.present.set(group.oid, new Set())
      for (const q of questions) {
        this.questions.set(`${group.oid}/${q.item.oid}`, q)
        if (!this.groupOf.has(q.item.oid)) this.groupOf.set(q.item.oid, group.oid)
      }
    }
    for (const { kind, group, item } of rules.rules) if (kind === 'compute') this.methods.add(`${group}/${item}`)
    const compiled = rules.rules.map(rule => ({ rule, program: compile(rule.source, this) }))
    for (const { program } of compiled) for (const ref of program.refs) this.give(ref)
    for (const { group, questions } of sections) this.plan(group.oid, questions, compiled)
    this.graph = new Graph(this.steps)
    if (this.graph.cycle.length) throw new Error(`rules need each other: ${this.graph.cycle.join(', ')}`)
  }

  // What the compiler asks: the scope of a rule.
  item(name: string): Type | undefined { return entry(this.rules.types, name) as Type | undefined }
  event() { return true }
  zone(name: string) { return entry(this.rules.zones, name) }

  private give(ref: Ref) {
    if (this.own(ref)) return
    const { value = '', blank } = entry(this.rules.given, keyOf(ref)) ?? {}
    this.given.set(keyOf(ref), blank ? new Blank(blank) : parseValue(ref.type, value) ?? undefined)
  }

  private own(ref: Ref) { return ref.visit === 'here' && this.groupOf.has(ref.name) }

  /** Steps name what they decide, so that the graph can order them: an item, or a group behind a stroke. */
  private plan(group: string, questions: Question[], compiled: Compiled[]) {
    const find = (kind: LiveRule['kind'], item: string) => compiled.filter(c => c.rule.kind === kind && c.rule.group === group && (c.rule.item ?? '') === item)
    const nothing = { hides: undefined, method: undefined, check: undefined, demands: undefined }
    const itself = (name: string): Ref => ({ name, visit: 'here', event: '', each: false, type: 'blank' })
    const reads = (...rules: (Compiled | undefined)[]) => rules.flatMap(c => c ? c.program.refs.filter(r => this.own(r)) : [])
    const [over] = find('hide', '')
    if (over) this.steps.push({ ...nothing, group, item: '', hides: over, sets: '/' + group, reads: reads(over) })
    for (const demands of find('demand', '')) this.steps.push({ ...nothing, group, item: '', demands, sets: '', reads: reads(demands) })
    for (const q of questions) {
      const item = q.item.oid, [hides] = find('hide', item), [method] = find('compute', item)
      const name = this.groupOf.get(item) === group ? item : `${group}/${item}` // where a form asks twice, a name means the first
      if (over || hides || method) {
        this.steps.push({ ...nothing, group, item, hides, method, sets: name, reads: [...reads(hides, method), ...over ? [itself('/' + group)] : []] })
      }
      for (const demands of find('demand', item)) this.steps.push({ ...nothing, group, item, demands, sets: '', reads: reads(demands) })
      for (const check of find('check', item)) this.steps.push({ ...nothing, group, item, check, sets: '', reads: [...reads(check), itself(name)] })
    }
  }

  /** Takes all values anew and runs everything. */
  begin(values: Iterable<[Place, Typed]>) {
    this.typed.clear()
    for (const rows of this.present.values()) rows.clear()
    for (const [place, typed] of values) this.put(place, typed)
    for (const out of [this.hidden, this.computed, this.failing, this.demanded]) out.clear()
    for (const i of this.graph.order) {
      const step = this.steps[i]!
      for (const row of this.rows(step.group)) this.run(step, row)
    }
  }

  /** Takes one value, runs what depends on it, and returns the places that came out otherwise. */
  change(place: Place, typed: Typed): ReadonlySet<string> {
    this.touched = new Set()
    const before = this.present.get(place.group)?.has(place.repeat)
    this.put(place, typed)
    const dirty = new Map<string, Set<string>>()
    const soil = (group: string, item: string) => {
      for (const name of [item, `${group}/${item}`]) dirty.set(name, (dirty.get(name) ?? new Set()).add(place.repeat))
    }
    soil(place.group, place.item)
    if (this.present.get(place.group)?.has(place.repeat) !== before) { // a row came or went, and with it its place in all lists
      for (const key of this.questions.keys()) if (key.startsWith(place.group + '/')) soil(place.group, key.slice(place.group.length + 1))
    }
    for (const i of this.graph.affected([...dirty.keys()])) this.again(this.steps[i]!, dirty)
    return this.touched
  }

  /** Runs a step in the rows that what it reads has changed for, and tells in which it came out otherwise. */
  private again(step: Step, dirty: Map<string, Set<string>>) {
    const rows = new Set<string>()
    for (const ref of step.reads) {
      const changed = dirty.get(ref.name)
      if (!changed) continue
      const same = !ref.each && (ref.name[0] === '/' || ref.name.includes('/') || this.groupOf.get(ref.name) === step.group)
      for (const row of same ? changed : this.rows(step.group)) rows.add(row)
    }
    for (const row of rows) {
      if (this.run(step, row) && step.sets) dirty.set(step.sets, (dirty.get(step.sets) ?? new Set()).add(row))
    }
  }

  private rows(group: string): readonly string[] { return this.present.has(group) ? this.rowsOf(group) : ['1'] }

  private put({ group, repeat, item }: Place, { value = '', blank }: Typed) {
    const key = `${group}/${repeat}/${item}`
    if (this.methods.has(`${group}/${item}`)) return
    if (blank) this.typed.set(key, new Blank(blank))
    else if (value) this.typed.set(key, parseValue(this.item(item) ?? 'text', value) ?? new Blank(''))
    else this.typed.delete(key)
    const rows = this.present.get(group)
    if (!rows) return
    const start = `${group}/${repeat}/`
    if (this.typed.has(key)) rows.add(repeat)
    else if (![...this.questions.keys()].some(q => q.startsWith(group + '/') && this.typed.has(start + q.slice(group.length + 1)))) rows.delete(repeat)
  }

  /** The repeats that count, in order; one that nobody has filled does not. */
  private filled(group: string): string[] {
    return this.rows(group).filter(r => this.present.get(group)?.has(r) ?? true)
  }

  private cell(group: string, row: string, item: string): Known {
    const key = `${group}/${row}/${item}`
    if (this.hidden.has(key) || this.hidden.has(`${group}/${row}`)) return undefined
    const computed = this.computed.get(key)
    return computed === undefined ? this.typed.get(key) : parseValue(this.item(item)!, computed) ?? undefined
  }

  private lookup(ref: Ref, step: Step, row: string): Known {
    if (!this.own(ref)) return this.given.get(keyOf(ref))
    const group = this.groupOf.get(ref.name)!
    if (ref.each) return this.filled(group).map(r => this.cell(group, r, ref.name))
    const at = group === step.group ? row : this.filled(group)[0]
    return at === undefined ? undefined : this.cell(group, at, ref.name)
  }

  private evaluate({ program }: Compiled, step: Step, row: string): Known {
    this.evaluations++
    return program.eval({ values: program.refs.map(r => this.lookup(r, step, row)), today: this.today, zone: this.rules.zone }).value
  }

  /** Runs a step in one row, and reports whether what others read has changed. */
  private run(step: Step, row: string): boolean {
    const key = step.item ? `${step.group}/${row}/${step.item}` : `${step.group}/${row}`
    if (step.check) { this.judge(step, row, key, step.check); return false }
    if (step.demands) { this.demand(key, this.evaluate(step.demands, step, row) === true); return false }
    const was = this.computed.get(key), hid = this.hidden.has(key)
    const hides = !!step.hides && this.evaluate(step.hides, step, row) !== false // true, or nobody can tell yet
    if (hides) this.hidden.add(key)
    else this.hidden.delete(key)
    if (step.method) this.computed.set(key, hides || this.hidden.has(`${step.group}/${row}`) ? '' : this.compute(step, row, step.method))
    const changed = hides !== hid || this.computed.get(key) !== was
    if (changed) this.touched.add(key)
    return changed || !!step.item && step.reads.some(r => r.name === '/' + step.group)
  }

  private compute(step: Step, row: string, method: Compiled): string {
    const text = textOf(method.program.type, this.evaluate(method, step, row))
    return holds(this.questions.get(`${step.group}/${step.item}`)!, text) ? text : ''
  }

  private demand(key: string, now: boolean) {
    if (now === this.demanded.has(key)) return
    this.touched.add(key)
    if (now) this.demanded.add(key)
    else this.demanded.delete(key)
  }

  private judge(step: Step, row: string, key: string, check: Compiled) {
    // A rule asks about its own item: with nothing there it has nothing to ask.
    const fails = !isBlank(this.cell(step.group, row, step.item)) && this.evaluate(check, step, row) === false
    const before = this.failing.get(key) ?? [], others = before.filter(r => r !== check.rule)
    if (fails) others.push(check.rule)
    if (others.length !== before.length) this.touched.add(key)
    if (others.length) this.failing.set(key, others)
    else this.failing.delete(key)
  }

  /** Whether a check of that name runs here. */
  has(check: string | undefined) { return this.steps.some(s => s.check?.rule.id === check) }

  /** Where the server came to another outcome on the same values. */
  disagreements(data: FormData): Disagreement[] {
    const found: Disagreement[] = []
    const both = (kind: LiveRule['kind'], place: string, client: string, server: string, rule?: string) => {
      if (client !== server) found.push({ kind, place, client, server, ...rule ? { rule } : {} })
    }
    const said = new Set(data.hidden)
    const over = (place: string) => [...this.hidden].some(h => place.startsWith(h + '/')) // a hidden group says it for its items
    const counts = (place: string) => { const [group = '', repeat = ''] = place.split('/'); return this.filled(group).includes(repeat) }
    for (const place of new Set([...this.hidden, ...said])) if (counts(place) && !over(place)) both('hide', place, String(this.hidden.has(place)), String(said.has(place)))
    const kept = new Map(data.items.map(v => [`${v.group}/${v.repeat}/${v.item}`, v.value ?? '']))
    for (const [place, text] of this.computed) if (counts(place)) both('compute', place, text, kept.get(place) ?? '')
    const asked = data.queries.filter(q => q.source === 'system')
    const same = (q: { rule?: string | undefined }, place: string, r: LiveRule) => q.rule === r.id && `${(q as Place).group}/${(q as Place).repeat}/${(q as Place).item}` === place
    for (const [place, rules] of this.failing) for (const r of rules) if (!asked.some(q => same(q, place, r))) both('check', place, 'fails', 'holds', r.id)
    for (const r of this.rules.rules) {
      if (r.kind !== 'check') continue
      for (const q of asked) {
        const place = `${q.group}/${q.repeat}/${q.item}`
        if (q.state === 'Open' && same(q, place, r) && r.group === q.group && r.item === q.item && !this.failing.get(place)?.includes(r)) both('check', place, 'holds', 'fails', r.id)
      }
    }
    return found
  }
}

/** Whether an item can hold a computed text, as the server asks too: its type, length, digits and code list. */
function holds({ item, codes }: Question, text: string): boolean {
  if (!text) return true
  const digits = text.replace(/\D/g, '').length, fraction = text.split('.')[1]?.length ?? 0
  switch (item.dataType) {
    case 'integer': if (fraction || item.length && digits > item.length) return false; break
    case 'float': case 'double': if (item.length && digits > item.length || item.digits !== undefined && fraction > item.digits) return false; break
    case 'text': case 'string': if (item.length && [...text].length > item.length) return false
  }
  return !codes || codes.some(c => c.code === text)
}

