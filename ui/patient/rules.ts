// The form's rules on the phone: what is hidden, computed, doubtful, and when help is needed at once.
import { compile, isBlank, parseValue, textOf, type Program, type Type, type Value } from '../check/check.ts'
import type { Definition, Question } from './plan.ts'

const types = new Map<string, Type>(Object.entries({ integer: 'number', float: 'number', double: 'number', boolean: 'bool', date: 'date', partialDate: 'date', incompleteDate: 'date',
  datetime: 'datetime', partialDatetime: 'datetime', time: 'time', partialTime: 'time' }))
export const typeOf = (t: string): Type => types.get(t) ?? 'text'

/** What was answered, by item. */
export type Answers = ReadonlyMap<string, string>
/** A rule with what it was given last, and what it gave: it is evaluated again only when that has changed. */
type Rule = { program: Program; given?: string; gave?: Value } | undefined

/** A form made ready to be asked. What cannot be compiled is unknown, as on the server. */
export class Rules {
  private readonly types: Map<string, Type>
  private readonly made = new Map<string, Rule>()
  /** How often a rule has been evaluated. */
  evaluated = 0

  constructor(readonly form: Definition, private readonly today: readonly number[]) {
    this.types = new Map(form.questions.map(q => [q.item, q.multiple ? 'text' : typeOf(q.type)]))
  }

  private run(src: string, values: Answers): Value {
    let rule = this.made.get(src)
    if (!rule && !this.made.has(src)) {
      try { rule = { program: compile(src, { item: name => this.types.get(name) }) } } catch { rule = undefined }
      this.made.set(src, rule)
    }
    if (!rule) return undefined
    const here = rule.program.refs.map(r => r.visit === 'here' && !r.each ? values.get(r.name) ?? '' : ''), given = here.join('\0')
    if (rule.given === given) return rule.gave
    this.evaluated++
    rule.given = given
    return rule.gave = rule.program.eval({ today: this.today, values: rule.program.refs.map((r, i) => {
      const v = r.visit === 'here' && !r.each ? parseValue(this.types.get(r.name) ?? 'text', here[i]!) : undefined
      return v === null ? undefined : v
    }) }).value
  }

  /** Judges all answers from top to bottom: a question sees those above it, and none that are hidden. */
  judge(answers: Answers): { shown: Question[]; hidden: string[]; computed: { group: string; item: string; value: string }[]; values: Answers } {
    const values = new Map(answers)
    const pass = () => {
      const shown: Question[] = [], groups = new Set<string>(), single: string[] = []
      for (const q of this.form.questions) {
        const all = !!q.hidesAll && this.run(q.hidesAll, values) !== false
        if (all) groups.add(q.group + '/1')
        if (all || q.hides && this.run(q.hides, values) !== false) {
          if (!all) single.push(`${q.group}/1/${q.item}`)
          values.delete(q.item)
        } else shown.push(q)
      }
      return { shown, hidden: [...groups, ...single] }
    }
    let { shown, hidden } = pass()
    const computed: { group: string; item: string; value: string }[] = []
    for (const q of shown) {
      if (!q.computed) continue
      const v = this.run(q.computed, values)
      const value = isBlank(v) ? '' : textOf(typeOf(q.type), v)
      values.delete(q.item)
      if (!value) continue
      values.set(q.item, value)
      computed.push({ group: q.group, item: q.item, value })
    }
    if (computed.length) ({ shown, hidden } = pass())
    return { shown: shown.filter(q => !q.computed && !q.unseen).map(q => q.neededWhen && this.holds(q.neededWhen, values) ? { ...q, needed: true } : q), hidden, computed, values }
  }

  /** The check of an answer that does not hold, if any. */
  doubt(q: Question, values: Answers) {
    return values.get(q.item) ? q.checks?.find(c => this.run(c.holds, values) === false) : undefined
  }

  holds(src: string, values: Answers): boolean { return this.run(src, values) === true }
}

/** Whether text can be an answer to q. */
export function fits(q: Question, text: string): boolean {
  if (!text) return true
  if (q.length && [...text].length > q.length && !['date', 'time', 'datetime'].includes(q.type)) return false
  if (q.type === 'integer') return /^-?\d+$/.test(text)
  if (q.type === 'float' || q.type === 'double') return /^-?\d+(\.\d+)?$/.test(text) && (!q.digits || (text.split('.')[1] ?? '').length <= q.digits)
  if (q.type === 'time') return /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(text)
  const v = parseValue(typeOf(q.type), text)
  return v !== null
}
